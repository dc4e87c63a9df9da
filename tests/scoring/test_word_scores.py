"""The chain's metrics of sets of words, what not looking gets, and what is shown of them, by hand."""

import pytest

from affectreason.affect import labels
from affectreason.affect.reading import read
from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark import words as benchmark_words
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.scoring import measures, report, rewards, word_constants
from affectreason.scoring.metrics import Prediction

GOLD = [("happy",), ("happy", "sad"), ("worried",), ("happy",), (), ("blorpy",)]
SAID = ["happy", "happy", "angry", "joyful, blarpy", "happy", "happy"]


def predictions(golds=GOLD, said=SAID):
    found = []
    for place, (words, text) in enumerate(zip(golds, said, strict=True)):
        gold = Affect(emotions=dict.fromkeys(words, 1.0) if words else None)
        sample = Sample(id=str(place), labels="open", gold=gold)
        found.append(Prediction(sample, read(f"<think>x</think><answer>{text}</answer>", sample)))
    return found


def test_measures_by_hand():
    found = measures.measures(predictions(), labels.OPEN, ())
    assert list(found) == ["wheel_f", "wheel_precision", "wheel_recall", "parse_rate"]
    # of four samples with a word on a wheel: precision 1, 1, 0, 1 and recall 1, 1/2, 0, 1; but the fourth wheel has
    # worried and angry in one cluster: precision 1, 1, 1, 1 and recall 1, 1/2, 1, 1
    p, r = [0.75] * 4 + [1], [2.5 / 4] * 4 + [3.5 / 4]
    f = [2 * a * b / (a + b) for a, b in zip(p, r, strict=True)]
    values = {name: measures.numbers(one) for name, one in found.items()}
    assert values["wheel_precision"]["value"] == pytest.approx(sum(p) / 5)
    assert values["wheel_recall"]["value"] == pytest.approx(sum(r) / 5)
    assert values["wheel_f"]["value"] == pytest.approx(sum(f) / 5)
    assert values["wheel_f"]["n"] == 4
    assert values["parse_rate"]["n"] == 6


def test_it_is_the_benchmarks_own_number():
    one = Benchmark(name="x", title="x", task=benchmark_words.WORDS, primary="level1_f", metric="x", prep="x")
    setting = Setting(one)
    theirs = benchmark_words.score_sets(predictions(), setting)
    ours = measures.measures(predictions(), labels.OPEN, ())
    for name, other in (
        ("wheel_f", "level1_f"),
        ("wheel_precision", "level1_precision"),
        ("wheel_recall", "level1_recall"),
    ):
        a, b = measures.numbers(ours[name]), measures.numbers(theirs.measures[other])
        assert {k: v for k, v in a.items() if k != "answer"} == {k: v for k, v in b.items() if k != "answer"}
    for key, value in measures.word_scores_of(predictions()).details.items():
        assert theirs.details[key] == value


def test_counts_of_words():
    details = measures.word_scores_of(predictions()).details
    assert details["labels_per_answer"] == 6 / 5  # of the five samples with annotated words
    assert details["labels_per_gold"] == 6 / 5
    assert details["outside_share_answer"] == 1 / 6
    assert details["outside_gold"] == ["blorpy"]
    assert details["on_no_map"] == 1


def test_floors_of_the_reward():
    reward = rewards.together([{"use": "wheel_f", "args": {"penalty": "ratio"}}])
    golds = [("happy",)] * 6 + [("sad",)] * 2
    floor = word_constants.reward(predictions(golds, ["happy"] * 8), (), reward)
    assert floor.best_constant == pytest.approx(6 / 8)
    assert floor.answer == "no units: happy"
    # two of the words drawn are equal with probability (6/8)^2 + (2/8)^2 = 0.625
    assert floor.chance == pytest.approx(0.625, abs=0.2)


def test_a_constant_answer_reasons_with_its_own_words():
    """So that rewards of the reasoning have a floor too."""
    both = rewards.together([{"use": "dual"}, {"use": "alignment"}])
    floor = word_constants.reward(predictions([("happy",)] * 4, ["happy"] * 4), (), both)
    assert floor.best_constant == pytest.approx(1)


def test_nothing_annotated():
    found = report.build({"sft": {"kind": "sft", "predictions": predictions([()], ["happy"])}}, labels.OPEN, ())
    assert found["stages"]["sft"]["wheel_f"]["value"] is None
    assert report.terminal_table(found).columns[1].header == "wheel f"


def test_a_whole_report(tmp_path):
    runs = {
        "sft": {"kind": "sft", "predictions": predictions(said=["sad"] * 6)},
        "grpo": {"kind": "grpo", "predictions": predictions()},
    }
    reward = rewards.together([{"use": "wheel_f"}])
    found = report.write(runs, tmp_path, labels.OPEN, (), reward, "open")
    assert list(found["stages"]["grpo"]) == list(measures.WORD_METRICS)
    assert found["verdicts"]["grpo"]["metrics"]["wheel_f"]["difference"] > 0
    assert "confusion" not in found["details"]["grpo"]
    page = (tmp_path / "report.html").read_text()
    assert "1.2 words an answer, 1.2 annotated; of the said ones 17% are not in the lexicon" in page
    assert "the words for 4 samples reach a wheel F of" in page
    assert "joyful, blarpy" in page
    assert "Emotion accuracy" not in page
