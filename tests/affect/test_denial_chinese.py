"""Denials in Chinese, words that only look like them, and what no Chinese text earns."""

import time

import pytest

from affectreason.affect import open_words, wheel
from affectreason.affect.denial import affirmed, denials
from affectreason.affect.labels import LABELS, find
from affectreason.affect.response import parse

EKMAN = find("ekman7")
NAME = "高兴"  # as a lexicon of the user's may bring it
DENIED = [
    "他不高兴", "没有高兴", "并不高兴", "他不是高兴", "毫无高兴", "并非高兴",
    "非高兴", "未见高兴", "无高兴的表情", "他没高兴", "他没有表现出高兴", "看不到高兴",
    "缺乏高兴", "难以说高兴", "他不太高兴", "他不安,不高兴", "他并不仅仅是没有高兴", "高兴没有出现",
    "高兴并不明显", "高兴不存在", "高兴的表情没有出现", "高兴:无", "高兴: 否", "高兴为0",
    "高兴均未出现", "高兴缺失", "悲伤有,高兴无", "他不是很高兴", "谈不上高兴",
]  # fmt: skip
AFFIRMED = [
    "他高兴", "他不仅高兴", "他不但高兴,而且激动", "他不得不高兴", "他无不高兴", "他非常高兴",
    "他不安但高兴", "不满的人高兴", "无聊之后高兴", "没精打采却高兴", "他不禁高兴", "无疑高兴",
    "毫无疑问他高兴", "不可否认他高兴", "忍不住高兴", "无比高兴", "说不出的高兴", "没有悲伤,他高兴",
    "没有悲伤而是高兴", "不是难过只是高兴", "他没有哭。他高兴", "他不能不高兴", "未来高兴", "掩饰不住的高兴",
    "他高兴,没有出现悲伤", "他高兴但不强烈", "高兴很强", "无法掩饰的高兴", "高兴没错",
]  # fmt: skip
OPEN = ["高兴是否出现", "高兴:未知", "高兴不确定", "高兴无法判断"]


def denied(text):
    start = text.rindex(NAME)
    return denials(text, [(start, start + len(NAME))])


@pytest.mark.parametrize("text", DENIED)
def test_denied(text):
    assert denied(text) == [True]


@pytest.mark.parametrize("text", AFFIRMED)
def test_affirmed(text):
    assert denied(text) == [False]


@pytest.mark.parametrize("text", OPEN)
def test_left_open(text):
    assert denied(text) == [None]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("AU12没有出现", set()),
        ("没有AU12", set()),
        ("未见AU4", set()),
        ("无AU4", set()),
        ("AU4：无", set()),
        ("AU4缺失，AU12出现", {12}),
        ("没有AU4、AU7", set()),
        ("没有AU4和AU7", set()),
        ("AU6和AU12均未出现。AU4出现", {4}),
        ("未检测到AU12，检测到AU4", {4}),
        ("AU12（嘴角上扬）没有激活", set()),
        ("AU12有，AU4无", {12}),
        ("没有AU4但有AU12", {12}),
        ("不仅AU6，还有AU12", {6, 12}),
        ("表现出不安的AU4", {4}),
        ("AU12（嘴角上扬）出现，AU4不存在", {12}),
        ("AU12是否出现未知", None),
        ("除了AU12没有别的", {12}),
        ("AU12没有减弱", {12}),
        ("AU12几乎没有", set()),
        ("未出现的单元：AU4、AU7", set()),
        ("画面中没有看到明显的AU4或AU7。", set()),
        ("| 单元 | 出现 |\n|---|---|\n| AU4 | 否 |\n| AU12 | 是 |", {12}),
        ("| AU4 | 未出现 |\n| AU12 | 出现 |", {12}),
    ],
)
def test_units(text, units):
    for form in ("{}", "<think>{}</think><answer>happy</answer>", "<think>好。</think><au>{}</au><answer>sad</answer>"):
        said = parse(form.format(text), EKMAN).said
        assert said.units == units, form


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ('{"AU12": "无", "AU4": "有"}', {4}),
        ('{"AU12": "没有出现", "AU4": "否"}', set()),
        ('{"AU12": "未知", "AU4": "不确定"}', None),
        ('{"aus": "无"}', set()),
    ],
)
def test_units_in_json(text, units):
    assert parse(f"<answer>{text}</answer>", EKMAN).said.units == units


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("不是 happy，是 sad", "sadness"),
        ("没有 happy 的表情", None),
        ("他毫无 happiness", None),
        ("并不 happy。", None),
        ("他不仅 happy", "happiness"),
        ("他非常 happy", "happiness"),
        ("表情不是 sad 而是 happy", "happiness"),
    ],
)
def test_english_names_in_chinese_sentences(text, said):
    assert parse(text, EKMAN).said.emotion == said


def test_no_chinese_word_is_read_without_a_lexicon_that_has_it():
    """No set of labels holds one, nor does our own lexicon: such answers are unread, or words outside the lexicon."""
    lexicon = wheel.default()
    assert all(form.isascii() for one in LABELS.values() for form in (*one.names, *one.aliases))
    assert all(word.isascii() for word in lexicon.surfaces)
    for text in ("他很高兴", "没有愤怒", "并不悲伤", "高兴", "他不happy", "愤怒、悲伤", "[高兴, 生气]", "恐惧。"):
        assert affirmed(text, EKMAN) == []
        assert parse(text, EKMAN).said.emotion is None
        words = open_words.parse_words(text, lexicon).said.emotions or {}
        assert [word for word in words if lexicon.m1(word)] == []


@pytest.mark.parametrize("part", ["不", "没有AU4", "AU4不是", "不得不", "AU4、", "无不"])
def test_a_long_text_is_read_in_linear_time(part):
    start = time.process_time()
    parse(part * (100_000 // len(part)), EKMAN)
    assert time.process_time() - start < 4
