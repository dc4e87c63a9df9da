"""The report: its keys, paired verdicts by hand, and a page that holds everything and runs nothing."""

import io
import json
import re
from html.parser import HTMLParser

import pytest
from PIL import Image
from rich.console import Console

from affectreason.affect import labels
from affectreason.affect.response import Response
from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.scoring import measures, page, report, rewards
from affectreason.scoring.metrics import Prediction

EKMAN = labels.find("ekman7")
UNITS = (4, 6, 12)
REWARD = rewards.together([{"use": "well_formed"}, {"use": "emotion_match"}])
EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>\"&"

KEYS = ["value", "low", "high", "n", "chance", "best_constant", "majority", "answer", "drawn_by", "lower_is_better"]


def predicted(number, gold, said, gold_aus=(6, 12), said_aus=(6,), text="", subject=None, media=()):
    sample = Sample(
        id=f"s{number}",
        gold=Affect(emotion=gold, aus=gold_aus),
        labels="ekman7",
        media=media,
        provenance=Provenance(subject=subject),
    )
    affect = Affect(emotion=said, aus=said_aus)
    return Prediction(
        sample, Response(text=text, reasoning=text, said=affect, well_formed=said is not None, problem=None)
    )


def run(right, total=20, **more):
    """The first `right` of the samples answered rightly, the rest left unparsed; every fourth is of anger."""
    golds = ["anger" if number % 4 == 0 else "happiness" for number in range(total)]
    return [predicted(n, gold, gold if n < right else None, **more) for n, gold in enumerate(golds)]


def summary(predictions, reward=None, sampled=None):
    """The numbers of one stage by metric."""
    return report.build({"s": {"predictions": predictions, "sampled": sampled}}, EKMAN, UNITS, reward)["stages"]["s"]


class Tags(HTMLParser):
    """The tags of a page and what they load."""

    def __init__(self):
        super().__init__()
        self.names, self.loaded = set(), []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.loaded += [value for name, value in attrs if name in ("src", "href")]


def test_summary_by_hand():
    found = summary(run(12), REWARD)
    assert list(found) == list(measures.METRICS)
    for name, numbers in found.items():
        assert list(numbers) == KEYS, name
        assert 0 <= numbers["low"] <= numbers["value"] <= numbers["high"] <= 1
        assert numbers["n"] == 20
    assert found["emotion_accuracy"]["value"] == pytest.approx(12 / 20)
    assert found["emotion_accuracy"]["chance"] == pytest.approx(1 / 7)
    assert found["emotion_accuracy"]["best_constant"] == pytest.approx(15 / 20)
    assert found["uar"]["value"] == pytest.approx((3 / 5 + 9 / 15) / 2)
    assert found["uar"]["best_constant"] == pytest.approx(1 / 2)
    assert found["au_f1"]["value"] == pytest.approx(2 / 3)
    assert found["au_f1"]["best_constant"] == pytest.approx(1)
    assert found["au_f1_macro"]["value"] == pytest.approx(1 / 3)
    assert found["au_f1_macro"]["best_constant"] == pytest.approx(2 / 3)
    assert found["parse_rate"]["value"] == pytest.approx(12 / 20)
    assert found["mean_reward"]["value"] == pytest.approx(12 / 20)
    assert found["mean_reward"]["best_constant"] == pytest.approx((1 + 15 / 20) / 2)


def test_what_is_not_annotated_is_not_scored():
    found = summary([predicted(0, None, "anger", gold_aus=None)])
    nothing = dict.fromkeys(KEYS) | {"n": 0}
    for name in ("emotion_accuracy", "uar", "au_f1", "au_f1_macro", "mean_reward"):
        assert found[name] == nothing
    assert found["parse_rate"]["n"] == 1
    mixed = summary([*run(12), predicted(99, None, "anger", gold_aus=None)])
    assert mixed["emotion_accuracy"]["value"] == pytest.approx(12 / 20)
    assert (mixed["emotion_accuracy"]["n"], mixed["parse_rate"]["n"]) == (20, 21)


def test_several_answers_to_one_sample_are_one_reward():
    sampled = [predicted(0, "anger", "anger"), predicted(0, "anger", None), predicted(1, "fear", "fear")]
    reward = summary(run(12), REWARD, sampled)["mean_reward"]
    assert reward["value"] == pytest.approx((0.5 + 1) / 2)
    assert reward["n"] == 2


def compared(before, after, metric="emotion_accuracy"):
    old, new = (measures.measures(one, EKMAN, UNITS, REWARD)[metric] for one in (before, after))
    return measures.compare(old, new)


def test_verdicts():
    up = compared(run(8), run(16))
    assert up["verdict"] == "helps"
    assert up["difference"] == pytest.approx(8 / 20)
    assert 0 < up["low"] < 8 / 20 < up["high"]
    assert compared(run(16), run(8))["verdict"] == "hurts"
    assert compared(run(16), run(15))["verdict"] == "no clear change"
    assert compared(run(16), run(16)) == {"difference": 0, "low": 0, "high": 0, "n": 20, "verdict": "no clear change"}
    other = [Prediction(p.sample.model_copy(update={"id": "x" + p.sample.id}), p.response) for p in run(16)]
    assert compared(run(16), other)["verdict"] == "nothing in common"
    half = compared(run(8), run(16)[10:][::-1])  # paired by id, not by place
    assert half["n"] == 10
    assert half["difference"] == pytest.approx(6 / 10)


def test_a_paired_difference_is_surer_than_two_intervals():
    before, after = run(40, 100), run(50, 100)
    old, new = (summary(one)["emotion_accuracy"] for one in (before, after))
    assert old["high"] > new["low"]  # the intervals overlap
    assert compared(before, after)["verdict"] == "helps"


def test_overall_verdict():
    def said(**verdicts):
        return measures.overall({name: {"verdict": verdict} for name, verdict in verdicts.items()})

    assert said(emotion_accuracy="helps", au_f1="no clear change", parse_rate="hurts") == "helps"
    assert said(emotion_accuracy="helps", au_f1="hurts") == "mixed"
    assert said(emotion_accuracy="no clear change", mean_reward="helps") == "no clear change"
    assert said(mean_reward="hurts", parse_rate="helps") == "hurts"
    assert said(au_f1="nothing in common") == "not comparable"
    assert said() == "not comparable"


def test_subjects_are_drawn_where_all_are_named():
    alone = [predicted(n, "anger", "anger" if n < 30 else None) for n in range(60)]
    people = [predicted(n, "anger", "anger" if n < 30 else None, subject=f"p{n // 10}") for n in range(60)]
    narrow, wide = (summary(one)["emotion_accuracy"] for one in (alone, people))
    assert narrow["value"] == wide["value"]
    assert wide["high"] - wide["low"] > 2 * (narrow["high"] - narrow["low"])
    assert measures.clusters([p.sample for p in people[:20]]) == ("sample", None)  # two people say nothing of spread


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A report of four stages, one of them a synthesis, whose texts try to break the page."""
    folder = tmp_path_factory.mktemp("report")
    Image.new("RGB", (600, 400), "teal").save(folder / "face.png")
    media = (Media(kind="image", path="face.png"),)
    manifest = {
        "asked": 10,
        "kept": 7,
        "by_class": {"anger": {"asked": 4, "kept": 1}, EVIL: {"asked": 6, "kept": 6}},
        "refused": {EVIL: 3},
    }
    runs = {
        "base": {"kind": "model", "predictions": run(4, text="I see " + EVIL)},
        EVIL: {
            "kind": "sft",
            "predictions": run(12, text=EVIL * 30),
            "log": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}],
        },
        "grow": {"kind": "synthesize", "manifest": manifest},
        "grpo": {
            "kind": "grpo",
            "predictions": [*run(18, text=EVIL, media=media), predicted(99, None, None, gold_aus=None, text=EVIL)],
            "log": [{"step": n, "reward": 0.1 * n, "loss": float("nan"), EVIL: 1.0 * n} for n in range(40)],
        },
    }
    made = report.write(runs, folder / "out", EKMAN, UNITS, REWARD, recipe="tiny", media=folder)
    return folder / "out", made


def test_report_json(written):
    folder, made = written
    held = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert held == made
    assert list(held["stages"]) == ["base", EVIL, "grpo"]
    for stage in held["stages"].values():
        assert list(stage) == list(measures.METRICS)
        for numbers in stage.values():
            assert list(numbers) == KEYS
    assert held["recipe"] == "tiny"
    assert held["verdicts"][EVIL]["against"] == "base"
    assert held["verdicts"]["grpo"]["against"] == EVIL  # the synthesis between them evaluates nothing
    assert held["verdicts"]["grpo"]["metrics"]["emotion_accuracy"]["difference"] == pytest.approx(6 / 20)
    assert held["verdicts"]["grpo"]["overall"] == "helps"
    details = held["details"]["grpo"]
    assert details["action_units"]["f1/AU6"] == 1
    assert details["emotion"]["unannotated"] == 1
    assert [sum(row) for row in details["confusion"]] == [5, 0, 0, 15, 0, 0, 0]
    assert details["best_constant_answer"]["emotion_accuracy"] == "happiness"
    assert details["drawn_by"]["au_f1"] == "sample"
    assert held["versions"]["numpy"]
    assert held["date"].endswith("+00:00")


def test_html_escapes_everything_and_loads_nothing(written):
    folder, _ = written
    text = (folder / "report.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert "script" not in tags.names
    assert not tags.names & {"link", "iframe", "object"}
    assert tags.loaded
    assert all(source.startswith("data:image/") for source in tags.loaded)
    assert "&lt;script&gt;alert" in text
    assert not re.search(r"url\(|@import|https?://", text)


def test_html_says_what_matters(written):
    folder, _ = written
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "After “grpo” the model names the right emotion for 90% of 20 samples" in text
    assert "always answering “happiness” 75%" in text
    assert "7 of 10 samples were kept (70%)" in text
    assert "1 of 4" in text
    assert text.count("<article") == 12
    assert text.count("face wrong") == 2  # all there are; the sample without annotation is neither right nor wrong
    assert "helps" in text


def test_the_head_line_says_when_nothing_was_learnt():
    text = page.headline(report.build({"sft": {"predictions": run(12)}}, EKMAN, UNITS))
    assert "always answering “happiness” 75%, which the model does not clearly beat." in text
    assert "micro F1 of 0.67" in text
    text = page.headline(report.build({"sft": {"predictions": run(20)}}, EKMAN, ()))
    assert text.endswith("75%.")


def test_terminal_table(written):
    console = Console(file=io.StringIO(), width=80)
    console.print(report.terminal_table(written[1]))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "emotion accuracy" in " ".join(lines)
    assert any("0.900 +" in line for line in lines)
    assert any("chance" in line and "0.143" in line for line in lines)
    assert any(line.startswith("│ best constant") for line in lines)


def test_report_of_nothing(tmp_path):
    made = report.write({"grow": {"kind": "synthesize"}}, tmp_path, EKMAN, UNITS)
    assert made["stages"] == {}
    assert "Nothing was evaluated." in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_missing_picture_stops_with_its_name(tmp_path):
    lost = [predicted(0, "anger", "anger", media=(Media(kind="image", path="gone.png"),))]
    with pytest.raises(FileNotFoundError, match=r"gone\.png"):
        report.write({"sft": {"kind": "sft", "predictions": lost}}, tmp_path, EKMAN, UNITS)


def test_video_and_text_samples_are_named(tmp_path):
    clip = [
        predicted(0, "anger", "anger", media=(Media(kind="video", path="a/clip.mp4"),)),
        predicted(1, "anger", None),
    ]
    report.write({"sft": {"kind": "sft", "predictions": clip}}, tmp_path, EKMAN, UNITS)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "video: clip.mp4" in text
    assert "text only" in text


def test_thumbnail(tmp_path):
    Image.new("RGBA", (900, 300), "red").save(tmp_path / "wide.png")
    data = page.thumbnail(Media(kind="image", path="wide.png"), tmp_path)
    with Image.open(io.BytesIO(data)) as small:
        assert (small.format, small.size) == ("JPEG", (320, 107))
    assert page.thumbnail(Media(kind="video", path="clip.mp4"), tmp_path) is None
