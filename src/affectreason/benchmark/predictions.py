"""Predictions of anyone's model: JSONL rows of an id and a text, or the labels somebody took out of one."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl
from affectreason.affect.refusals import refuses
from affectreason.affect.response import Response
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.wheel import string_to_list
from affectreason.benchmark.protocol import Setting
from affectreason.benchmark.reading import read_all
from affectreason.errors import InputError, nearest
from affectreason.scoring.metrics import Prediction

REFUSAL = "a refusal"


@dataclass(frozen=True)
class Answered:
    """The predictions of one system, in the order of the samples, and how sure it was of each, where that is known.

    Confidence is the mean probability of a token, in [0, 1].
    """

    predictions: tuple[Prediction, ...]
    confidence: Mapping[str, float] = field(default_factory=dict)
    cut: int = 0


def read(path: Path, samples: Sequence[Sample], setting: Setting) -> Answered:
    """The predictions of a file, one for each sample.

    A row has `id` and either `text` (what the model wrote) or `labels` (a list of words, or the text of one); also
    what `evaluate` writes beside them. InputError for ids that are unknown, doubled or missing, and for other rows.
    """
    rows = _rows(path)
    known = {sample.id for sample in samples}
    unknown = [one for one in rows if one not in known]
    missing = [sample.id for sample in samples if sample.id not in rows]
    if unknown or missing:
        raise InputError(_others(path, rows, unknown, missing, setting))
    said = read_all(
        len(samples),
        lambda place: response(rows[samples[place].id][1], samples[place], setting),
        apart=setting.extractor is None,
    )
    found = tuple(Prediction(sample, one) for sample, one in zip(samples, said, strict=True))
    sure = {one: math.exp(min(0.0, row["logprob"])) for one, (_, row) in rows.items() if row.get("logprob") is not None}
    return Answered(found, sure, sum(bool(row.get("cut")) for _, row in rows.values()))


def response(row: Mapping[str, Any], sample: Sample, setting: Setting) -> Response:
    """What a row says, as the benchmark's task reads it; a refusal says nothing."""
    task = setting.benchmark.task
    if "text" in row and setting.compat is None and refuses(row["text"]):
        return Response(row["text"], None, Affect(), False, REFUSAL)  # "I'm sorry" names no emotion
    if "text" in row:
        return task.read(row["text"], sample, setting)
    words = row["labels"]
    return task.given(string_to_list(words) if isinstance(words, str) else words, sample, setting)


def _rows(path: Path) -> dict[str, tuple[int, dict[str, Any]]]:
    """Rows by id, with their lines; each is checked."""
    jsonl.must_be_file(path)
    rows: dict[str, tuple[int, dict[str, Any]]] = {}
    for line, row in jsonl.rows(path):
        wrong = _wrong(row)
        if wrong:
            raise InputError(f"{path}:{line}: {wrong}")
        if row["id"] in rows:
            raise InputError(
                f"{path}:{line}: id {row['id']!r} is also in line {rows[row['id']][0]}; give one answer a sample "
                "(several seeds go into several files)"
            )
        rows[row["id"]] = line, row
    if not rows:
        raise InputError(f'{path} holds no predictions; write one {{"id": ..., "text": ...}} a line')
    return rows


def _wrong(row: dict[str, Any]) -> str | None:
    """What is wrong with a row, None for a right one."""
    if not isinstance(row.get("id"), str):
        return (
            f'"id" is {row.get("id")!r}, not text; a row is {{"id": ..., "text": ...}}'
            if "id" in row
            else (f'no "id"; {nearest("id", row)}')
        )
    if "text" not in row and ("gold" in row or "provenance" in row):
        return f"id {row['id']!r} is a sample with its annotation, not a prediction; name the file of answers"
    if ("text" in row) == ("labels" in row):
        return f'id {row["id"]!r} needs either "text" or "labels"; it has {", ".join(row)}'
    if "text" in row and not isinstance(row["text"], str):
        return f'id {row["id"]!r}: "text" is {str(row["text"])[:40]!r}, not text; an empty answer is ""'
    words = row.get("labels", "")
    if not isinstance(words, str) and not (isinstance(words, list) and all(isinstance(one, str) for one in words)):
        return f'id {row["id"]!r}: "labels" is {str(words)[:40]!r}, not a list of words'
    sure = row.get("logprob")
    if sure is not None and (isinstance(sure, bool) or not isinstance(sure, int | float) or not abs(sure) < 1e9):
        return f'id {row["id"]!r}: "logprob" is {json.dumps(sure)[:40]}, not a number of nats'
    return None


def _others(
    path: Path,
    rows: Mapping[str, tuple[int, dict[str, Any]]],
    unknown: Sequence[str],
    missing: Sequence[str],
    setting: Setting,
) -> str:
    """What is wrong with the ids of a file, all of it, with the first of each kind."""
    told = []
    name = setting.benchmark.name
    if unknown:
        those = "1 id is" if len(unknown) == 1 else f"{len(unknown):,} ids are"
        told.append(f"{those} not of benchmark {name}, first {unknown[0]!r} in line {rows[unknown[0]][0]}")
    if missing:
        those = "1 sample has" if len(missing) == 1 else f"{len(missing):,} samples have"
        told.append(f"{those} no prediction, first {missing[0]!r}")
    hint = "every sample needs one, an empty text where the model said nothing"
    if missing and len(unknown) == len(rows):
        hint = f"none of its ids is known: is it of another benchmark than {name}? ids look like {missing[0]!r}"
    return f"{path}: {'; '.join(told)}; {hint}"
