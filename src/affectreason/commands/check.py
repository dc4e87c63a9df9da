"""`affectreason check`: everything that is wrong with a file of samples, before a GPU is hired."""

import json
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from affectreason.corpus.finding import KINDS, LEVELS, Finding, accepted, plural
from affectreason.errors import InputError, nearest
from affectreason.recipe.words import pairs

HELP = """affectreason check data=FILE.jsonl [against=OTHER.jsonl] [recipe=NAME]   all that is wrong with samples
  data     a file of samples, or a list of them: [a.jsonl, b.jsonl]
  against  files that must not show the same media, subjects or films, such as the test set
  recipe   its stages measure the rows: token lengths, what does not fit, which tokens carry loss; its keys may follow
  rows     how many rows are measured for the recipe (default 500), or all
  media    true (default): every media file is opened; false: only whether it is there
  accept   findings to pass over, by their names: [film_in_two_splits, silver_test]; they become notes
  --json   one JSON object on the standard output
The exit code is 1 when there is an error, else 0. What was seen in media is kept in FILE.media.sqlite: the same command
goes on where it was stopped."""
KEYS: dict[str, Any] = {
    "data": None, "against": [], "recipe": None, "rows": 500, "media": True, "accept": [], "json": False,
}  # fmt: skip
STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def main(words: list[str]) -> int:
    """Check files of samples; 0 without errors, 1 with."""
    given = _given(words)
    data, against = _files("data", given["data"]), _files("against", given["against"])
    recipe = _recipe(given)
    with redirect_stdout(sys.stderr):  # libraries log where they like; the answer alone goes out
        found, shown = _found(data, against, recipe, given)
    counts = {level: sum(one.level == level for one in found) for level in LEVELS}
    samples = next((one.count for one in found if one.kind == "samples"), 0)
    if given["json"]:
        print(json.dumps({
            "data": [str(path) for path in data], "against": [str(path) for path in against], "samples": samples,
            "errors": counts["error"], "warnings": counts["warning"], "findings": [asdict(one) for one in found],
            "rows": [asdict(one) for one in shown],
        }, ensure_ascii=False))  # fmt: skip
    else:
        _print(found, shown)
        files = ", ".join(str(path) for path in data)
        said = f"{plural(counts['error'], 'error')}, {plural(counts['warning'], 'warning')}"
        print(f"{said} in {plural(samples, 'sample')} of {files}")
    return int(counts["error"] > 0)


def _found(
    data: list[Path], against: list[Path], recipe: Any, given: dict[str, Any]
) -> tuple[list[Finding], list[Any]]:
    """The findings, errors first, and the rows laid out for a recipe."""
    from affectreason.corpus.findings import findings  # here: a mistake in the words is told at once

    found, shown = findings(data, against, media=given["media"]), []
    if recipe is not None:
        from affectreason.model.fitting import fit  # loads torch

        fitted = fit(recipe, data, given["rows"])
        found, shown = [*found, *fitted.findings], fitted.shown
    found = [accepted(one, given["accept"]) for one in found]
    return sorted(found, key=lambda one: LEVELS.index(one.level)), shown


def _given(words: list[str]) -> dict[str, Any]:
    """The words by key; what is no key of ours is one of the recipe's, kept under `overrides`."""
    given = pairs([word for word in words if word != "--json"])
    overrides = {key: given.pop(key) for key in list(given) if key not in KEYS}
    if overrides and not given.get("recipe"):
        raise InputError(f"unknown key {next(iter(overrides))!r}; {nearest(next(iter(overrides)), KEYS)}")
    if not given.get("data"):
        raise InputError("missing data=; for example: affectreason check data=data/mine.jsonl")
    found = {**KEYS, **given, "overrides": overrides}
    found["json"] = found["json"] or "--json" in words
    for key in ("media", "json"):
        if not isinstance(found[key], bool):
            raise InputError(f"{key}={found[key]}: write {key}=true or {key}=false")
    accept = found["accept"]
    found["accept"] = [str(one) for one in (accept if isinstance(accept, list) else [accept])]
    for kind in found["accept"]:
        if kind not in KINDS:
            raise InputError(f"accept={kind}: no finding has this name; {nearest(kind, KINDS)}")
    if found["rows"] == "all":
        found["rows"] = None
    elif isinstance(found["rows"], bool) or not isinstance(found["rows"], int) or found["rows"] < 1:
        raise InputError(f"rows={found['rows']}: write a number from 1, or rows=all")
    return found


def _files(key: str, value: Any) -> list[Path]:
    """The files that a word names, one or a list; InputError for one that is not there."""
    files = [Path(str(one)) for one in (value if isinstance(value, list) else [value])]
    for path in files:
        if not path.is_file():
            beside = sorted(file.name for file in path.parent.glob("*.json*")) if path.parent.is_dir() else []
            raise InputError(f"{key}={path}: no such file; in {path.parent}: {nearest(path.name, beside)}")
    return files


def _recipe(given: dict[str, Any]) -> Any:
    if given["recipe"] is None:
        return None
    from affectreason.recipe import schema

    return schema.load(str(given["recipe"]), given["overrides"])


def _print(found: list[Finding], shown: list[Any]) -> None:
    """A table of the findings, then the rows laid out."""
    console = Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=160)
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in found:
        said = Text(one.text)
        for example in one.examples:
            said.append(f"\n  {example}", style="dim")
        if one.mend:
            said.append(f"\n  -> {one.mend}", style="italic")
        table.add_row(Text(one.level, style=STYLES[one.level]), Text(one.kind), said)
    console.print(table)
    if shown:
        from affectreason.model.laid_out import coloured

        console.print(Text("\nWhat carries loss is green and between arrows, the rest is dim:"))
        for one in shown:
            console.print(coloured(one), soft_wrap=True)
    console.file.flush()
