"""Denials in Chinese around a name, which may itself be Latin: "没有AU12", "AU12未出现", "不是 happy".

Between commas and stops, and by words: a character that denies (不, 没, 无, 未, 非) is also part of words that do not
(不仅, 不满, 无聊, 非常). Names are found by others; of Chinese words only those that a lexicon brings are names.
"""

import re
from typing import Literal

_FAR = 14  # characters before a name in which its denial is looked for
# Words that begin with a character that denies: "not only", "cannot help", "undoubtedly", and words of feeling.
_WORDS = (
    "不仅|不但|不只|不光|不止|不单|不得不|不由|不禁|不断|不过|不同|不少|不错|不免|不时|不久|不管|不论|不难|不愧|不失|不胜|不住|不已|不出"
    "|不掩|不加掩|不可(?:抑|遏|否|思|避)|不能自|不自|不知|不[能会可]不|不安|不满|不屑|不耐|不悦|不快|不爽|不解|不适|不幸|不服|不甘|不舍"
    "|不信任|不好意思|不情愿|不平|不忍|不妙|不祥"
    "|没准|没精|没劲|没落|没想到|没有?(?:不|疑)"
    "|无不|无非|无疑|无论|无比|无限|无尽|无穷|无意|无法(?:掩|抑|克|隐|否|自)|无聊|无奈|无助|无力|无望|无趣|无语|无辜|无情|无精|无所|无畏|无私"
    "|毫无(?:疑|保留)|未来|未必不|未免|未尝不|非常|非凡|非得|非难|莫不"
)
_BEFORE = re.compile(
    rf"(?:(?!{_WORDS})(?<!无)(?<!莫)(?<!不[得能会可])(?<!除)[不没未非无]|缺乏|缺少|排除|(?<![可法])否认|难以|谈不上|称不上|绝非)"
    r"[^,.;:!?。、\n]*$"
)
_HEADING = re.compile(r"(?:没有?|未|不|无)(?:被)?(?:出现|存在|激活|检测到|观察到|看到|见)[^:,.;!?。\n]{0,8}:[ \t]*$")
_TURN = re.compile(r"[,.;:!?。;\n|]|而是|但|却|只有|只是|反而|倒是|而且|因为|所以|其实|可是|然而|就是")
_SEEN = (
    r"(?:出现|存在|激活|检测|检出|观察|发现|显示|表现|表达|看到|看见|见|启动|参与"
    r"|发生|活跃|明显|显著|可见|成立|适用|符合|体现|被)"
)
_FILL = r"[ \t]*(?:的|这个|该|动作|单元|单位|强度|表情|情绪|情感|感受|运动|迹象|[((][^()\n]{1,20}[))]|[ \t]){0,4}"
_END = r"(?=[ \t\"'”」』】)\]]{0,3}(?:[,.;!?。、\n<|]|$))"
_AFTER = re.compile(
    rf"{_FILL}(?:(?:均|都|也|并|仍|则|尚|又|还|而|完全|几乎|基本|根本|两者|二者){{0,3}}(?:(?:没有?|未|不|无|并非)(?:能|曾|再|太|很|够)?{_SEEN}"
    r"|不成立|缺失|缺席|消失|不在)|(?:强度)?(?:为|是|=|[::]) ?(?:零|0(?![.\d])|无|空|假|否|没有|不是|未激活)"
    rf"|(?:均|都|也|则|几乎|基本|根本|完全)?(?:没有|无|否|不是|未出现){_END})"
)
_UNSAID = re.compile(rf"{_FILL}(?:是否|(?:[::=]|是|为)? ?(?:未知|不确定|不清楚|不明(?!显)|无法(?:判断|确定|看出)))")


def denied_before(head: str) -> bool:
    """Whether the Chinese words before a name deny it, since the last stop or as the heading of a list."""
    near = _TURN.split(head[-_FAR:])[-1]
    return _BEFORE.search(near) is not None or (":" in head and _HEADING.search(head) is not None)


def denied_after(text: str, end: int) -> tuple[Literal["all", "unsaid"] | None, int]:
    """Whether Chinese words behind a list of names deny all of it or leave it open, and how far they were read."""
    if found := _UNSAID.match(text, end, end + 60):
        return "unsaid", found.end()
    if found := _AFTER.match(text, end, end + 60):
        return "all", found.end()
    return None, end
