import importlib.util
import json
from pathlib import Path

import pytest
import yaml
from datasets import Dataset
from PIL import Image

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.affect.samples import write
from affectreason.benchmark import expression, gold, known, units
from affectreason.benchmark.protocol import Benchmark
from affectreason.errors import InputError
from affectreason.scoring.metrics import Prediction

FOLDER = Path(__file__).parents[2] / "eval" / "lmms_eval"
FILES = sorted(FOLDER.glob("*.yaml"))


def module():
    """The file of functions, loaded as lmms-eval does: by path, without a package."""
    spec = importlib.util.spec_from_file_location("affect_tasks", FOLDER / "affect_tasks.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def config(path, functions):
    """A task's YAML with its settings and functions."""
    loader = type("Loader", (yaml.SafeLoader,), {})

    def function(_, node):
        place, _, name = node.value.partition(".")
        assert place == "affect_tasks"
        return getattr(functions, name)

    loader.add_constructor("!function", function)
    found = yaml.load(path.read_text(encoding="utf-8"), loader)
    rest = found.pop("include", None)
    return found if rest is None else config(path.with_name(rest), functions) | found


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Small test sets in data/, in place of those of the published sizes."""
    Image.new("RGB", (4, 4), "red").save(tmp_path / "face.png")
    golds = ["joy", "joy", "anger", "neutral"]
    media = (Media(kind="image", path=str(tmp_path / "face.png")),)
    faces = [Sample(id=f"f{i}", media=media, gold=Affect(emotion=word), labels="meld7") for i, word in enumerate(golds)]
    coded = [
        Sample(id=f"u{i}", media=media, gold=Affect.model_validate({"aus": aus}))
        for i, aus in enumerate([[1, 4], [12], []])
    ]
    found = {}
    for path in FILES:
        own = path.stem == "disfa8"
        found[path.stem] = Benchmark(
            name=path.stem, title="", task=units.UNITS if own else expression.EXPRESSION, metric="", prep="",
            primary="au_f1" if own else "war", units="disfa8" if own else None, labels=None if own else "meld7",
        )  # fmt: skip
        write(tmp_path / "data" / path.name.replace(".yaml", ".jsonl"), coded if own else faces)
    monkeypatch.setattr(known, "benchmarks", lambda: found)
    monkeypatch.setattr(known, "suites", dict)
    monkeypatch.chdir(tmp_path)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_task_names_a_benchmark_its_file_and_functions_that_exist(path):
    functions = module()
    task = config(path, functions)
    assert task["task"] == f"affect_{path.stem}"
    assert task["dataset_kwargs"] == {"data_files": {"test": f"data/{path.stem}.jsonl"}}
    assert task["process_docs"].__name__ == f"{path.stem}_docs"
    assert task["generation_kwargs"]["do_sample"] is False
    names = [metric["metric"] for metric in task["metric_list"]]
    doc = {"benchmark": path.stem}
    assert names == list(functions.process_results(doc, ["joy"]))
    assert names[-1] == "read_rate"
    assert all(metric["aggregation"] is getattr(functions, metric["metric"]) for metric in task["metric_list"])


def test_every_benchmark_is_a_task():
    assert {path.stem for path in FILES} == set(known.benchmarks())
    with pytest.raises(AttributeError, match="affect_tasks has no nothing_docs"):
        module().nothing_docs  # noqa: B018


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_numbers_are_those_of_our_own_scorer(path, small):
    task, functions = config(path, module()), module()
    docs = task["process_docs"](Dataset.from_list([{"text": "left aside"}]))
    assert docs.column_names == ["id", "benchmark", "sample"]
    texts = ["AU1, AU4", "AU6", "none"] if path.stem == "disfa8" else ["<answer>joy</answer>", "sad", "anger", "well"]
    results = [task["process_results"](doc, [text]) for doc, text in zip(docs, texts, strict=True)]
    benchmark = small[path.stem]
    own = gold.load(benchmark)
    setting = gold.setting(own)
    pairs = zip(own.samples, texts, strict=True)
    predictions = [Prediction(sample, benchmark.task.read(text, sample, setting)) for sample, text in pairs]
    measures = benchmark.task.score(predictions, setting).measures
    for metric in task["metric_list"]:
        name = metric["metric"]
        value = metric["aggregation"]([result[name] for result in results])
        if name != "read_rate":
            measure = measures[benchmark.primary if name == "primary" else name]
            assert value == pytest.approx(float(measure.statistic(measure.rows.sum(0)[None])[0]))
    if path.stem != "disfa8":
        items = [result["read_rate"] for result in results]
        assert functions.war(items) == 2 / 4
        assert functions.uar(items) == pytest.approx((1 / 2 + 1 + 0) / 3)
        assert functions.read_rate(items) == 3 / 4


def test_what_is_asked_and_shown(small):
    functions = module()
    doc = functions.docs_of("meld")[0]
    assert functions.doc_to_text(doc).splitlines() == [
        "Which emotion does this person show?",
        "Answer with one of: neutral, surprise, fear, sadness, joy, disgust, anger.",
    ]
    assert functions.doc_to_target(doc) == "joy"
    (picture,) = functions.doc_to_visual(doc)
    assert picture.size == (4, 4)
    assert functions.doc_to_target(functions.docs_of("disfa8")[1]) == "AU12"


def test_what_cannot_be_shown_whole_is_refused(small):
    functions = module()
    for media, said in (
        ({"kind": "video", "path": "a.mp4", "start": 1.0}, "'x': a.mp4 is a part of a clip"),
        ({"kind": "frames", "path": "a"}, "'x': a is a folder of frames"),
    ):
        doc = {"id": "x", "benchmark": "meld", "sample": json.dumps({"id": "x", "media": [media]})}
        with pytest.raises(InputError, match=said):
            functions.doc_to_visual(doc)


def test_lmms_eval_itself_loads_the_tasks(small, monkeypatch, tmp_path):
    tasks = pytest.importorskip("lmms_eval.tasks", reason="lmms-eval is not installed")
    monkeypatch.setenv("LMMS_EVAL_DATASETS_CACHE", str(tmp_path / "cache"))
    manager = tasks.TaskManager(include_path=str(FOLDER), include_defaults=False)
    assert manager.all_subtasks == sorted(f"affect_{path.stem}" for path in FILES)
    for path in FILES:
        name = f"affect_{path.stem}"
        task = manager.load_task_or_group(name)[name]
        assert set(task.aggregation()) >= {"read_rate"}
        doc = task.test_docs()[0]
        assert task.doc_to_text(doc)
        result = task.process_results(doc, ["<answer>joy</answer>" if path.stem != "disfa8" else "AU1, AU4"])
        assert task.aggregation()["read_rate"]([result["read_rate"]]) == 1.0
