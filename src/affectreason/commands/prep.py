"""`affectreason prep`: make a JSONL file of samples from a data set you hold, with every image and clip opened."""

import importlib.util
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from affectreason.affect import sample as samples_file
from affectreason.affect.sample import Sample
from affectreason.errors import InputError, nearest
from affectreason.media.image import open_image
from affectreason.media.video import check_video
from affectreason.recipe.places import where
from affectreason.recipe.words import options

HELP = """\
affectreason prep                   list the data sets that can be prepared
affectreason prep NAME key=value    prepare one, for example
  affectreason prep table root=photos csv=labels.csv image=file emotion=label out=data/mine.jsonl
Keys of every data set:
  out=FILE.jsonl       where the samples are written
  missing=stop|skip    at an image or clip that is missing or damaged: stop (default), or leave it out and list it
The keys of each are in data_prep/README.md and at the head of data_prep/NAME.py."""

_READ_AS_THEY_ARE = """\
Read as they are, without preparation (sft.data=[FILE]):
  messages        OpenAI, Hugging Face, ms-swift, LlamaFactory: messages beside images, videos, audios
  conversations   ShareGPT, LLaVA: conversations of from and value beside image, video
  FEA-20K         Facial-R1: image, question, AUs, labels, description"""


def main(words: list[str]) -> int:
    """List what can be prepared, or prepare one data set; 0 when the file was written."""
    if not words:
        print("affectreason prep NAME key=value ... prepares:")
        for name in names():
            print(f"  {name:<15} {load(name).ABOUT}")
        print(_READ_AS_THEY_ARE)
        return 0
    name, *rest = words
    script = load(name)
    given = options(rest, {"out": ..., "missing": "stop", **script.OPTIONS})
    out, missing = Path(str(given.pop("out"))), given.pop("missing")
    if missing not in ("stop", "skip"):
        raise InputError(f"missing={missing}: {nearest(str(missing), ('stop', 'skip'))}")
    whole, broken = opened(list(script.samples(**given)), skip=missing == "skip")
    if broken:
        print(f"left out {len(broken)} of {len(whole) + len(broken)}:")
        print("\n".join(f"  {problem}" for problem in broken))
    if not whole:
        raise InputError(f"no sample is left, {out} was not written")
    samples_file.write(out, whole)
    print(f"wrote {len(whole)} samples to {out}\n{counts(whole)}")
    print(f"next: accelerate launch sft.py recipe=tiny sft.data=[{out}]")
    return 0


def names() -> list[str]:
    """The data sets that have a script in `data_prep`."""
    return sorted(file.stem for file in where("data_prep").glob("*.py") if not file.stem.startswith("_"))


def load(name: str) -> ModuleType:
    """Load `data_prep/NAME.py`, which has `ABOUT`, `OPTIONS` and `samples(**options)`."""
    if name not in names():
        raise InputError(f"no data set {name!r} to prepare; {nearest(name, names())}")
    spec = importlib.util.spec_from_file_location(f"data_prep_{name}", where("data_prep") / f"{name}.py")
    if spec is None or spec.loader is None:
        raise InputError(f"data_prep/{name}.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def opened(samples: list[Sample], skip: bool = False) -> tuple[list[Sample], list[str]]:
    """Decode all media of all samples; those that are whole, and with `skip` what is wrong with the others, by row."""
    whole: list[Sample] = []
    broken: list[str] = []
    columns: tuple[Any, ...] = (TextColumn("opening media"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for row, sample in enumerate(progress.track(samples), start=1):
            try:
                _open(sample)
            except InputError as error:
                if not skip:
                    raise InputError(f"row {row}: {error}; or leave such rows out with missing=skip") from error
                broken.append(f"row {row}: {error}")
            else:
                whole.append(sample)
    return whole, broken


def _open(sample: Sample) -> None:
    for media in sample.media:
        if media.kind == "image":
            open_image(media, sample.id)
        elif media.kind in ("video", "frames"):
            check_video(media, sample.id)


def counts(samples: Iterable[Sample]) -> str:
    """A table in text of how many samples each split has of each label."""
    cells = Counter((s.gold.emotion or "no emotion", s.provenance.split or "no split") for s in samples)
    splits = sorted({split for _, split in cells})
    rows = [["", *splits]]
    for label in sorted({label for label, _ in cells}):
        rows.append([label, *(str(cells[label, split]) for split in splits)])
    rows.append(["all", *(str(sum(n for (_, at), n in cells.items() if at == split)) for split in splits)])
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(
        f"  {label:<{first}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(rest, others, strict=True))
        for label, *rest in rows
    )
