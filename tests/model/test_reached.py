import json

import pytest

from affectreason.errors import InputError
from affectreason.model.chain import link
from affectreason.model.reached import of_benchmarks, of_run


def test_the_numbers_of_a_stage(finished):
    results, recall, missing = of_run(link(finished() / "grpo"))
    assert missing is None
    assert [(one.metric_type, one.metric_name, one.metric_value) for one in results] == [
        ("emotion_accuracy", "emotion accuracy", 0.61),
        ("au_f1", "AU F1", 0.40),
    ]
    assert results[0].metric_args == {
        "interval_95": [0.55, 0.67], "n": 280, "chance": 0.1429, "majority": 0.18, "best_constant": 0.2,
        "best_constant_answer": "anger", "drawn_by": "subject",
    }  # fmt: skip
    assert results[0].dataset_name == "mine.jsonl:test"
    assert "majority" not in results[1].metric_args
    assert recall == {"anger": 0.9, "fear": 0.1}


def test_why_there_are_no_numbers(finished):
    run = finished()
    report = run / "report" / "report.json"
    assert of_run(link(run / "sft"))[::2] == ([], f"{report} has no numbers of sft")
    held = json.loads(report.read_text())
    report.write_text(json.dumps(held | {"date": "2026-11-02T09:59:59+00:00"}))
    assert of_run(link(run / "grpo"))[2] == f"{report} is older than the model"
    report.write_text("{")
    with pytest.raises(InputError, match=r"report.json: not JSON .*; write the report again"):
        of_run(link(run / "grpo"))
    report.unlink()
    assert of_run(link(run / "grpo")) == ([], {}, f"there is no {report}")


def benchmark(folder, sha256, **how):
    """A report of `affectreason evaluate` on one benchmark."""
    measures = {"waf": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 100, "chance": 0.1, "best_constant": 0.3}}
    adapter = {"source": "x", "weights": {"sha256": sha256}}
    declared = {"model": {"source": "base", "weights": {"sha256": "b"}}, "adapter": adapter}
    system = {"declared": declared, "how": how, "measures": measures, "answers": {"parse_rate": 0.9}}
    block = {
        "title": "MELD",
        "task": "emotion",
        "primary": "waf",
        "metric": "WAF",
        "n": 100,
        "systems": {"model": system},
    }
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"benchmarks": {"meld": block}}))
    return str(folder)


def test_the_numbers_of_benchmarks_of_these_weights(tmp_path):
    (one,) = of_benchmarks([benchmark(tmp_path / "r", "a" * 64)], {"sha256": "a" * 64})
    assert (one.dataset_name, one.metric_name, one.metric_value) == ("MELD", "WAF", 0.5)
    assert one.metric_args is not None
    assert one.metric_args["interval_95"] == [0.4, 0.6]
    assert one.metric_args["chance"] == 0.1


@pytest.mark.parametrize("how", [{}, {"adapter_switched_off": True}, {"media": False}, {"without": ["audio"]}])
def test_numbers_of_other_weights_or_ways_are_refused(tmp_path, how):
    folder = benchmark(tmp_path / "r", "a" * 64, **how)
    mine = "c" * 64 if not how else "a" * 64
    with pytest.raises(InputError, match=r"its numbers are of other weights than these; ask this model with"):
        of_benchmarks([folder], {"sha256": mine})
    with pytest.raises(InputError, match=r"reports=.*none: there is no .*report.json; give the out= of"):
        of_benchmarks([str(tmp_path / "none")], None)
