"""Denials that stand after a name: "A is absent", "A: no", "A - 0", "A 0%", "A (unlikely)", "A: false"."""

import re
from typing import Literal

SEEN = (
    r"(?:present|visible|active|activated|seen|observed|detected|evident|engaged|noticeable|found|apparent|displayed"
    r"|shown|there|expressed|felt|indicated|likely|probable|possible|supported|(?:the )?(?:case|correct|right|true"
    r"|answer|(?:best|correct|right) \w+))"
)
DENIES = (
    r"(?:absent|missing|inactive|undetected|unlikely|improbable|excluded|rejected|ruled out"
    rf"|not (?:clearly |really |very |at all )?{SEEN})"
)
_GONE = rf"(?:{DENIES}|lacking|less likely|out of the question|wrong|incorrect|false|impossible)\b(?!-)"
_WAYS = r"(?:(?:also|all|both|very|rather|quite|\w+ly) )?"
_OUT_OF = r"(?:[ \t]?(?:/|(?:out )?of\b)[ \t]?(?:10?0?|5)(?!\d))?"
_KIND = r"(?: (?:label|emotion|expression|feeling|option|choice|unit))?"
_ZERO = rf"(?:0(?:[.,]0+)?(?:[ \t]?%|[ \t]?percent\b|{_OUT_OF})|zero|nil)(?![\w%]|[.,]\d)"
_CLOSE = r"[ \t]*[\"'’”*_`)\]}]{0,4}[ \t]*"
_STOP = rf"(?={_CLOSE}(?:[.,;:!?|\n\[({{–—]|(?<=[ \t])-|$|\w+(?: \w+)?[ \t]?[:=]))"
_NAY = rf"(?:not at all\b|(?:no|none|nope|not|n/?a|n|off|never|negligible)\b{_STOP}|[✗✘❌×]|{_ZERO}|{_GONE})"
_AMOUNT = r"(?:intensity|level|value|score|rating|probability|confidence|likelihood|strength)"
_SCALE = (  # what a value is of, between a name and its value
    r"(?:(?:presen(?:t|ce)|activ(?:e|ation)|detected|visible|status"
    rf"|{_AMOUNT})[\"'*]{{0,3}}[ \t]?(?:is[ \t]|[:=|])[ \t]?[\"'(]{{0,2}}|{_AMOUNT}(?:[ \t]of)?[ \t](?=[\dzn]))"
)
_ASIDE = r"(?:[ \t]?\([^()\n]{1,40}\))?"
_OPEN = r"[ \t]*[\"'‘“*_`({\[]{0,4}[ \t]*"

_ALL = re.compile(
    rf"{_KIND}[ )\]]{{0,2}}(?:(?:are|were|remain|seem|look|appear) {_WAYS}{_GONE}|(?:are|were|do)n['’]t {SEEN}"
    rf"|{_GONE})",
    re.I,
)
_LAST = re.compile(
    rf"{_KIND}[ )\]\"'’]{{0,2}}(?:(?:is|was|remains|seems|looks|appears) {_WAYS}(?:{_GONE}|{_ZERO})"
    rf"|(?:is|was)n['’]t {SEEN}|(?:can|could|must|may|should|has|have) (?:be|been) {_GONE}"
    rf"|(?:can ?not|can['’]t|could not|couldn['’]t) be {SEEN}"
    rf"|(?:(?:is|was|does|do|did|are|were)(?: not|n['’]t)|neither)(?={_CLOSE}(?:[.,;!\n]|$))|fail(?:s|ed) to \w+"
    r"|(?:does|do|did)(?: not|n['’]t) (?:apply|appear|fit|occur|exist|hold|show)\b)"
    rf"|{_CLOSE}[(\[][ \t]*{_SCALE}?{_NAY}",
    re.I,
)
_VALUE = re.compile(
    rf"{_ASIDE}{_CLOSE}(?:(?:[:=][ \t]*\n?|\||[–—]|-{{1,2}}>?|=>|→){_OPEN}{_SCALE}?{_NAY}"
    rf"|{_SCALE}{_NAY}|[✗✘❌]|(?:no|n/a){_STOP}|,[ \t]*(?:no|0(?:\.0+)?|absent|not present){_CLOSE}(?=[.,;|\n)]|$)"
    rf"|(?:is[ \t])?(?:(?:at|with|has|of)[ \t]+)?(?:an?[ \t])?{_SCALE}?"
    rf"(?:{_ZERO}(?:{_STOP}|[ \t](?:intensity|activation|probability|confidence|likelihood)\b)|0[ \t]?%))",
    re.I,
)
_UNSAID = re.compile(
    rf"{_ASIDE}{_CLOSE}[:=|(–—-]{_OPEN}(?:null|NaN|unknown|unsure|unclear|undetermined|uncertain|not (?:coded|sure)"
    rf"|cannot (?:tell|say|be \w+)|\?|-[1-9])(?![\w%])"
    rf"|{_CLOSE}[:=][ \t]*(?:\[\s*\]|\{{\s*\}}|\"\"|'')",
    re.I,
)
_MEANS_NO = re.compile(
    rf"\W*(?:{_NAY}|no|none|not|false|0|否|缺失|(?:并?没有?|未|不|无)(?:被?(?:出现|存在|激活|检测到|观察到|看到|见)|是)?|)\W*",
    re.I,
)


def denied_after(text: str, end: int) -> tuple[Literal["all", "last", "unsaid"] | None, int]:
    """Whether what stands behind a list of names denies all or the last of them, and how far it was read.

    `unsaid` where it leaves open whether they are there: "A: unknown", "A: null", "A: []".
    """
    if text[end : end + 1] in ("", ".", "!", "?", ";", "<"):
        return None, end
    tail = text[end : end + 120]
    if found := _ALL.match(tail):
        return "all", end + found.end()
    if found := _LAST.match(tail):
        return "last", end + found.end()
    if found := _VALUE.match(tail):
        return "all", end + found.end()
    if found := _UNSAID.match(tail):
        return "unsaid", end + found.end()
    return None, end


def means_no(value: str) -> bool:
    """Whether a value given for a name, as in a table or in JSON, says that it is not there; also an empty one."""
    return len(value) <= 60 and _MEANS_NO.fullmatch(value) is not None
