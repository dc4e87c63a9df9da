"""`affectreason score`: a benchmark's numbers of predictions that anyone's model made."""

import gc
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from affectreason.benchmark import gold, known, predictions
from affectreason.errors import InputError
from affectreason.model import plug_ins
from affectreason.recipe.words import options, whole

HELP = """affectreason score benchmark=NAME predictions=FILE.jsonl   the numbers of predictions that anyone made
  benchmark    one of `affectreason benchmarks`
  predictions  one {"id": ..., "text": ...} or {"id": ..., "labels": [...]} a line, one line a sample
  samples      the samples, FILE or FILE:SPLIT; by default data/NAME.jsonl, as `affectreason prep` writes it
  against      the predictions of another system: the paired difference to it is reported
  lexicon      a folder of emotion-wheel files, instead of our own lexicon; its version is recognised and printed
  compat       read and score as a public scorer does: `affectreason benchmarks` names them
  judge        a language model that judges captions: package.module.function, the folder of a causal language
               model, or http://HOST/v1#MODEL, an endpoint that speaks OpenAI's chat completions (its key in
               AFFECTREASON_JUDGE_KEY); temperature 0, its replies are kept in judge.sqlite of out=, else of this folder
  extractor    such a model that takes the emotion words out of texts, in place of rules; their agreement is reported
  encoder      a text encoder, a folder or hub id: BERTScore and the cosine of sentences for reasoning and captions
  encoder_layer   the hidden layer that BERTScore compares, by default the last
  groups       attributes of the samples to report by, [gender, age]; by default the usual ones that are annotated
  n            the number of samples, where it is not the published one; the report then says so
  out          a folder for report.html, report.json, table.md and model_card.yaml
The last line of the standard output is one JSON object."""
KEYS: dict[str, Any] = {
    "benchmark": ..., "predictions": ..., "samples": None, "against": None, "lexicon": None, "compat": None,
    **plug_ins.KEYS, "groups": None, "n": None, "out": None,
}  # fmt: skip


def main(words: list[str]) -> int:
    """Score a file of predictions; the table goes to the standard error, the JSON object to the output."""
    given = options(words, KEYS)
    gc.set_threshold(100_000, 50, 50)  # samples and answers are many, and none forms a cycle: a quarter of the time
    chosen = known.chosen(given["benchmark"])
    if len(chosen) > 1:
        raise InputError(f"benchmark={given['benchmark']}: a file of predictions is of one benchmark; name one")
    n = None if given["n"] is None else whole("n", given["n"], 1)
    held = gold.load(chosen[0], given["samples"], n)
    plugged = plug_ins.chosen(given, [held], Path(str(given["out"] or ".")))
    how = plug_ins.setting(held, given, plugged)
    from affectreason.benchmark import report  # here: a mistake in the words is told at once
    from affectreason.benchmark.terminal import terminal

    systems = {"predictions": _ran(given["predictions"], held, how)}
    if given["against"] is not None:
        systems["against"] = _ran(given["against"], held, how)
    scored = {held.benchmark.name: report.benchmark(held, how, systems, given["groups"], plugged.judge)}
    whole_ = report.whole(scored, known.suites(), "affectreason score " + " ".join(words))
    Console(stderr=True).print(terminal(whole_))
    if given["out"] is not None:
        from affectreason.media.thumbnail import sheet

        report.write(whole_, scored, Path(str(given["out"])), sheet)
        print(f"report: {Path(str(given['out'])) / 'report.html'}", file=sys.stderr)
    print(json.dumps(whole_, ensure_ascii=False, allow_nan=False))
    return 0


def _ran(path: object, held: gold.Gold, how: Any) -> Any:
    from affectreason.benchmark.report import Ran

    return Ran((predictions.read(Path(str(path)), held.samples, how),), {"predictions": str(path)})
