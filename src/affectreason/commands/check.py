"""`affectreason check`: what is wrong with samples, and whether a recipe fits its machines, before a GPU is hired."""

import json
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from affectreason.affect import jsonl
from affectreason.corpus.finding import KINDS, LEVELS, Finding, accepted, plural, shown
from affectreason.errors import InputError, nearest
from affectreason.recipe import machines
from affectreason.recipe.words import options, pairs, source_and_split, typed, whole

HELP = """affectreason check data=FILE.jsonl [against=OTHER.jsonl] [recipe=NAME]   all that is wrong with samples
  data     a file of samples, a split of it (FILE.jsonl:train), or a list of them: [a.jsonl, b.jsonl]
  against  files, or splits of them, that must not show the same media, subjects or films, such as the test set
  recipe   its stages measure the rows: token lengths, what does not fit, which tokens carry loss; its keys may follow
  rows     how many rows are measured for the recipe (default 500), or all; also the longest and largest ones
  media    true (default): every media file is opened; false: only whether it is there
  accept   findings to pass over, by their names: [film_in_two_splits, silver_test]; they become notes
  --json   one JSON object on the standard output
affectreason check recipe=NAME [gpus=N nodes=N] [memory=GIB] [KEY=VALUE ...]  whether the recipe fits its machines
  gpus     GPUs of one machine, a process each (default: the processes of the recipe's launch file)
  nodes    machines with so many GPUs (default 1)
  memory   GiB of each of them (default: of the GPU that is here, else 80)
  probe    true: two steps on the worst row of each stage are taken here, for seconds and memory (default false)
  out      the run's folder, for what earlier stages left and for the free space of its disk
  resume   changed: look into a folder that was begun with other settings
The exit code is 1 when there is an error, else 0. What was seen in media is kept in FILE.media.sqlite: the same command
goes on where it was stopped."""
KEYS: dict[str, Any] = {
    "data": None, "against": [], "recipe": None, "rows": None, "media": True, "accept": [], "json": False,
    "gpus": None, "nodes": None, "memory": None, "probe": False, "out": None, "resume": "same",
}  # fmt: skip
OF_DATA, OF_MACHINES = ("against", "rows", "media"), ("gpus", "nodes", "memory", "probe", "out", "resume")
ROWS = 500
GIB = 80.0
MOST_GIB = 1e5
STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def main(words: list[str]) -> int:
    """Check files of samples; 0 without errors, 1 with."""
    given = _given(words)
    if not given["data"]:
        return _machines(given)
    data, against = _files("data", given["data"]), _files("against", given["against"])
    recipe = _recipe(given)
    with redirect_stdout(sys.stderr):  # libraries log where they like; the answer alone goes out
        found, rows = _found(data, against, recipe, given)
    counts = {level: sum(one.level == level for one in found) for level in LEVELS}
    samples = next((one.count for one in found if one.kind == "samples"), 0)
    if given["json"]:
        print(json.dumps({
            "data": data, "against": against, "samples": samples,
            "errors": counts["error"], "warnings": counts["warning"], "findings": [asdict(one) for one in found],
            "rows": [asdict(one) for one in rows],
        }, ensure_ascii=False))  # fmt: skip
    else:
        _print(found, rows)
        said = f"{plural(counts['error'], 'error')}, {plural(counts['warning'], 'warning')}"
        print(f"{said} in {plural(samples, 'sample')} of {', '.join(data)}")
    return int(counts["error"] > 0)


def _machines(given: dict[str, Any]) -> int:
    """Whether a recipe fits its machines; 0 where it does and nothing is wrong, else 1."""
    gpus = machines.read({key: given[key] for key in ("gpus", "nodes")}, launches=False)
    size = _memory(given["memory"])
    recipe = _recipe(given)
    with redirect_stdout(sys.stderr):
        from affectreason.model import afford  # loads torch
        from affectreason.recipe import runs

        size = _bytes() if size is None else size
        out = runs.choose_out(recipe, None, given["out"])
        found = afford.afford(recipe, gpus, size, out)
        found.findings = [accepted(one, given["accept"]) for one in found.findings]
        names = {one.name for one in recipe.stages} if given["probe"] else set()
        took = {one.stage: _probed(recipe, one, out) for one in found.stays if one.stage in names}
    if given["json"]:
        about = {
            "memory": size,
            "fits": found.fits,
            "sharding": asdict(found.sharding),
            "left_out": found.left_out,
            "together": found.together,
        }
        stages = [
            {**asdict(one), "most": one.need.most, "when": one.need.when, "probe": took.get(one.stage)}
            for one in found.stays
        ]
        findings = [asdict(one) for one in found.findings]
        print(json.dumps({"recipe": recipe.name, **about, "stages": stages, "findings": findings}, ensure_ascii=False))
        return int(not found.fits)
    _print(sorted(found.findings, key=lambda one: LEVELS.index(one.level)), [])
    for line in afford.lines(found):
        print(shown(line))
    for name, seen in took.items():
        print(f"{name}: probe: {seen['said']}")
    return int(not found.fits)


def _probed(recipe: Any, stay: Any, out: Path) -> dict[str, Any]:
    """What a stage's second micro-batch took here, in seconds and bytes; in words why none was taken."""
    from affectreason.model import afford
    from affectreason.stages import probe

    try:
        seen = probe.step(recipe, recipe.stage(stay.stage), out)
    except InputError as error:
        return {"said": f"not taken: {error}"}
    said = f"{seen.seconds:.2f} s for a micro-batch of the worst row here"
    if stay.steps is not None:
        took = afford.span(seen.seconds * seen.batches * stay.steps)
        said += f"; {stay.steps:,} steps at this pace take {took} on this machine at the most"
    else:
        said += "; how many steps there are is known when its data is there"
    if seen.peak is not None:
        said += f"; {seen.peak / 2**30:.2f} GiB of the GPU's memory, {stay.need.most / 2**30:.2f} GiB were counted"
    return {"seconds": seen.seconds, "batches": seen.batches, "peak": seen.peak, "said": said}


def _memory(memory: Any) -> int | None:
    """The bytes of `memory` GiB, None where nothing is said."""
    if memory is None:
        return None
    if isinstance(memory, bool) or not isinstance(memory, (int, float)) or not 0 < memory < MOST_GIB:
        raise InputError(f"memory={typed(memory)}: write the GiB of one GPU, for example memory=80")
    return int(memory * 2**30)


def _bytes() -> int:
    """The bytes of each device where nothing is said: of the GPU that is here, else of 80 GiB."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.get_device_properties(0).total_memory)
    return int(GIB * 2**30)


def _found(data: list[str], against: list[str], recipe: Any, given: dict[str, Any]) -> tuple[list[Finding], list[Any]]:
    """The findings, errors first, and the rows laid out for a recipe."""
    from affectreason.corpus import findings  # here: a mistake in the words is told at once

    rows: list[Any] = []
    with findings.indexed(data, against, given["media"]) as db:
        found = findings.of(db)
        media = None if recipe is None else recipe.media
        large = media and findings.largest(db, media.max_pixels, media.max_frames, media.fps)
    if recipe is not None:
        from affectreason.model.fitting import fit  # loads torch

        fitted = fit(recipe, data, given["rows"], large=large or ())
        found, rows = [*found, *fitted.findings], fitted.shown
    found = [accepted(one, given["accept"]) for one in found]
    return sorted(found, key=lambda one: LEVELS.index(one.level)), rows


def _given(words: list[str]) -> dict[str, Any]:
    """The words by key; what is no key of ours is one of the recipe's, kept under `overrides`."""
    words = ["json=true" if word == "--json" else word for word in words]
    others = [word for word in words if word.partition("=")[0] not in KEYS] if pairs(words).get("recipe") else []
    found = {**options([word for word in words if word not in others], KEYS), "overrides": pairs(others)}
    if not found["data"] and not found["recipe"]:
        raise InputError("missing data=; for example: affectreason check data=data/mine.jsonl")
    wrong = "asks about machines; leave data= out" if found["data"] else "asks about samples; add data=FILE"
    for key in OF_MACHINES if found["data"] else OF_DATA:
        if found[key] != KEYS[key]:
            raise InputError(f"{key}={typed(found[key])}: it {wrong}")
    for key in ("media", "json", "probe"):
        if not isinstance(found[key], bool):
            raise InputError(f"{key}={typed(found[key])}: write {key}=true or {key}=false")
    accept = found["accept"]
    found["accept"] = [str(one) for one in (accept if isinstance(accept, list) else [accept])]
    for kind in found["accept"]:
        if kind not in KINDS:
            raise InputError(f"accept={kind}: no finding has this name; {nearest(kind, KINDS)}")
    if found["rows"] is not None and found["recipe"] is None:
        raise InputError(
            f"rows={typed(found['rows'])}: rows are measured for a recipe; add recipe=NAME, or leave rows= out"
        )
    rows = ROWS if found["rows"] is None else found["rows"]
    found["rows"] = None if rows == "all" else whole("rows", rows, 1)
    return found


def _files(key: str, value: Any) -> list[str]:
    """The files, or `FILE:SPLIT`, that a word names, one or a list; InputError for one that is not there."""
    files = value if isinstance(value, list) else [value]
    for one in files:
        if one is None or one == "":
            raise InputError(f"{key}= names no file; write {key}=FILE.jsonl, or leave {key}= out")
        jsonl.must_be_file(Path(source_and_split(str(one))[0]))
    return [str(one) for one in files]


def _recipe(given: dict[str, Any]) -> Any:
    if given["recipe"] is None:
        return None
    from affectreason.recipe import changes, schema

    for key in given["overrides"]:
        if key not in schema.FIELDS and (meant := get_close_matches(key, KEYS, 1, 0.85)):
            raise InputError(f"unknown key {key!r}; did you mean {meant[0]!r}?")
    return changes.told(schema.load(str(given["recipe"]), given["overrides"]), given["resume"])


def _print(found: list[Finding], rows: list[Any]) -> None:
    """A table of the findings, then the rows laid out."""
    console = Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=160)
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in found:
        said = Text(shown(one.text))
        for example in one.examples:
            said.append(f"\n  {shown(example)}", style="dim")
        if one.mend:
            said.append(f"\n  -> {shown(one.mend)}", style="italic")
        table.add_row(Text(one.level, style=STYLES[one.level]), Text(one.kind), said)
    console.print(table)
    if rows:
        from affectreason.model.laid_out import coloured

        console.print(Text("\nWhat carries loss is green and between arrows, the rest is dim:"))
        for one in rows:
            console.print(coloured(one), soft_wrap=True)
    console.file.flush()
