"""R1-Omni's pair against its recorded values and mended; captions by counts and by a judge."""

import json
from pathlib import Path

import pytest

from affectreason.affect.reading import read
from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.scoring import rewards, texts

CASES = json.loads((Path(__file__).parents[1] / "data" / "mer_unibench_cases.json").read_text())
R1_OMNI = CASES["I_r1omni_rewards"]["cases"]
# accuracy and format of the same cases, in their order, where the quirks are mended
MENDED = [
    (1, 1), (1, 1), (1, 1), (1, 1),  # the last two: "Angry", "anger"
    (0, 0),  # the right word without tags
    (1, 0),  # no reasoning
    (1, 1), (1, 1),  # white space at an end
    (0, 0),  # two answers
    (1, 0),  # text between the blocks
    (0, 0),  # both empty
    (0, 1),  # two labels in one answer
    (1, 1),  # line breaks in the answer
    (1, 0),  # text behind
    (0, 1),  # another word
]  # fmt: skip


@pytest.mark.parametrize(("case", "mended"), list(zip(R1_OMNI, MENDED, strict=True)))
def test_r1_omni(case, mended):
    one = Sample(id="s", labels="r1_omni11", gold=Affect(emotion=case["label"]))
    found = read(case["completion"], one)
    recorded = rewards.r1_omni_accuracy(found, one, compat=True), rewards.r1_omni_format(found, one, compat=True)
    assert recorded == (case["accuracy"], case["format"])
    assert (rewards.r1_omni_accuracy(found, one), rewards.r1_omni_format(found, one)) == mended


def test_r1_omni_without_an_annotation_or_a_vocabulary():
    found = read("<think>x</think><answer>Angry</answer>", Sample(id="s", labels="open"))
    assert rewards.r1_omni_accuracy(found, Sample(id="s")) is None
    assert rewards.r1_omni_accuracy(found, Sample(id="s", gold=Affect(emotion="angry"))) == 1
    assert rewards.r1_omni_accuracy(found, Sample(id="s", gold=Affect(emotion="anger"))) == 0


CAPTION = Sample(id="c", question="What is seen?", answer="The woman smiles and raises her brows.")


def captioned(text):
    return read(f"<think>x</think><answer>{text}</answer>", CAPTION)


def test_a_caption_by_counts():
    same = rewards.caption_match(captioned(CAPTION.answer), CAPTION, by="rouge_l")
    assert same == 1
    # "the woman smiles": 3 of 7 words, all in order: P 1, R 3/7
    assert rewards.caption_match(captioned("The woman smiles."), CAPTION, by="rouge_l") == pytest.approx(6 / 10)
    said, gold = texts.text("The woman smiles."), texts.text(CAPTION.answer)
    assert rewards.caption_match(captioned("The woman smiles."), CAPTION) == texts.meteor(said, gold)
    assert rewards.caption_match(captioned("A man."), CAPTION) == 0
    assert rewards.caption_match(captioned(""), CAPTION) == 0
    assert rewards.caption_match(captioned("smiles " * 5000), CAPTION) == 0
    with pytest.raises(InputError, match="caption_match counts by 'rouge'; did you mean 'rouge_l'"):
        rewards.caption_match(captioned("x"), CAPTION, by="rouge")


def test_where_a_caption_is():
    bare = read("The woman smiles.", CAPTION)
    assert rewards.caption_match(bare, CAPTION, by="rouge_l") == pytest.approx(6 / 10)
    thought = read("<think>The woman smiles and raises her brows.</think>", CAPTION)
    assert rewards.caption_match(thought, CAPTION) == 0
    learnt = CAPTION.model_copy(update={"answer": None, "response": "<think>x</think><answer>She smiles</answer>"})
    assert rewards.caption_match(captioned("She smiles."), learnt, by="rouge_l") == 1
    plain = learnt.model_copy(update={"response": "She smiles"})
    assert rewards.caption_match(captioned("She smiles."), plain, by="rouge_l") == 1
    for none in (Sample(id="n"), Sample(id="n", choices=("a", "b"), answer="a"), Sample(id="n", answer=" ")):
        assert rewards.caption_match(captioned("She smiles."), none) is None


def test_a_caption_by_a_judge():
    asked = []

    def judge(*words):
        asked.append(words)
        return 0.7

    assert rewards.caption_match(captioned("She smiles."), CAPTION, judge=judge) == 0.7
    assert asked == [("What is seen?", "She smiles.", "The woman smiles and raises her brows.", "caption")]
    assert rewards.caption_match(captioned(""), CAPTION, judge=judge) == 0
    assert len(asked) == 1
    for wrong in (1.5, float("nan"), "0.5", True):
        with pytest.raises(InputError, match=r"the judge of caption_match gave .*; it must give a number in \[0, 1\]"):
            rewards.caption_match(captioned("She smiles."), CAPTION, judge=lambda *_, value=wrong: value)
    with pytest.raises(InputError, match=r"the judge 'mine\.judge' was not opened; a run of a recipe does that"):
        rewards.caption_match(captioned("She smiles."), CAPTION, judge="mine.judge")
