"""What each modality is worth, by hand, and how it is shown."""

import io

import pytest
from rich.console import Console

from affectreason.affect import labels
from affectreason.affect.response import parse
from affectreason.affect.sample import Affect, Sample
from affectreason.scoring import ablation, page_ablation, report
from affectreason.scoring.metrics import Prediction

EKMAN = labels.find("ekman7")
GOLD = ["anger", "fear"] * 10


def answered(right, evidence=True):
    """Twenty samples whose voice tells all and whose words tell nothing; the first `right` are answered right."""
    found = []
    for k, gold in enumerate(GOLD):
        said = gold if k < right else "disgust"
        known = {"evidence_audio": gold, "evidence_text": "neutral"} if evidence else {}
        sample = Sample(id=str(k), gold=Affect(emotion=gold), labels="ekman7", attributes=known)
        found.append(Prediction(sample, parse(f"<think>x</think><answer>{said}</answer>", EKMAN)))
    return found


@pytest.fixture(scope="module")
def found():
    return ablation.table(answered(18), {"audio": answered(8), "text": answered(18)}, EKMAN, ())


def test_by_hand(found):
    one = found["emotion_accuracy"]
    assert (one["n"], one["chance"], one["best_constant"]) == (20, pytest.approx(1 / 7), 0.5)
    assert (one["all"]["value"], one["all"]["ceiling"]) == (0.9, 1.0)
    audio, text = one["without"]["audio"], one["without"]["text"]
    assert (audio["value"], audio["difference"], audio["ceiling"]) == (0.4, -0.5, 0.5)
    assert audio["difference_low"] < -0.5 < audio["difference_high"] < 0
    assert audio["verdict"] == "hurts"
    assert (text["difference"], text["ceiling"], text["verdict"]) == (0.0, 1.0, "no clear change")
    assert "parse_rate" not in found


def test_no_ceiling_where_samples_say_nothing():
    found = ablation.table(answered(18, False), {"audio": answered(8, False)}, EKMAN, ())
    assert "ceiling" not in found["emotion_accuracy"]["all"]


def test_the_mean_reward_is_of_greedy_answers():
    def reward(response, sample):
        return float(response.said.emotion == sample.gold.emotion)

    found = ablation.table(answered(18), {"audio": answered(8)}, EKMAN, (), reward)
    assert found["mean_reward"]["all"]["value"] == 0.9
    assert found["mean_reward"]["without"]["audio"]["value"] == 0.4


def test_it_is_in_the_report_and_on_the_page(tmp_path):
    runs = {"sft": {"kind": "sft", "predictions": answered(18), "without": {"face+audio": answered(8)}}}
    made = report.write(runs, tmp_path, EKMAN, ())
    assert made["details"]["sft"]["without"]["emotion_accuracy"]["without"]["face+audio"]["difference"] == -0.5
    page = (tmp_path / "report.html").read_text()
    assert "What each modality is worth, after sft" in page
    assert "<td>without face, audio<td class='num big'>0.400" in page
    assert "worse without it" in page
    assert "chance 0.143, best constant 0.500, N 20" in page


def test_the_terminal_shows_it():
    runs = {"sft": {"kind": "sft", "predictions": answered(18), "without": {"audio": answered(8)}}}
    tables = report.terminal_tables(report.build(runs, EKMAN, ()))
    assert len(tables) == 2
    shown = io.StringIO()
    Console(file=shown, width=80).print(tables[1])
    text = shown.getvalue()
    assert all(word in text for word in ("nothing", "0.900", "audio", "0.400", "-0.500", "ceiling", "best constant"))
    assert len(report.terminal_tables(report.build({"sft": {"predictions": answered(3)}}, EKMAN, ()))) == 1
    assert page_ablation.table(report.build({}, EKMAN, ())) is None
