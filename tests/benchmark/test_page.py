"""The benchmark page and its other forms: numbers beside trivial answers, hostile text, nulls, and no network."""

import copy
import io
import json
import random
import re
from html.parser import HTMLParser

import pytest
import yaml
from PIL import Image
from rich.console import Console

from affectreason.affect.response import Response
from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.benchmark import page, page_tables, paper, plain_words, shown, terminal
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.page import thumbnail

EVIL = "<script>alert('x')</script><img src=http://x onerror=alert(1)>\"&|`$\\x$\x1b[2J\u202e\ud800"
NAMES = ["anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"]


def measure(value, spread=0.03, n=2610, **more):
    held = {"value": value, "low": value - spread, "high": value + spread, "n": n, "chance": 0.141, "majority": 0.313}
    return held | {"best_constant": 0.481, "answer": "neutral", "drawn_by": "dialogue", "sd": None} | more


def system(value, **more):
    """What one system's answers to a benchmark of one emotion each are worth."""
    draw = random.Random(int(value * 1000))
    confusion = [[draw.randrange(9) + 60 * (i == j) for j in range(8)] for i in range(7)]
    rate = {"AU1": 0.12, "AU4": 0.31, "AU6": 0.44, "AU12": 0.52}
    units = {
        name: {"f1": value * (0.7 + p), "precision": 0.5, "recall": 0.6, "base_rate": p, "always_f1": 2 * p / (1 + p)}
        for name, p in rate.items()
    }
    folds = {f"fold_{k}": {"weighted_f1": value + 0.01 * (k - 3)} for k in range(1, 6)}
    held = {
        "declared": {"model": "Qwen/Qwen2.5-VL-7B-Instruct", "adapter": "runs/facial_r1/grpo", "checkpoint": "last"},
        "how": {"prompt": "facial_r1", "think": True, "media": "video", "greedy": True, "seeds": [0]},
        "measures": {
            "weighted_f1": measure(value),
            "war": measure(value + 0.02),
            "ccc": measure(-0.05, best_constant=0.0, answer="the mean"),
            "rmse": measure(1.31, 0.1, best_constant=1.2, chance=2.0, majority=None, lower_is_better=True),
            "uar": measure(value - 0.1, best_constant=0.143, sd=0.012),
        },
        "answers": {
            "n": 2610, "parse_rate": 0.973, "refusals": 12, "empty": 3, "labels_per_answer": 1.04,
            "labels_per_gold": 1.0, "out_of_lexicon": 0.031, "words": 86.4, "words_90": 141,
        },
        "details": {
            "labels": NAMES, "confusion": confusion, "units": units, "folds": folds,
            "over_folds": {"weighted_f1": {"mean": value, "sd": 0.0158}},
        },
        "groups": {
            "gender": {
                "groups": {"female": measure(value + 0.04, n=1300), "male": measure(value - 0.05, n=1310)},
                "gap": {"value": 0.09, "low": 0.052, "high": 0.131, "between": ["female", "male"]},
            }
        },
        "lengths": {},
    }  # fmt: skip
    return held | more


def made():
    one = {
        "title": "MELD, seven emotions", "task": "expression", "primary": "weighted_f1",
        "metric": "F1 of each class weighted by its support", "labels": {"name": "ekman7", "names": NAMES},
        "units": [1, 4, 6, 12], "n": 2610, "paper": "Poria et al. 2019, https://arxiv.org/abs/1810.02508",
        "published": {"Emotion-Qwen": 0.674, "AffectGPT": 0.651}, "compat": None, "judge": None,
        "samples": {"path": "data/meld.jsonl", "sha256": "ab" * 32}, "lexicon": {"name": "ours", "version": "1"},
        "notes": ["Utterances without a clip are kept."], "warnings": ["3 empty answers are wrong answers."],
        "systems": {"base": system(0.47), "tuned": system(0.583)},
        "differences": [{"from": "base", "to": "tuned", "measures": {
            "weighted_f1": {"difference": 0.113, "low": 0.09, "high": 0.137, "n": 2610, "verdict": "helps"}}}],
    }  # fmt: skip
    empty = {"title": "DISFA, 8 units", "primary": "au_f1", "task": "units", "systems": {"tuned": {"measures": {}}}}
    suite = {
        "unibench": {
            "base": {"mean": None, "of": 9, "missing": ["mer2023"]},
            "tuned": {
                "mean": 0.612,
                "low": 0.601,
                "high": 0.624,
                "chance": 0.2,
                "majority": 0.3,
                "best_constant": 0.75,
                "of": 9,
                "missing": [],
            },
        }
    }
    return {
        "date": "2026-11-23T11:00:00+00:00", "versions": {"affectreason": "0.4", "numpy": "2.3"},
        "command": "affectreason score benchmark=meld predictions=a.jsonl",
        "benchmarks": {"meld": one, "disfa_8": empty}, "suites": suite,
    }  # fmt: skip


def answered(number, score, text="", confidence=None, media=()):
    said = "anger" if score else "sadness"
    sample = Sample(
        id=f"s{number}",
        media=media,
        transcript="You did what?",
        gold=Affect(emotion="anger", aus=(4, 7)),
        provenance=Provenance(dataset="meld", licence="GPL-3.0"),
    )
    read = Response(text or "word " * (number + 1), text or None, Affect(emotion=said, aus=(4, 12)), True, None)
    return shown.Shown(Prediction(sample, read), "anger", said, score, confidence)


def answers(n=60, **more):
    return [answered(i, float(i % 3 > 0), confidence=0.3 + 0.69 * ((i * 7) % n) / n, **more) for i in range(n)]


class Tags(HTMLParser):
    """What a page loads and holds."""

    def __init__(self):
        super().__init__()
        self.loaded, self.names, self.text = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.loaded += [value for name, value in attrs if name in ("src", "href", "srcset", "data")]

    def handle_data(self, data):
        self.text.append(data)


def render(report, answers_, folder, logs=None):
    text = page.html_page(report, answers_, folder, thumbnail, logs)
    tags = Tags()
    tags.feed(text)
    assert all(source.startswith("data:image/") for source in tags.loaded)
    assert not tags.names & {"script", "link", "iframe", "base", "object", "form"}
    assert not re.search(r"url\(|@import", text)
    text.encode("utf-8")
    return text, " ".join(" ".join(tags.text).split())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    Image.new("RGB", (300, 200), "teal").save(folder / "face.png")
    media = (Media(kind="image", path="face.png"),)
    log = [{"step": n, "reward": 0.1 * n, "completions/mean_length": 80 + n} for n in range(9)]
    held = {"meld": {"base": [], "tuned": answers(media=media)}}
    return render(made(), held, folder, {"tuned": log})


def test_numbers_stand_beside_trivial_answers(whole):
    _, text = whole
    assert (
        "MELD, seven emotions: “tuned” reaches weighted_f1 0.583 (95 % interval 0.553 to 0.613, N = 2,610); chance "
        "0.141, the commonest answer 0.313, always answering “neutral” 0.481: clearly above the best constant answer."
    ) in text
    assert "“base” reaches weighted_f1 0.470 (95 % interval 0.440 to 0.500, N = 2,610)" in text
    assert "always answering “neutral” 0.481: not clearly above the best constant answer." in text
    assert "DISFA, 8 units: “tuned” has no au_f1." in text
    for told in (
        "97.3%", "12", "1.0 / 1.0", "86.4 / 141.0", "+0.113", "+0.090 – +0.137", "▲ helps", "0.612",
        "no mean: mer2023 not scored", "sd of samplings 0.012", "Emotion-Qwen 0.674", "lexicon: name ours",
        "(as printed; other prompts, other N possible)", "Largest gap: 0.090 (95 % interval 0.052 to 0.131)",
        "between female and male", "not clearly below the best constant answer", "meld: GPL-3.0", "sd 0.016",
        "bootstrap over dialogues", "checkpoint last",
    ):  # fmt: skip
        assert told in text, told
    assert "Warning" not in text[: text.index("Before you read on")]
    assert text.index("3 empty answers are wrong answers.") < text.index("“tuned” reaches")


def test_twenty_worst_and_twenty_random(whole):
    text, plain = whole
    assert text.count("<article") == 40
    assert text.count("<img class=photo") == 40
    assert "20 of 60 answers score 0.00 like the last one here" in plain
    worst, random_ = text[text.index("The 20 worst") :].split("20 at random")
    assert (worst.count("face wrong"), worst.count("face right")) == (20, 0)
    assert random_.count("face right") > 5
    assert "spoken: You did what?" in plain
    assert "How sure, how right: tuned" in plain
    assert "How reward and length drifted in training" in plain


def test_worst_are_the_lowest_then_the_surest():
    some = [answered(0, 1.0), answered(1, 0.0, confidence=0.5), answered(2, 0.0, confidence=0.9), answered(3, None)]
    assert [one.prediction.sample.id for one in shown.worst(some)] == ["s2", "s1", "s0"]
    assert shown.drawn(answers(50), 20) == shown.drawn(answers(50), 20)
    assert [one.prediction.sample.id for one in shown.drawn(some)] == ["s0", "s1", "s2", "s3"]


def test_reliability_by_hand():
    pairs = [(0.95, 1.0), (0.95, 0.0), (0.25, 0.0), (1.0, 1.0), (None, 1.0), (0.5, None)]
    found = shown.reliability([answered(i, score, confidence=c) for i, (c, score) in enumerate(pairs)])
    assert found["n"] == 4
    assert [(one["low"], one["n"]) for one in found["bins"]] == [(0.2, 1), (0.9, 3)]
    assert found["bins"][1]["score"] == pytest.approx(2 / 3)
    assert found["ece"] == pytest.approx(0.25 / 4 + 3 / 4 * (2.9 / 3 - 2 / 3))
    assert shown.reliability([answered(0, 1.0)]) is None


def test_lengths_by_hand():
    some = [answered(0, 1.0, "a"), answered(1, 0.0, "a b c"), answered(2, 1.0, "a b"), answered(3, None, "a " * 9)]
    assert shown.lengths(some) == {"low": [1, 2, 4, 8], "n": [1, 2, 0, 1], "score": [1.0, 0.5, None, None]}
    assert shown.lengths([]) == {"low": [], "n": [], "score": []}


def poisoned(value):
    """The same with a hostile text after every text and name of others."""
    own = {"primary", "from", "to"}
    if isinstance(value, dict):
        return {key: one if key in own else poisoned(one) for key, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one) for one in value]
    return value + EVIL if isinstance(value, str) else value


def test_hostile_text_stays_text(tmp_path):
    report = poisoned(made())
    one = report["benchmarks"]["meld"]
    one["systems"] = {EVIL: one["systems"]["tuned"], "base": one["systems"]["base"]}
    one["differences"][0]["from"] = EVIL
    report["suites"][EVIL] = {EVIL: {"mean": None, "of": 1, "missing": [EVIL]}}
    evil = [answered(i, 0.0, EVIL * 30 + "x" * 1_000_000 * (i == 0), confidence=0.5) for i in range(3)]
    text, plain = render(report, {"meld": {EVIL: evil}}, tmp_path, {EVIL: [{"step": 1, "loss": 1}] * 2})
    assert "<script>alert" in plain  # as text, for `render` saw no such tag
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text) < 2_000_000
    assert "more)" in plain
    console = Console(file=io.StringIO(), width=80)
    console.print(terminal.terminal(report))
    assert "\x1b" not in console.file.getvalue()
    assert {line.count(" | ") for line in paper.markdown(report).splitlines() if line.startswith("|")} == {9}
    assert yaml.safe_load(paper.card_block(report))["model-index"][0]["results"]


def nulled(value):
    """Every one of the same with each value null in turn."""
    for key in list(value):
        inner = value[key]
        value[key] = None
        yield
        value[key] = inner
        if isinstance(inner, dict) and key not in ("systems", "benchmarks", "measures", "groups"):
            yield from nulled(inner)


def test_any_value_may_be_null(tmp_path):
    report = made()
    one = report["benchmarks"]["meld"]
    tuned = one["systems"]["tuned"]
    one["systems"] = {"tuned": tuned}
    tuned["details"] = {}
    nulls = 0
    for part in (tuned["measures"]["weighted_f1"], tuned, tuned["groups"]["gender"], tuned["answers"], one, report):
        for _ in nulled(part):
            if one["primary"] is None or one["task"] is None:
                continue
            nulls += 1
            render(report, {}, tmp_path)
            paper.markdown(report)
            paper.card_block(report)
            Console(file=io.StringIO(), width=80).print(terminal.terminal(report))
    assert nulls > 50


def test_a_report_of_nothing(tmp_path):
    nothing = {"date": None, "versions": {}, "command": None, "benchmarks": {}, "suites": {}}
    assert "Nothing was scored." in render(nothing, {}, tmp_path)[1]
    assert paper.card_block(nothing) == ""
    assert len(paper.markdown(nothing).splitlines()) == 4


def test_details_may_be_absent_or_null(tmp_path):
    report = made()
    details = report["benchmarks"]["meld"]["systems"]["tuned"]["details"]
    details["units"]["AU4"]["f1"] = None
    details["folds"]["fold_1"]["weighted_f1"] = None
    details["confusion"] = [[0] * 8] * 7
    text, _ = render(report, {}, tmp_path)
    assert "What is taken for what, tuned" not in text
    for key in list(details):
        details[key] = None
    render(report, {}, tmp_path)


def test_what_is_clearly_better():
    high, low, less = measure(0.6), measure(0.5), {"lower_is_better": True}
    assert plain_words.beats_constant(high) is True
    assert plain_words.beats_constant(low) is False
    assert plain_words.beats_constant(low | less) is False
    assert plain_words.beats_constant(measure(0.3) | less) is True
    assert plain_words.verdict(measure(0.3, chance=0.9) | less) == "clearly below the best constant answer"
    assert plain_words.beats_constant(high | {"best_constant": None}) is None
    assert page_tables.span([high]) == (0.0, 1.0)
    assert page_tables.span([measure(-0.1)]) == (-1.0, 1.0)
    assert page_tables.span([measure(1.9, 0.1) | less]) == (0.0, 2.1)


def test_no_floors_and_floors_that_were_searched_for(tmp_path):
    """A share of yes has dashes and no red verdict; a searched floor says that it is one at least."""
    report = made()
    for held in report["benchmarks"]["meld"]["systems"].values():
        none = dict.fromkeys(("chance", "majority", "best_constant", "answer"))
        held["measures"]["weighted_f1"] |= none
        held["measures"]["war"] |= {"at_least": True, "draws_left_out": 0.12}
    text, _ = render(report, {}, tmp_path)
    assert "no best constant answer to compare with" in text
    assert "class=doubt>no best" not in text
    assert "≥ 0.481" in text
    assert "without 12.0% of the draws, which show none" in text
    assert plain_words.constant({"best_constant": None}) == "–"
    told = plain_words.sentence("MELD", "tuned", "meteor", measure(0.6, at_least=True))
    assert "always answering “neutral” at least 0.481" in told
    assert "| – | – | – |" in paper.markdown(report)


def test_markdown():
    lines = paper.markdown(made()).splitlines()
    assert lines[2] == (
        "| MELD, seven emotions | base | weighted\\_f1 | 2,610 | 0.470 [0.440, 0.500]\\* | 0.141 | 0.313 | 0.481 "
        "(neutral) | 97.3% | Emotion-Qwen 0.674; AffectGPT 0.651 |"
    )
    assert lines[3].startswith("| MELD, seven emotions | tuned | weighted\\_f1 | 2,610 | 0.583 [0.553, 0.613] |")
    assert lines[4] == "| DISFA, 8 units | tuned | au\\_f1 | – | – | – | – | – | – | – |"
    assert lines[6] == "- Published: as printed; other prompts, other N possible."
    assert lines[7] == "- \\* not clearly better than the best constant answer and chance."
    assert lines[8] == "- meld: scored by the lexicon ours, version 1."
    assert lines[9] == "- mean over unibench, base: none, without mer2023."
    assert lines[11] == (
        "- Difference, meld: base → tuned: weighted\\_f1 +0.113 (95 % interval +0.090 to +0.137) on the same 2,610 "
        "samples, helps."
    )
    assert lines[-1] == "- Warning, meld: 3 empty answers are wrong answers."


def test_a_value_over_the_constant_but_under_chance_is_not_praised(tmp_path):
    between = measure(0.1, best_constant=0.039, chance=0.143)
    assert (plain_words.beats_constant(between), plain_words.beats_floors(between)) == (True, False)
    assert plain_words.verdict(between) == "clearly above the best constant answer, not clearly above chance"
    assert plain_words.beats_floors(measure(0.6)) is plain_words.beats_floors(measure(0.6, chance=None)) is True
    assert plain_words.beats_floors(measure(0.6, best_constant=None)) is None
    report = made()
    report["benchmarks"]["meld"]["systems"]["tuned"]["measures"]["weighted_f1"] = between
    assert "0.100 [0.070, 0.130]\\* |" in paper.markdown(report)
    assert "class=doubt>clearly above the best constant answer, not" in render(report, {}, tmp_path)[0]


def test_samplings_have_a_deviation():
    report = made()
    report["benchmarks"]["meld"]["systems"]["tuned"]["measures"]["weighted_f1"] |= {"sd": 0.0123, "seeds": [0.5, 0.6]}
    assert "0.583 [0.553, 0.613] (sd 0.012 of 2 samplings) |" in paper.markdown(report)
    console = Console(file=io.StringIO(), width=80)
    console.print(terminal.terminal(report))
    assert "sd 0.012" in console.file.getvalue()


def test_card_block():
    (index,) = yaml.safe_load(paper.card_block(made(), task_type="video-text-to-text"))["model-index"]
    assert index["name"] == "tuned"
    (result,) = index["results"]
    assert result["task"] == {"type": "video-text-to-text", "name": "expression"}
    assert result["dataset"]["type"] == "meld"
    assert result["dataset"]["args"] == {"samples": 2610, "sha256": "ab" * 32}
    (metric,) = result["metrics"]
    assert (metric["type"], metric["value"]) == ("weighted_f1", 0.583)
    assert metric["args"]["interval_95"] == pytest.approx([0.553, 0.613])
    assert metric["args"]["best_constant_answer"] == "neutral"
    assert yaml.safe_load(paper.card_block(made(), "base"))["model-index"][0]["name"] == "base"
    assert paper.card_block(made(), "unknown") == ""


def test_terminal():
    console = Console(file=io.StringIO(), width=80)
    console.print(terminal.terminal(made()))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert re.search(r"meld, weighted_f1 +0\.470\* +0\.141 +0\.313 +0\.481 +2,610 +97%", text)
    assert re.search(r"  tuned +0\.55-0\.61", text)
    assert "meld: 3 empty answers are wrong answers." in text
    assert "* not clearly better than the best constant answer" in text
    assert "meld: scored by the lexicon ours, version 1" in text
    told = (
        "mean over unibench, base: none, without mer2023 mean over unibench, tuned: 0.612 (95 % interval 0.601 to "
        "0.624); chance 0.200, majority 0.300, best constant 0.750; 9 benchmarks"
    )
    assert told in " ".join(" ".join(lines).split())
    told = "meld: base → tuned: weighted_f1 +0.113 (95 % interval +0.090 to +0.137) on the same 2,610 samples, helps"
    assert told in " ".join(" ".join(lines).split())


def test_the_report_is_not_changed(tmp_path):
    report = made()
    before = copy.deepcopy(report)
    render(report, {"meld": {"tuned": answers(5)}}, tmp_path)
    assert json.dumps(report) == json.dumps(before)


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ({"model": {"source": "runs/tiny/sft/model"}}, "sft-model"),
        ({"model": {"source": "/home/me/base"}}, "base"),
        ({"model": {"source": "base"}, "adapter": {"source": "runs/mine/grpo/model"}}, "grpo-model"),
        ({"model": {"source": "Qwen/Qwen3-VL-2B-Instruct"}}, "Qwen3-VL-2B-Instruct"),
        ("by hand", None),
    ],
)
def test_a_card_names_the_model(declared, name):
    report = made()
    systems = next(iter(report["benchmarks"].values()))["systems"]
    for system in systems.values():
        system["declared"] = declared
    (index,) = yaml.safe_load(paper.card_block(report))["model-index"]
    assert index["name"] == (name or list(systems)[-1])
