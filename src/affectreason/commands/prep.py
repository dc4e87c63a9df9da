"""`affectreason prep`: make a JSONL file of samples from a data set you hold, with every image and clip opened."""

from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from affectreason.affect import facs
from affectreason.affect.labels import find
from affectreason.errors import InputError, nearest
from affectreason.media.progress import bar
from affectreason.published.about import About
from affectreason.published.beside import record_of
from affectreason.published.prepare import SHOWN, Prepared, listed, prepare
from affectreason.published.scripts import load, names
from affectreason.recipe.words import options, word

HELP = """\
affectreason prep                   list the data sets that can be prepared
affectreason prep NAME help         one of them: licence, how to get it, its files, its keys, its traps
affectreason prep NAME key=value    prepare it, for example
  affectreason prep table root=photos csv=labels.csv image=file emotion=label out=data/mine.jsonl
Keys of every data set:
  out=FILE.jsonl             where the samples are written; FILE.prep.json beside it says what was done
  missing=stop|skip          media that are missing or damaged: stop and name them all (default), or leave them out
  look=decode|exist|none     decode all media to their end (default), only look whether they are there, or do not look
The other keys are the data set's own: `affectreason prep NAME help`. An interrupted run goes on where it stopped."""

_READ_AS_THEY_ARE = """\
Read as they are, without preparation (sft.data=[FILE]):
  messages        OpenAI, Hugging Face, ms-swift, LlamaFactory: messages beside images, videos, audios
  conversations   ShareGPT, LLaVA: conversations of from and value beside image, video
  FEA-20K         Facial-R1: image, question, AUs, labels, description"""
_PARTS = ("split", "fold", "every", "frame_list", "take", "limit")
"""Keys that ask for less than the whole set."""
_EVERY = {"missing": ("stop", "skip"), "look": ("decode", "exist", "none")}


def main(words: list[str]) -> int:
    """List what can be prepared, describe one data set, or prepare it; 0 when the file was written."""
    if not words:
        _list()
        return 0
    name, *rest = words
    script = load(name)
    if rest in (["help"], ["--help"], ["-h"]):
        print(described(name, script.ABOUT, script.OPTIONS))
        return 0
    given = options(rest, {"out": ..., "missing": "stop", "look": "decode", **script.OPTIONS})
    line = " ".join(
        ["affectreason prep", name, *(word(key, given[key]) for key in sorted(given) if given[key] is not None)]
    )
    out, missing, look = Path(str(given.pop("out"))), given.pop("missing"), given.pop("look")
    for key, value in (("missing", missing), ("look", look)):
        if value not in _EVERY[key]:
            raise InputError(f"{key}={value}: {nearest(str(value), _EVERY[key])}")
    progress = bar(name, 0)
    try:
        done = prepare(lambda: script.samples(**given), out, line, look, missing == "skip", progress.of)
    finally:
        progress.close()
    protocol = None if given.get("protocol") is None else str(given["protocol"])
    part = any(key in given and given[key] != script.OPTIONS[key] for key in _PARTS)
    report(done, script.ABOUT, protocol, part, out)
    return 0


def report(done: Prepared, about: About, protocol: str | None, part: bool, out: Path) -> None:
    """Print the counts beside the published ones, and every departure by name."""
    print(f"wrote {sum(done.counts.splits.values())} samples to {out}\n{done.counts.table(about, protocol, part)}")
    left_out = done.left_out + done.unusable
    departures = done.counts.departures(about, protocol, part)
    if departures or left_out or done.odd:
        print("departures:")
    print("".join(f"  {departure}\n" for departure in departures), end="")
    if left_out:
        print(f"  left out {len(left_out)}:\n{_reasons(done)}")
    if done.odd:
        print(f"  odd, but used, {done.odd_count}:")
        print("\n".join(f"    {text}" for text in done.odd[:SHOWN]))
    if len(left_out) > SHOWN or done.odd_count > SHOWN:
        print(f"  all of them are in {record_of(out)}")
    print(f"next: affectreason check data={out}")


def described(name: str, about: About, keys: dict[str, Any]) -> str:
    """All that is known of one data set, for people."""
    lines = [f"{about.title}: {about.holds}"]
    parts = {"licence": about.licence, "gate": about.gate, "get it": about.get, "paper": about.paper}
    lines += [f"  {part:<8} {text}" for part, text in parts.items() if text]
    parts = {
        "labels": ", ".join(f"{name} ({', '.join(find(name).names)})" for name in about.labels),
        "units": ", ".join(map(facs.spelling, about.units)),
        "affect": f"{about.affect or 'not said'}, labelled by: {about.origin or 'not said'}",
    }
    lines += [f"  {part:<8} {text}" for part, text in parts.items() if text]
    lines += ["files:", *(f"  {line}" for line in about.layout.strip("\n").splitlines())]
    if about.counts:
        lines.append("published: " + ", ".join(f"{split} {count:,}" for split, count in about.counts.items()))
    lines += [f"broken: {name}: {why}" for name, why in about.broken.items()]
    lines += [f"note: {note}" for note in about.notes]
    values = [f"{key}=" if value in (..., None) else word(key, value) for key, value in keys.items()]
    return "\n".join([*lines, f"keys: affectreason prep {name} out=FILE.jsonl {' '.join(values)}"])


def _list() -> None:
    table = Table.grid(padding=(0, 2))
    for name in names():
        about = load(name).ABOUT
        terms = Text(f"{about.gate}, {about.get}; {about.licence}", style="dim")
        table.add_row(Text(name, style="bold"), Text(f"{about.title}: {about.holds}\n").append_text(terms))
    print("affectreason prep NAME key=value ... prepares (name, what it holds and labels; gate, source, licence):")
    Console().print(table)
    print(f"affectreason prep NAME help says how to get one and what its keys are.\n\n{_READ_AS_THEY_ARE}")


def _reasons(done: Prepared) -> str:
    """The rows left out when they are few, else how many for each reason."""
    left_out = done.left_out + done.unusable
    if len(left_out) <= SHOWN:
        return "  " + listed(left_out).replace("\n", "\n  ")
    reasons = Counter(one.why for one in done.left_out)
    reasons.update(one.why.partition(": ")[2].partition(":")[0] for one in done.unusable)  # behind the path
    return "\n".join(f"    {count} {why}" for why, count in reasons.most_common(SHOWN))
