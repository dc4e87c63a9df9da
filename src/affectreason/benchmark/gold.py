"""The samples of a benchmark: read from a prepared file, counted against the published number, never silently fewer."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from affectreason.affect import labels, wheel, wheel_files
from affectreason.affect.sample import Sample
from affectreason.affect.samples import read
from affectreason.affect.wheel import Lexicon
from affectreason.benchmark.protocol import Benchmark, Scores, Setting
from affectreason.errors import InputError, nearest
from affectreason.recipe.words import source_and_split, word
from affectreason.scoring.metrics import Prediction


@dataclass(frozen=True)
class Gold:
    """The samples of a benchmark, the file they are of, and what a reader has to know of them."""

    benchmark: Benchmark
    samples: tuple[Sample, ...]
    path: str
    sha256: str
    warnings: tuple[str, ...]


def load(benchmark: Benchmark, given: str | None = None, n: int | None = None) -> Gold:
    """The test set of a benchmark, from `given` (FILE or FILE:SPLIT) or `data/NAME.jsonl`.

    InputError where the file is missing, with the command that makes it, and where it holds another number of samples
    than was published, unless that number is given as `n`; then it is a warning.
    """
    source, split = source_and_split(str(given) if given else f"data/{benchmark.name}.jsonl")
    if not Path(source).is_file():
        raise InputError(
            f"{source} is not there; make it: {prepared_by(benchmark)}; or name another file: samples=FILE"
        )
    samples = read(source, split or benchmark.split)
    warnings = [*_number(benchmark, samples, source, n), *_labelled(samples)]
    digest = hashlib.sha256(Path(source).read_bytes()).hexdigest()
    return Gold(benchmark, tuple(samples), source, digest, tuple(warnings))


def first(gold: Gold, limit: int) -> Gold:
    """The first `limit` samples, with a warning that says so; the folds of a benchmark are then not asked for."""
    if limit >= len(gold.samples):
        return gold
    told = f"only the first {limit:,} of {len(gold.samples):,} samples (limit=): no number of this benchmark"
    part = replace(gold.benchmark, folds=())
    return replace(gold, benchmark=part, samples=gold.samples[:limit], warnings=(told, *gold.warnings))


def prepared_by(benchmark: Benchmark) -> str:
    """The command that writes the benchmark's samples."""
    options = "".join(f" {word(key, value)}" for key, value in benchmark.options.items())
    return f"affectreason prep {benchmark.prep} root=FOLDER{options} out=data/{benchmark.name}.jsonl"


def must_be_used(held: Sequence[Gold], **given: object) -> None:
    """Raise InputError for a lexicon, a judge or another plug-in that none of these benchmarks uses."""
    for key, value in given.items():
        if value is not None and not any(key in one.benchmark.task.uses for one in held):
            names = ", ".join(f"{one.benchmark.name}: {one.benchmark.task.name}" for one in held)
            raise InputError(f"{key}={value}: nothing asked for ({names}) uses {key}=; remove it")


def setting(gold: Gold, *, lexicon: str | None = None, compat: str | None = None, judge: Any = None) -> Setting:
    """What the test set is scored with, `lexicon` and `judge` where its task uses them (`must_be_used`).

    Without `lexicon` it is our own, under a `compat` without `neutral`, which no published one has. InputError for a
    `compat` its task has not, and for mixed label sets.
    """
    task = gold.benchmark.task
    if compat is not None and str(compat) not in task.compats:
        known = ", ".join(task.compats) or "none"
        raise InputError(f"compat={compat}: benchmark {gold.benchmark.name} ({task.name}) has no such; known: {known}")
    words: Lexicon | None = None
    if "lexicon" in task.uses and lexicon is not None:
        words = wheel_files.load(Path(str(lexicon)))
    elif "lexicon" in task.uses:
        words = wheel.default() if compat is None else wheel.without_neutral()
    found = Setting(gold.benchmark, words, compat, judge if "judge" in task.uses else None)
    if gold.benchmark.labels is None:
        found = replace(found, own_labels=_one_set(gold))
    if gold.benchmark.units is None:
        units = {au.number for sample in gold.samples for au in sample.gold.aus or ()}
        found = replace(found, own_units=tuple(sorted(units)))
    return found


def _one_set(gold: Gold) -> str | None:
    names = Counter(sample.labels for sample in gold.samples if sample.labels not in (None, labels.OPEN.name))
    if len(names) > 1:
        told = ", ".join(f"{name} ({count})" for name, count in names.most_common())
        raise InputError(
            f"{gold.path}: its samples are of {len(names)} label sets: {told}; score each in a file of its own, or of "
            "its own split: samples=FILE:SPLIT"
        )
    return next(iter(names), None)


def _number(benchmark: Benchmark, samples: list[Sample], source: str, n: int | None) -> list[str]:
    """Refuse another number of samples than was published."""
    wanted = benchmark.n if n is None else n
    if wanted is not None and len(samples) != wanted:
        raise InputError(
            f"{source} has {len(samples):,} samples, benchmark {benchmark.name} has {wanted:,}; prepare it again: "
            f"{prepared_by(benchmark)}; to score what is there, and say so in the report: n={len(samples)}"
        )
    if benchmark.n is not None and n not in (None, benchmark.n):
        return [f"{len(samples):,} samples, not the {benchmark.n:,} published: not comparable with published numbers"]
    return []


def _labelled(samples: list[Sample]) -> list[str]:
    """A warning for labels that a model made: a test of them tests agreement with that model."""
    made = sum(sample.provenance.origin == "model" for sample in samples)
    return [f"{made:,} of {len(samples):,} labels were made by a model, not by people"] if made else []


def rehearse(gold: Gold, setting: Setting) -> None:
    """Score silence, so that samples which cannot be scored are refused before a model is asked anything.

    InputError for folds without samples, labels of another set, units that nobody coded, and as `require_scored`.
    """
    require_folds(gold)
    alone = replace(setting, judge=None, encoder=None, extractor=None)
    task = gold.benchmark.task
    silent = [Prediction(sample, task.read("", sample, alone)) for sample in gold.samples]
    require_scored(gold, task.score(silent, alone))


def require_scored(gold: Gold, scores: Scores) -> None:
    """InputError where no sample is annotated with what the benchmark scores."""
    primary = scores.measures.get(gold.benchmark.primary)
    if primary is None or not len(primary.rows):
        one = gold.benchmark
        raise InputError(
            f"{gold.path}: none of its {len(gold.samples):,} samples is annotated with what benchmark {one.name} "
            f"({one.task.name}) scores; is it of another benchmark? its own: {prepared_by(one)}"
        )


def require_folds(gold: Gold) -> None:
    """InputError where the benchmark is pooled over folds and a fold has no samples, or a sample names none."""
    wanted = gold.benchmark.folds
    if not wanted:
        return
    there = Counter(sample.provenance.fold for sample in gold.samples)
    missing = [fold for fold in wanted if fold not in there]
    if missing or None in there:
        what = f"no sample of fold {', '.join(missing)}" if missing else f"{there[None]} samples that name no fold"
        known = f"; {nearest(missing[0], [fold for fold in there if fold])}" if missing else ""
        raise InputError(
            f"{gold.path} has {what}; benchmark {gold.benchmark.name} pools folds {', '.join(wanted)}{known}; prepare "
            f"it again: {prepared_by(gold.benchmark)}"
        )
