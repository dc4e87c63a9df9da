"""`affectreason benchmarks`: what can be evaluated, with its number of samples, metric and published numbers."""

import json
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from affectreason.affect import open_words, wheel
from affectreason.benchmark import asked_model, asked_prompts, extraction, gold, known
from affectreason.benchmark.protocol import Benchmark
from affectreason.errors import InputError
from affectreason.model import plug_ins
from affectreason.recipe.words import options, switch

HELP = """affectreason benchmarks [name=NAME] [json=true]   the benchmarks: task, N, labels, metric, published numbers
  name  one benchmark in full: metric, how its samples are prepared, papers' numbers, public scorers it can imitate
  json  true: one JSON object on the standard output
  extractor  instead: how well a model and our rules take emotion words out of the shipped texts, and agree with each
             other; the model as in `affectreason score help`
  out   with extractor=: a folder that keeps its replies in judge.sqlite; by default nothing is written"""


def main(words: list[str]) -> int:
    """List the benchmarks, or show one."""
    given = options(words, {"name": None, "json": False, "extractor": None, "out": None})
    as_json = switch("json", given["json"])
    if given["extractor"] is not None:
        if given["name"] is not None:
            raise InputError("extractor= is compared on the shipped texts, of no benchmark; leave out name=")
        with TemporaryDirectory() as scratch:
            _extraction(given["extractor"], Path(str(given["out"] or scratch)), as_json)
        return 0
    if given["out"] is not None:
        raise InputError(f"out={given['out']} keeps the replies of extractor=, and none is given; leave out out=")
    chosen = list(known.benchmarks().values()) if given["name"] is None else known.chosen(given["name"])
    if as_json:
        print(json.dumps({one.name: about(one) for one in chosen}, ensure_ascii=False))
    elif given["name"] is None:
        Console().print(_table(chosen))
        for suite, members in known.suites().items():
            print(f"{suite}: {', '.join(members)}")
    else:
        for one in chosen:
            _show(one)
    return 0


def _extraction(spec: object, folder: Path, as_json: bool) -> None:
    """How the words of a language model and of the rules agree with the labels of the shipped texts."""
    judge, lexicon, among = plug_ins.asked("extractor", spec, folder), wheel.default(), extraction.cases()
    assert judge is not None
    rules, plugged = partial(open_words.parse_words, lexicon=lexicon), partial(extraction.plug_in, judge)
    found = {
        "rules": extraction.agreement(rules, among, lexicon),
        "extractor": extraction.agreement(plugged, among, lexicon),
        "rules against extractor": extraction.between(rules, plugged, among, lexicon),
    }
    if as_json:
        asked = asked_model.report(judge, asked_prompts.EXTRACT)
        print(json.dumps(found | {"asked": asked}, ensure_ascii=False))
        return
    table = Table("words of", "exact", "95 %", "F1", "95 %", "N", box=None, pad_edge=False)
    for name, one in found.items():
        cells = [f"{one[m]['value']:.3f}|{one[m]['low']:.3f}-{one[m]['high']:.3f}" for m in ("exact", "f1")]
        table.add_row(name, *"|".join(cells).split("|"), str(one["n"]))
    Console().print(table)
    print(f"extractor: {judge.name} ({judge.version}); exact: the share of texts with the same set of words")


def about(one: Benchmark) -> dict[str, Any]:
    """A benchmark as plain values."""
    return {
        "title": one.title,
        "task": one.task.name,
        "n": one.n,
        "labels": one.labels,
        "units": one.units,
        "primary": one.primary,
        "metric": one.metric,
        "prepare": gold.prepared_by(one),
        "folds": list(one.folds),
        "paper": one.paper,
        "published": dict(one.published),
        "compat": dict(one.task.compats),
        "notes": list(one.notes),
    }


def _table(chosen: list[Benchmark]) -> Table:
    table = Table("name", "task", "N", "labels", "measure", box=None, pad_edge=False)
    table.columns[2].justify = "right"
    for one in chosen:
        n = "any" if one.n is None else f"{one.n:,}"
        table.add_row(one.name, one.task.name, n, one.labels or one.units or "open", one.primary)
    return table


def _show(one: Benchmark) -> None:
    told = about(one)
    print(f"{one.name}: {told.pop('title')}")
    for key, value in told.items():
        if isinstance(value, dict):
            for name, what in value.items():
                print(f"  {key:<10} {name}: {what}")
        elif isinstance(value, list):
            for what in value if key == "notes" else [", ".join(value)] if value else []:
                print(f"  {key:<10} {what}")
        elif value is not None and value != "":
            print(f"  {key:<10} {value}")
