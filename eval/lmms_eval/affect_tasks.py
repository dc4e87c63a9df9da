"""Our benchmarks as tasks of lmms-eval: the samples, the questions and the numbers are those of `affectreason score`.

    affectreason prep meld root=FOLDER split=test out=data/meld.jsonl
    python -m lmms_eval --include_path eval/lmms_eval --tasks affect_meld --model ... --batch_size 1

The YAML files name these functions. They read `data/NAME.jsonl` below the folder where lmms-eval is run.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from datasets import Dataset

from affectreason.affect.sample import Media, Sample, from_row
from affectreason.affect.samples import check_labels
from affectreason.benchmark import gold, known
from affectreason.benchmark.gold import Gold
from affectreason.benchmark.protocol import Setting
from affectreason.errors import InputError
from affectreason.media import image
from affectreason.recipe import prompts
from affectreason.scoring.metrics import Prediction

Doc = Mapping[str, str]
Item = dict[str, str]
METRICS = {"meld": ("weighted_f1", "war", "uar"), "dfew": ("war", "uar"), "raf_db": ("war", "uar")}


def docs_of(name: str) -> Dataset:
    """The test set of a benchmark as rows of `id`, `benchmark` and `sample`, one JSON text: Arrow would merge sets."""
    samples = _gold(name).samples
    return Dataset.from_list([{"id": s.id, "benchmark": name, "sample": s.to_json()} for s in samples])


def __getattr__(word: str) -> Callable[[Dataset], Dataset]:
    """`NAME_docs` for every benchmark: its test set, in place of what lmms-eval read, which knows no splits."""
    name = word.removesuffix("_docs")
    if name == word or name not in known.benchmarks():
        raise AttributeError(f"affect_tasks has no {word}")

    def docs(dataset: Dataset) -> Dataset:
        return docs_of(name)

    docs.__name__ = word
    return docs


def doc_to_visual(doc: Doc) -> list[Any]:
    """What is to be seen: pictures as PIL images, clips by their path; sound and features are left to other models."""
    return [_seen(one, doc["id"]) for one in _sample(doc).media if one.kind in ("image", "frames", "video", "url")]


def doc_to_text(doc: Doc) -> str:
    """The sample's question, or else its task's, and how to write the answer."""
    sample, setting = _sample(doc), _setting(doc["benchmark"])
    task = setting.benchmark.task
    names = setting.labels.names if setting.labels else tuple(f"AU{unit}" for unit in setting.units)
    question, form = (text.replace("{labels}", ", ".join(names)) for text in (task.question, task.form))
    return f"{prompts.asked(sample, question)}\nAnswer with {form}."


def doc_to_target(doc: Doc) -> str:
    """What was annotated, in words."""
    setting = _setting(doc["benchmark"])
    return ", ".join(setting.benchmark.task.gold(_sample(doc), setting) or ())


def process_results(doc: Doc, results: Sequence[str]) -> dict[str, Item]:
    """The sample and the answer under each metric: our numbers are of a whole test set, not means of samples."""
    item = {**doc, "text": results[0]}
    return dict.fromkeys((*METRICS.get(doc["benchmark"], ("primary",)), "read_rate"), item)


def primary(items: Sequence[Item]) -> float:
    """The number that the benchmark's papers print."""
    return measured(items, _setting(items[0]["benchmark"]).benchmark.primary)


def war(items: Sequence[Item]) -> float:
    """Accuracy, pooled over folds."""
    return measured(items, "war")


def uar(items: Sequence[Item]) -> float:
    """Mean recall of the classes, pooled over folds."""
    return measured(items, "uar")


def weighted_f1(items: Sequence[Item]) -> float:
    """F1 of each class weighted by its support."""
    return measured(items, "weighted_f1")


def read_rate(items: Sequence[Item]) -> float:
    """The share of answers that anything could be read in."""
    setting = _setting(items[0]["benchmark"])
    said = [setting.benchmark.task.said(one.response, setting) for one in predictions(items)]
    return sum(one is not None for one in said) / len(said)


def measured(items: Sequence[Item], name: str) -> float:
    """One measure of a benchmark's task."""
    setting = _setting(items[0]["benchmark"])
    measure = setting.benchmark.task.score(predictions(items), setting).measures[name]
    return float(measure.statistic(measure.rows.sum(0)[None])[0])


def predictions(items: Sequence[Item]) -> list[Prediction]:
    """The answers as our parsers read them."""
    setting = _setting(items[0]["benchmark"])
    pairs = [(_sample(item), item["text"]) for item in items]
    return [Prediction(sample, setting.benchmark.task.read(text, sample, setting)) for sample, text in pairs]


def _sample(doc: Doc) -> Sample:
    return check_labels([from_row(json.loads(doc["sample"]))])[0]


@cache
def _gold(name: str) -> Gold:
    (benchmark,) = known.chosen(name)
    return gold.load(benchmark)


@cache
def _setting(name: str) -> Setting:
    return gold.setting(_gold(name))


def _seen(media: Media, name: str) -> Any:
    if media.start is not None or media.end is not None:
        raise InputError(
            f"sample {name!r}: {media.path} is a part of a clip; lmms-eval shows whole files: cut it first"
        )
    if media.kind == "frames":
        raise InputError(f"sample {name!r}: {media.path} is a folder of frames; lmms-eval takes a picture or a clip")
    return image.open_image(media, name) if media.kind == "image" else media.path
