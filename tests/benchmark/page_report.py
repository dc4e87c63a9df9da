"""A report of benchmarks made up for the tests of what is made of it, and a page of it read back."""

import random
import re
from html.parser import HTMLParser

from affectreason.affect.response import Response
from affectreason.affect.sample import Affect, Provenance, Sample
from affectreason.benchmark import page, shown
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
