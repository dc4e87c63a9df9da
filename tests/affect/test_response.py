"""Ugly outputs, and the full reading of each: emotion, emotions, units, reasoning, form, problem."""

import random
import time
from typing import Any

import pytest

from affectreason.affect.choices import Choices
from affectreason.affect.facs import SETS
from affectreason.affect.labels import find
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Affect
from affectreason.commands.parse import as_json

MER = find("mer6")
TAGS = "0 <think> and 0 </think>, not one of each"
BARE = f"{TAGS}; 0 <answer> and 0 </answer>, not one of each; text outside the tags"
TWO = "2 <answer> and 2 </answer>, not one of each"


def reading(text: str, units: tuple[int, ...] | None = None) -> tuple[Any, ...]:
    found = as_json(parse(text, MER, units))
    emotions = None if found["emotions"] is None else list(found["emotions"])
    return found["emotion"], emotions, found["aus"], found["reasoning"], found["well_formed"], found["problem"]


# --- the form, and the emotion --------------------------------------------------------------------------------------


def some(*names: str) -> list[str]:
    return list(names)


FORM: list[tuple[Any, ...]] = [
    # text, emotion, emotions, units, reasoning, well formed, problem
    ("<think>a (AU4)</think><answer>sad</answer>", "sad", None, ["AU4"], "a (AU4)", True, None),
    ("\n<think>\na\n</think>\n\n<answer>\nsad \n</answer>\n", "sad", None, None, "a", True, None),
    ("<think>a</think><answer>SAD</answer>", "sad", None, None, "a", True, None),
    ("<think>a</think><answer>sadness</answer>", "sad", None, None, "a", True, None),
    ("<think>a</think><answer>ｓａｄ</answer>", "sad", None, None, "a", True, None),
    ("＜think＞ａ＜/think＞＜answer＞sad＜/answer＞", "sad", None, None, "ａ", False,
     f"{TAGS}; 0 <answer> and 0 </answer>, not one of each"),
    ("<THINK>a</THINK><ANSWER>sad</ANSWER>", "sad", None, None, "a", False,
     f"{TAGS}; 0 <answer> and 0 </answer>, not one of each"),
    ("<think>AU5</think><au>AU1, AU4</au><answer>sad</answer>", "sad", None, ["AU1", "AU4"], "AU5", True, None),
    ("<aus>1, 4, 12C</aus><think>a</think><answer>sad</answer>", "sad", None, ["AU1", "AU4", "AU12C"], "a", True, None),
    ("<think>AU5</think><answer>sad</answer><au>none</au>", "sad", None, [], "AU5", True, None),
    ("<think>AU5</think><answer>sad</answer><au>0, 1, 0</au>", "sad", None, ["AU5"], "AU5", False,
     "the block of units says nothing of a known unit"),
    ("<think>AU5</think><answer>sad</answer><au>AU4: 0, AU6: 1</au>", "sad", None, ["AU6"], "AU5", True, None),
    ("<au>[]</au><think>AU5</think><answer>sad</answer>", "sad", None, [], "AU5", True, None),
    ("<au>no AUs</au><think>AU5</think><answer>sad</answer>", "sad", None, [], "AU5", True, None),
    ("<think>AU5</think><au></au><answer>sad</answer>", "sad", None, ["AU5"], "AU5", False,
     "the block of units says nothing of a known unit"),
    ("<think>a <au>AU5</au> b</think><answer>sad</answer>", "sad", None, ["AU5"], "a <au>AU5</au> b", False,
     "the blocks are out of order"),
    ("<au>1</au><think>a</think><answer>sad</answer><au>2</au>", "sad", None, None, "a", False,
     "the blocks are out of order; the blocks of units contradict each other"),
    ("<au>1</au><think>a</think><answer>sad</answer><au>AU1</au>", "sad", None, ["AU1"], "a", False,
     "the blocks are out of order"),
    ("<answer>sad</answer><think>a</think>", "sad", None, None, "a", False, "the blocks are out of order"),
    ("<think></think><answer>sad</answer>", "sad", None, None, "", False, "the reasoning is empty"),
    ("<think>a</think><answer></answer>", None, None, None, "a", False, "the answer is empty"),
    ("<think>a</think> so: <answer>sad</answer>", "sad", None, None, "a", False, "text outside the tags"),
    ("<think>a</think><answer>sad</answer>!", "sad", None, None, "a", False, "text outside the tags"),
    ("<answer>sad</answer>", "sad", None, None, None, False, TAGS),
    ("a AU4</think><answer>sad</answer>", "sad", None, ["AU4"], "a AU4", False,
     "0 <think> and 1 </think>, not one of each"),
    ("<think>a AU4<answer>sad</answer>", "sad", None, ["AU4"], "a AU4", False,
     "1 <think> and 0 </think>, not one of each"),
    ("<think>happy at first AU4", None, None, ["AU4"], "happy at first AU4", False,
     "1 <think> and 0 </think>, not one of each; 0 <answer> and 0 </answer>, not one of each; there is no answer"),
    ("<think>happy AU4</think> sad", "sad", None, ["AU4"], "happy AU4", False,
     "0 <answer> and 0 </answer>, not one of each; text outside the tags"),
    ("<think>a</think><answer>sad</answer><answer>Sadness</answer>", "sad", None, None, "a", False, TWO),
    ("<think>a</think><answer>sad</answer><answer>happy</answer>", None, None, None, "a", False,
     f"{TWO}; the answers contradict each other"),
    ("<think>maybe <answer>sad</answer></think><answer>happy</answer>", None, None, None, "maybe", False,
     f"{TWO}; the answers contradict each other"),
    ("<think>a</think><answer>sad", "sad", None, None, "a", False, "1 <answer> and 0 </answer>, not one of each"),
    ("<think>a</think><answer>sad</think>", "sad", None, None, "a", False,
     "1 <think> and 2 </think>, not one of each; 1 <answer> and 0 </answer>, not one of each"),
    ("<think>a</think><answer>The man is sad", None, None, None, "a", False,
     "1 <answer> and 0 </answer>, not one of each; the answer is not closed and not one label"),
    ("<think>a</think><answer>sad<answer>", "sad", None, None, "a", False,
     "2 <answer> and 0 </answer>, not one of each"),
    ("<think>a</think>sad</answer>", "sad", None, None, "a", False,
     "0 <answer> and 1 </answer>, not one of each; text outside the tags"),
    ("<think>a</think><answer>The person looks happy.</answer>", "happy", None, None, "a", False,
     "the answer 'The person looks happy.' is more than a label"),
    ("<think>a</think><answer>**happy**</answer>", "happy", None, None, "a", False,
     "the answer '**happy**' is more than a label"),
    ("<think>a</think><answer>not angry but sad</answer>", "sad", None, None, "a", False,
     "the answer 'not angry but sad' is more than a label"),
    ("<think>a</think><answer>happy, surprised</answer>", None, some("happy", "surprise"), None, "a", False,
     "the answer 'happy, surprised' affirms 2 labels: happy, surprise"),
    ("<think>a</think><answer>happy; joy</answer>", "happy", None, None, "a", False,
     "the answer 'happy; joy' is more than a label"),
    ("<think>a</think><answer>not angry</answer>", None, None, None, "a", False,
     "the answer 'not angry' affirms no label of mer6"),
    ("<think>a</think><answer>danger</answer>", None, None, None, "a", False,
     "the answer 'danger' affirms no label of mer6"),
    ("<think>a</think><answer>" + "x" * 50 + "</answer>", None, None, None, "a", False,
     "the answer '" + "x" * 37 + "...' affirms no label of mer6"),
    # JSON
    ('<think>AU5</think><answer>{"emotion": "sad", "action_units": [1, "AU4"]}</answer>', "sad", None, ["AU1", "AU4"],
     "AU5", False, "the answer is JSON, not one label"),
    ('<think>AU5</think><answer>{"emotion": "sad", "AUs": []}</answer>', "sad", None, [], "AU5", False,
     "the answer is JSON, not one label"),
    ('<think>AU5</think><answer>{"emotion": "sad", "AUs": "none"}</answer>', "sad", None, [], "AU5", False,
     "the answer is JSON, not one label"),
    ('<think>AU5</think><answer>{"emotion": "sad"}</answer><au>6</au>', "sad", None, ["AU6"], "AU5", False,
     "the answer is JSON, not one label"),
    ('<think>AU5</think><answer>{"Emotions": ["sad", "bored", "angry"]}</answer>', None, some("sad", "angry"), ["AU5"],
     "AU5", False, "the answer is JSON, not one label; 'bored' is no label of mer6"),
    ('<answer>{"label": 3}</answer>', None, None, None, None, False,
     f"{TAGS}; the answer is JSON, not one label; the JSON gives no label of mer6"),
    ('<answer>{"emotion": "sad", "emotion": "angry"}</answer>', None, some("sad", "angry"), None, None, False,
     TAGS + "; the answer '{\"emotion\": \"sad\", \"emotion\": \"angry\"}' affirms 2 labels: sad, angry"),
    ('<answer>{"emotion": "sad"</answer>', "sad", None, None, None, False,
     TAGS + "; the answer '{\"emotion\": \"sad\"' is more than a label"),
    ('```json\n{"emotion": "sad", "aus": {"AU12": 2.5, "L4": 0, "AU6": 5, "AU1": 9}}\n```', "sad", None,
     ["AU12=2.5", "AU6E", "AU1"], None, False, BARE),
    # no tags: known bad parsers guess here; several labels are no set either, for nobody answered with one
    ("happy", "happy", None, None, None, False, BARE),
    ("The person is sad. AU4 is seen.", "sad", None, ["AU4"], None, False, BARE),
    ("angry and sad", None, None, None, None, False, f"{BARE}; the text affirms 2 labels: angry, sad"),
    ("unhappy", None, None, None, None, False, f"{BARE}; the text affirms no label of mer6"),
    ("I cannot tell", None, None, None, None, False, f"{BARE}; the text affirms no label of mer6"),
    ("Happy or neutral", None, None, None, None, False, f"{BARE}; the text affirms 2 labels: happy, neutral"),
    ("disgust", None, None, None, None, False, f"{BARE}; the text affirms no label of mer6"),
    ("anger", "angry", None, None, None, False, BARE),
    ("neutral, angry, happy, sad, worried, surprise", None, None, None, None, False,
     f"{BARE}; the text affirms 6 labels: neutral, angry, happy, sad, worried, surprise"),
    ("He isn’t angry or sad, he is happy.", "happy", None, None, None, False, BARE),
    ("Neither happy nor sad.", None, None, None, None, False, f"{BARE}; the text affirms no label of mer6"),
    ("This is non-neutral.", None, None, None, None, False, f"{BARE}; the text affirms no label of mer6"),
    ("He is happy, or rather he is not happy.", None, None, None, None, False,
     f"{BARE}; the text affirms no label of mer6"),
    ("", None, None, None, None, False, f"{TAGS}; 0 <answer> and 0 </answer>, not one of each; the text is empty"),
    (" \n", None, None, None, None, False, f"{TAGS}; 0 <answer> and 0 </answer>, not one of each; the text is empty"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "emotion", "emotions", "units", "reasoning", "well_formed", "problem"), FORM, ids=[row[0] for row in FORM]
)
def test_form(text, emotion, emotions, units, reasoning, well_formed, problem):
    assert reading(text) == (emotion, emotions, units, reasoning, well_formed, problem)


# --- action units in the reasoning ----------------------------------------------------------------------------------

BOTH = "AU12 is both affirmed and denied; the last word counts"
UNITS: list[tuple[Any, ...]] = [
    # reasoning, units, problem
    ("a calm face", None, None),
    ("AU12", ["AU12"], None),
    ("au 12, Au06; AU_4 and AU-5", ["AU12", "AU6", "AU4", "AU5"], None),
    ("AU12_r and AU4_c", ["AU12", "AU4"], None),
    ("AU12_r=2.35, AU4_r = 0.0, AU06_c: 0, AU1_r=7.5", ["AU12=2.35", "AU1"], None),
    ("AU12A AU4b AU6E", ["AU12A", "AU4B", "AU6E"], None),
    ("R12A and L14C", ["AUR12A", "AUL14C"], None),
    ("L12 and R2D2 and 12A", None, None),
    ("AUL12 and AUR4", ["AUL12", "AUR4"], None),
    ("AUL12 and AUR12", ["AU12"], None),
    ("AU12R, AU14LB, AU4CL", ["AUR12", "AUL14B", "AUL4C"], None),
    ("left AU12, unilateral AU14", ["AUL12", "AUU14"], None),
    ("AU12 (right), AU4 on the left side", ["AUR12", "AUL4"], None),
    ("AU12B ... AU12 tells of joy", ["AU12B"], None),
    ("AU4AU15", ["AU4", "AU15"], None),
    ("AU6+12", ["AU6", "AU12"], None),
    ("AU 1, 2 and 5", ["AU1", "AU2", "AU5"], None),
    ("AUs 1+2+5 show it", ["AU1", "AU2", "AU5"], None),
    ("AU1/2, AU4 & 7", ["AU1", "AU2", "AU4", "AU7"], None),
    ("AUs: 1, 2, and 4 seem on", ["AU1", "AU2", "AU4"], None),
    ("AU12, 3 frames long, AU4 and 2 eyes, AU6, 12.5 %", ["AU12", "AU4", "AU6"], None),
    ("action unit 12; Action Units 1 and 2; action units (AUs) 4 and 5", ["AU12", "AU1", "AU2", "AU4", "AU5"], None),
    ("AD19 and AD 32", ["AU19", "AU32"], None),
    ("AU1-5", ["AU1", "AU5"], "a range of units was read as its two ends"),
    ("AU1–AU5", ["AU1", "AU5"], "a range of units was read as its two ends"),
    ("ＡＵ１２ and 𝐀𝐔𝟒", ["AU12", "AU4"], None),
    ("AU12\u00a0and AU\u00a04", ["AU12", "AU4"], None),
    ("tableau4 and Nau12", None, None),
    ("cheek raiser, Lip Corner Puller", ["AU6", "AU12"], None),
    ("raised cheeks, the lip corners are slightly pulled", ["AU6", "AU12"], None),
    ("the lip corners are pulled down and the lips are tightly pressed", ["AU15", "AU24"], None),
    ("the eyebrows are lowered and the upper eyelids are raised", ["AU4", "AU5"], None),
    ("the lips are not parted", None, None),
    ("the brows are lowered (AU4)", ["AU4"], None),
    ("no AU12", [], None),
    ("without AU 12, AU4 is strong", ["AU4"], None),
    ("there isn't any AU12 but AU4", ["AU4"], None),
    ("AU12 is absent; AU4 is not present, AU5 is", ["AU5"], None),
    ("AU1 and AU2 are absent, unlike AU4", ["AU4"], None),
    ("AU1, AU2, and AU4 aren’t visible", [], None),
    ("AU6, AU12 (absent)", ["AU6"], None),
    ("AU12: absent. AU4: present. AU6: 0, AU7: no", ["AU4"], None),
    ("brow lowerer (AU4) is absent", [], None),
    ("AU4 (brow lowerer): not visible, AU5", ["AU5"], None),
    ("neither AU1 nor AU2, AU4 is there", ["AU4"], None),
    ("no AU1, AU2 or AU4. AU5", ["AU5"], None),
    ("no AU 1, 2 or 5", [], None),
    ("no AU1, AU2.", [], None),
    ("no AU4, AU12 is present", ["AU12"], None),
    ("no AU1 in the forehead or AU2", [], None),
    ("AU12 without AU6", ["AU12"], None),
    ("AU12, not AU4", ["AU12"], None),
    ("AU12 is not accompanied by AU6", ["AU12"], None),
    ("AU12 rather than AU15", ["AU12"], None),
    ("not only AU6 but also AU12; no doubt AU4", ["AU6", "AU12", "AU4"], None),
    ("does not look at us and shows AU12", ["AU12"], None),
    ("no AUs except AU12", ["AU12"], None),
    ("Absent AUs: AU1, AU2\nPresent AUs: AU4", ["AU4"], None),
    ("AU12 is there. On a second look AU12 is absent.", [], BOTH),
    ("No AU12 at first, then AU12.", ["AU12"], BOTH),
    ("No action unit is active.", [], None),
    ("There are no visible AUs", [], None),
    ("without any action units", [], None),
    ("AUs: none", [], None),
    ("no other AUs", None, None),
    ("AU99, AU3 and AU12", ["AU12"], "AU99 is not a known unit here; AU3 is not a known unit here"),
    ("AU99", None, "AU99 is not a known unit here"),
    ("AU0, AU12345678901", None, "AU0 is not a known unit here; AU1234 is not a known unit here"),
    ("AU12, 0", [], None),
    ("contempt6 and tempt12, no6, Beau4", None, None),
]


@pytest.mark.parametrize(("reasoning", "units", "problem"), UNITS, ids=[row[0] for row in UNITS])
def test_units(reasoning, units, problem):
    text = f"<think>{reasoning}</think><answer>sad</answer>"
    assert reading(text) == ("sad", None, units, reasoning, True, problem)


def test_units_of_a_corpus():
    text = "<think>AU12 and AU15</think><answer>sad</answer>"
    expected = ("sad", None, ["AU12"], "AU12 and AU15", True, "AU15 is not a known unit here")
    assert reading(text, SETS["disfa8"]) == expected
    assert parse(text, MER, iter([15])).said.units == {15}


def test_numbers_of_a_json_answer():
    said = parse('<answer>{"emotion": "sad", "valence": -0.5, "arousal": 2, "dominance": NaN}</answer>', MER)
    assert said.said == Affect(emotion="sad", valence=-0.5)
    assert said.problem is not None
    assert said.problem.endswith("arousal is not a number from -1 to 1; dominance is not a number from -1 to 1")


def test_a_distribution_keeps_its_weights():
    said = parse('{"emotions": {"happiness": 0.7, "sad": 0.3, "angry": 0, "bored": 0.2}}', MER)
    assert said.said == Affect(emotions={"happy": 0.7, "sad": 0.3})
    assert said.problem == f"{BARE}; 'bored' is no label of mer6"


def test_the_text_is_kept_as_it_was():
    text = "<think>Ａ½</think><answer>sad</answer> "
    said = Affect(emotion="sad")
    whole = Response(text=text, reasoning="Ａ½", said=said, well_formed=True, problem=None, answered="sad")
    assert parse(text, MER) == whole


# --- the answer as it stands, and answers that are no labels --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("<think>a</think><answer> The man is ｓａｄ\n</answer>", "The man is ｓａｄ"),
        ("<think>a</think><answer>sad", "sad"),
        ("<answer>sad<answer>", "sad"),
        ("<answer>sad</answer> <answer>ｓａｄ</answer>", "sad"),
        ("<answer>sad</answer> <answer>happy</answer>", None),
        ("<answer></answer>", None),
        ("sad", None),
        ("", None),
    ],
)
def test_what_stands_in_the_answer_block(text: str, answered: str | None):
    assert parse(text, MER).answered == answered
    assert parse(text, MER, choices=Choices(("sad", "happy"))).answered == answered


STATEMENT, LETTERS = Choices(("correct", "incorrect")), Choices(("sad", "happy"), {"A": "sad", "B": "happy"})
CLOSED: list[tuple[Any, ...]] = [
    # text, choices, emotion, units, well formed, problem
    ("<think>a</think><answer>Correct</answer>", STATEMENT, None, None, True, None),
    ("<think>AU4</think><answer>incorrect.</answer>", STATEMENT, None, {4}, True, None),
    ("<think>a</think><answer>not correct</answer>", STATEMENT, None, None, False,
     "the answer 'not correct' is none of the choices: correct; incorrect"),
    ("<think>a</think><answer>sad</answer>", STATEMENT, None, None, False,
     "the answer 'sad' is none of the choices: correct; incorrect"),
    ("<think>a</think><answer></answer>", STATEMENT, None, None, False, "the answer is empty"),
    ("<think>a</think><answer>correct</answer><answer>incorrect</answer>", STATEMENT, None, None, False,
     f"{TWO}; the answers contradict each other"),
    ("<answer>correct</answer>", STATEMENT, None, None, False, TAGS),
    ("correct", STATEMENT, None, None, False, BARE),
    ("<think>a</think><answer>(B)</answer>", LETTERS, "happy", None, True, None),
    ("<think>a</think><answer>A. sad</answer>", LETTERS, "sad", None, True, None),
    ("<think>a</think><answer>A. happy</answer>", LETTERS, None, None, False,
     "the answer 'A. happy' is none of the choices: sad; happy"),
    # an open answer
    ("<think>a</think><answer>a street at night</answer>", Choices(), None, None, True, None),
    ("<think>a</think><answer>30</answer>", Choices(), None, None, True, None),
    ("<think>AU4</think><answer>AU6, AU12</answer>", Choices(), None, {6, 12}, True, None),
    ("<think>AU4</think><answer>no action units</answer>", Choices(), None, set(), True, None),
    ("<au>AU1</au><think>AU4</think><answer>AU6</answer>", Choices(), None, {1}, True, None),
    ("<think>a</think><answer></answer>", Choices(), None, None, False, "the answer is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "choices", "emotion", "units", "well_formed", "problem"), CLOSED)
def test_answers_that_are_no_labels(text, choices, emotion, units, well_formed, problem):
    found = parse(text, MER, choices=choices)
    assert (found.said.emotion, found.said.units) == (emotion, units)
    assert (found.well_formed, found.problem) == (well_formed, problem)


# --- garbage --------------------------------------------------------------------------------------------------------

SEEDS = {
    "units": "AU1, ", "open": "<", "spaces": " ", "nested": "[", "objects": '{"a":', "names": "lip corner ",
    "thinks": "<think>", "answers": "<answer>happy</answer>", "blocks": "<au>AU1</au>", "labels": "happy or ",
    "digits": "1", "ticks": "```", "nots": "not ", "tabs": "AU1 \t", "fillers": "lip slightly ", "width": "ＡＵ１",
}  # fmt: skip


def seconds(text: str, enough: float) -> float:
    """The quickest of up to five readings, for the machine may be busy."""
    spent = []
    while len(spent) < 5 and min(spent, default=enough) >= enough:
        start = time.process_time()
        assert parse(text, MER).well_formed is False
        spent.append(time.process_time() - start)
    return min(spent)


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_garbage_is_read_quickly(seed: str):
    for head in ("", "AU", "{", "<think>", "<answer>", "```json"):
        text = head + seed * (10_000 // len(seed.encode()))
        assert seconds(text, 0.1) < 0.1, head
    assert seconds(seed * (100_000 // len(seed.encode())), 1.0) < 1.0


def test_random_text_never_raises():
    rng = random.Random(0)
    pieces = [
        "<think>",
        "</think>",
        "<answer>",
        "</answer>",
        "<au>",
        "</aus>",
        "AU",
        "12",
        "R",
        "A",
        "_r",
        "=",
        "9",
        "-",
    ]
    pieces += [
        "no ",
        "absent",
        "sad",
        "happy",
        ", ",
        " and ",
        "{",
        "}",
        '"emotion":',
        "[",
        "\n",
        "\ud800",
        "０",
        "lips part",
    ]
    for _ in range(3000):
        text = "".join(rng.choices(pieces, k=rng.randint(0, 30)))
        found = parse(text, MER, rng.choice([None, (12,), ()]), rng.choice([None, STATEMENT, LETTERS, Choices()]))
        assert found.text == text
        assert found.well_formed or found.problem
        assert found.said.emotion in (None, *MER.names)
