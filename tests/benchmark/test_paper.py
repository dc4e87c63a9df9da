"""The table for a paper and the model card's block."""

import pytest
import yaml
from tests.benchmark.page_report import made

from affectreason.benchmark import paper


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
