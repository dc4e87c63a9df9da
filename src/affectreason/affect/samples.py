"""Files of samples: JSONL in and out, one by one or whole; every error names the file, the line and the sample."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import choices, foreign, jsonl, labels
from affectreason.affect.sample import Affect, Sample, from_row
from affectreason.errors import InputError, nearest

log = logging.getLogger(__name__)


def read(path: str | Path, split: str | None = None) -> list[Sample]:
    """Read a JSONL file of our samples, or of rows as other toolkits write them (`foreign.py`), also mixed.

    Media paths are made absolute, labels take the vocabulary's own spelling, and `split` keeps one split. Raises
    InputError with file, line and sample for what cannot be read, for two equal ids and for a file without samples.
    """
    path = Path(path)
    found: dict[str, Sample] = {}
    lines: dict[str, int] = {}
    left_out = 0
    for line, _, sample in each(path):
        if isinstance(sample, InputError):
            raise InputError(f"{path}:{line}: {sample}") from sample
        if sample is None:
            left_out += 1
            continue
        if sample.id in found:
            first = lines[sample.id]
            raise InputError(f"{path}:{line}: sample {sample.id!r}: line {first} has the same id; give each its own")
        found[sample.id], lines[sample.id] = sample, line
    if left_out:
        log.warning("%s: %d rows left out, which the data set itself marks as not valid", path, left_out)
    return _of_split(list(found.values()), split, path)


def each(path: Path) -> Iterator[tuple[int, int, Sample | InputError | None]]:
    """Each row of a file as `read` reads it, one at a time, with its line and first byte; ids are not compared.

    What is wrong with a row stands in its place, None for a row that its data set marks as not valid. Raises
    InputError for a missing file alone.
    """
    for line, at, row in jsonl.each(path):
        yield line, at, row if isinstance(row, InputError) else sample_or_error(row, path, line)


def readable(path: Path) -> Iterator[Sample]:
    """The samples of a file as they come, in flat memory; InputError at the first row that is none."""
    for line, _, found in each(path):
        if isinstance(found, InputError):
            raise InputError(f"{path}:{line}: {found}; affectreason check data={path} lists all such rows") from found
        if found is not None:
            yield found


def sample_or_error(row: dict[str, Any], path: Path, line: int) -> Sample | InputError | None:
    """The sample of one row of a file, in our form or another; what is wrong with it; None if marked as not valid."""
    try:
        sample = foreign.to_sample(row, f"{path.stem}_{line}") if foreign.form(row) else from_row(row)
        return None if sample is None else _canonical(_moved(sample, lambda media: jsonl.absolute(media, path.parent)))
    except InputError as error:
        return error


def write(path: str | Path, samples: Iterable[Sample]) -> None:
    """Write samples as JSONL, as they come, whole or not at all; media inside the file's folder are named relative.

    Raises InputError when two samples have one id, and when the disk is full or the folder cannot be written to.
    """
    folder = Path(path).parent.absolute()
    ids: set[str] = set()

    def lines() -> Iterator[str]:
        for sample in samples:
            if sample.id in ids:
                raise InputError(f"{path}: two samples have the id {sample.id!r}; nothing was written")
            ids.add(sample.id)
            yield line_of(sample, folder)

    jsonl.write(Path(path), lines())


def line_of(sample: Sample, folder: Path) -> str:
    """The line of JSON for a file in this (absolute) folder."""
    return _moved(sample, lambda media: jsonl.relative(media, folder)).to_json()


def check_labels(samples: Iterable[Sample]) -> list[Sample]:
    """Spell every gold label as the sample's vocabulary does.

    InputError for a label outside it, with the nearest, and for an answer that is none of the sample's choices.
    """
    return [_canonical(sample) for sample in samples]


def _canonical(sample: Sample) -> Sample:
    if sample.choices and sample.answer is not None:
        allowed = choices.of(sample)
        if allowed is not None and allowed.find(sample.answer) is None:
            said = f"the answer {sample.answer!r} is none of the choices"
            raise InputError(f"sample {sample.id!r}: {said}; {nearest(sample.answer, sample.choices)}")
    if sample.labels is None:
        return sample
    try:
        vocabulary = labels.find(sample.labels)
        gold = _spelled(sample.gold, vocabulary)
        annotators = tuple(_spelled(affect, vocabulary) for affect in sample.annotators)
    except InputError as error:
        raise InputError(f"sample {sample.id!r}: {error}") from error
    if gold is sample.gold and not annotators:
        return sample
    return sample.model_copy(update={"gold": gold, "annotators": annotators})


def _spelled(affect: Affect, vocabulary: labels.Labels) -> Affect:
    def name(word: str) -> str:
        own = vocabulary.canonical(word)
        if own is None:
            raise InputError(
                f"the label {word!r} is not in the vocabulary {vocabulary.name!r}; {vocabulary.nearest(word)}"
            )
        return own

    update: dict[str, object] = {}
    if affect.emotion is not None:
        update["emotion"] = name(affect.emotion)
    if affect.emotions is not None:
        weights: dict[str, float] = {}
        for word, weight in affect.emotions.items():
            weights[name(word)] = weights.get(name(word), 0.0) + weight
        update["emotions"] = weights
    same = all(getattr(affect, key) == value for key, value in update.items())
    return affect if same else affect.model_copy(update=update)


def _moved(sample: Sample, place: Callable[[str], str]) -> Sample:
    """Put every media path through `place`."""
    media = [m if m.kind == "url" else m.model_copy(update={"path": place(m.path)}) for m in sample.media]
    if media == [*sample.media]:
        return sample
    return sample.model_copy(update={"media": tuple(media)})


def _of_split(samples: list[Sample], split: str | None, path: Path) -> list[Sample]:
    if not samples:
        raise InputError(
            f"{path} holds no samples; write one JSON object a line, or `affectreason prep` makes such files"
        )
    kept = [sample for sample in samples if split is None or sample.provenance.split == split]
    if not kept:
        counts = Counter(sample.provenance.split for sample in samples)
        none = f" ({counts.pop(None)} samples name no split)" if None in counts else ""
        names = [name for name in counts if name is not None]
        raise InputError(f"{path}: no sample of split {split!r}; {nearest(str(split), names)}{none}")
    return kept
