"""Sets of any words from end to end: rewarded, grown, asked and reported."""

import json

import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import read, write
from affectreason.errors import InputError
from affectreason.recipe import answers
from affectreason.stages import evaluate, grpo, report, synthesize, warm_up

WORDS = {
    "anger": ["angry", "frustrated"], "disgust": ["disgusted"], "fear": ["worried", "scared"],
    "happiness": ["happy", "relieved"], "neutral": ["neutral"], "sadness": ["sad", "blorpy"],
    "surprise": ["surprised"],
}  # fmt: skip
REWARDS = [{"use": "wheel_f", "args": {"penalty": "ratio"}}, {"use": "well_formed", "weight": 0.5}, {"use": "au_f1"}]


@pytest.fixture
def chain(recipe, qwen, pictures, tmp_path):
    """The micro recipe over pictures annotated with words, two sets of them apart."""
    worded = [
        one.model_copy(
            update={
                "labels": None,
                "gold": Affect(emotions=dict.fromkeys(WORDS[one.gold.emotion], 1.0), aus=one.gold.aus),
            }
        )
        for one in pictures
    ]
    write(tmp_path / "train.jsonl", worded[:8])
    write(tmp_path / "test.jsonl", worded[8:])
    return recipe(
        labels="open", prompt="reasoned_words", evaluate__data=[str(tmp_path / "test.jsonl")],
        evaluate__rewards=REWARDS, grpo__balance=None, grpo__init=qwen, grpo__rewards=REWARDS,
        grpo__data=[str(tmp_path / "train.jsonl")], grow__data=[str(tmp_path / "train.jsonl")],
    )  # fmt: skip


def test_the_chain_runs(chain, tmp_path):
    part = chain.stage("grpo")
    grpo.run(chain, part, tmp_path)
    log = [json.loads(line) for line in (tmp_path / "grpo" / "log.jsonl").read_text().splitlines()]
    steps = [row for row in log if "reward" in row]
    assert len(steps) == 2
    for row in steps:
        assert {"scores/wheel_f", "scores/well_formed", "labels_per_answer", "words_per_answer"} <= row.keys()
        assert 0 <= row["scores/wheel_f"] <= 1
    done = json.loads((tmp_path / "grpo" / "done.json").read_text())
    assert done["counts"]["samples"] == 8
    assert "alarms" not in done  # two steps say nothing of drift

    evaluate.run(chain, part, tmp_path)
    written = report.write(chain, tmp_path)
    found = written["stages"]["grpo"]
    assert list(found)[:3] == ["wheel_f", "wheel_precision", "wheel_recall"]
    assert found["wheel_f"]["n"] == 6
    assert 0 < found["wheel_f"]["chance"] < found["wheel_f"]["best_constant"] < 1
    assert found["mean_reward"]["best_constant"] > 0.3
    assert written["details"]["grpo"]["words"]["labels_per_gold"] == pytest.approx(9 / 6)
    assert "Wheel F" in (tmp_path / "report" / "report.html").read_text()

    synthesize.run(chain, chain.stage("grow"), tmp_path)
    manifest = json.loads((tmp_path / "grow" / "manifest.json").read_text())
    assert manifest["asked"] == manifest["kept"] == 8
    assert {"joy", "sadness", "neutral"} <= manifest["by_class"].keys()
    grown = read(tmp_path / "grow" / "samples.jsonl")
    assert [sample.labels for sample in grown] == ["open"] * 8


def test_the_report_of_answers_by_hand(chain, tmp_path):
    """Six samples: three right, one right beside junk, one wrong, one silent."""
    held = answers.held_out(chain, chain.evaluate, tmp_path)
    golds = [list(sample.gold.emotions) for sample in held]
    said = [", ".join(words) for words in golds[:3]] + [", ".join([*golds[3], "blarpy"]), "happy", ""]
    folder = tmp_path / "sft" / "evaluation"
    folder.mkdir(parents=True)
    texts = [f"<think>x</think><answer>{words}</answer>" for words in said]
    rows = [{"id": s.id, "text": text, "sampled": text} for s, text in zip(held, texts, strict=True)]
    (folder / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "sft" / "done.json").write_text("{}")
    written = report.write(chain, tmp_path)
    found = written["stages"]["sft"]
    # precision and recall are 1 for four of six on every wheel: a word on no wheel costs the metric nothing
    for name in ("wheel_f", "wheel_precision", "wheel_recall"):
        assert found[name]["value"] == pytest.approx(4 / 6)
    assert found["parse_rate"]["value"] == pytest.approx(5 / 6)
    words = written["details"]["sft"]["words"]
    assert words["labels_per_answer"] == pytest.approx((sum(map(len, golds[:4])) + 2) / 6)
    assert words["outside_share_answer"] > 0
    assert found.keys().isdisjoint({"emotion_accuracy", "uar"})


def test_what_open_words_cannot_do_is_said(recipe):
    with pytest.raises(InputError, match=r"grpo\.balance: emotion needs one emotion a sample, and labels: open has"):
        recipe(labels="open")
    with pytest.raises(
        InputError, match=r"prompt: 'facial_r1' lists the labels, and labels: open has no list; use one that does not"
    ):
        recipe(labels="open", grpo__balance=None, prompt="facial_r1")
    with pytest.raises(InputError, match=r"sft\.prompt: 'label' lists the labels"):
        recipe(labels="open", grpo__balance=None, sft__prompt="label")


def test_what_the_model_is_told_was_wrong():
    one = Sample(id="s", labels="open", gold=Affect(emotions={"happy": 1.0, "calm": 1.0}))
    assert synthesize.in_words("wheel_f", one) == "the emotions are happy, calm"
    told = "the form must be <think>...</think><answer>words with commas between them</answer>"
    assert synthesize.in_words("well_formed", one, "reasoned") == told
    told = "the form must be words with commas between them, and nothing else"
    assert synthesize.in_words("well_formed", one, "words") == told


def test_a_warm_up_learns_the_units_of_sets_of_words(chain, qwen, tmp_path):
    """Sets of words are no classes: the emotion head has nothing to learn, and the tower learns from units alone."""
    samples = str(tmp_path / "train.jsonl")
    part = chain.stage("base").model_copy(update={"init": qwen, "data": [samples], "train": {"max_steps": 1}})
    warm_up.run(chain, part, tmp_path)
    assert json.loads((tmp_path / "base" / "done.json").read_text())["counts"]["samples"] == 8
