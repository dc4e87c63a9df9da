"""What a chain of stages learned from: counts, licences and digests of each source of samples, read once more."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.affect.samples import readable
from affectreason.errors import InputError
from affectreason.model import hub
from affectreason.model.chain import Link, home
from affectreason.model.terms import NOT_STATED, Terms
from affectreason.recipe import folders
from affectreason.recipe.assets import SCHEME
from affectreason.recipe.schema import MODEL_KINDS
from affectreason.recipe.words import source_and_split

STRANGE = "a model that no run here left, so the licences of what it learned from are not known"


@dataclass
class Source:
    """The samples of one item of `data`: how many, and what they say of themselves.

    `name` is the item without this machine's folders, `stages` those that learned from it.
    """

    name: str
    sha256: str | None
    stages: list[str] = field(default_factory=list)
    samples: int = 0
    terms: Counter[Terms] = field(default_factory=Counter)
    datasets: Counter[str] = field(default_factory=Counter)
    makers: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    card: dict[str, Any] | None = None
    problem: str | None = None
    """Why its samples could not be counted: the file is gone, or holds other data than were learned from."""


def learned_from(links: Iterable[Link], published: bool = False) -> list[Source]:
    """The sources of all stages that train, each once.

    A model that a stage began with and that no run left is one too: what that learned from is not known. Not so one of
    the Hub, one of ours, and a folder whose own model is `published`.
    """
    found: dict[tuple[Path, str | None], Source] = {}
    for one in links:
        if one.stage.get("kind") not in MODEL_KINDS:
            continue
        for begun in _strangers(one, published):
            stranger = (Path(begun).expanduser().resolve(), None)
            found.setdefault(stranger, Source(Path(begun).name, None, problem=STRANGE)).stages.append(one.folder.name)
        for item in one.data:
            source, split = source_and_split(item)
            made = one.folder.parent / source
            path = made / "samples.jsonl" if (made / "recipe.yaml").is_file() else Path(source).expanduser()
            key = (path.resolve(), split)
            if key not in found:
                found[key] = _read(path, split, item, one, made)
            if one.folder.name not in found[key].stages:
                found[key].stages.append(one.folder.name)
    return list(found.values())


def terms(sources: Iterable[Source]) -> list[tuple[Terms, str]]:
    """The licences and gates of all sources, with what carries them; not stated where samples could not be read."""
    found: list[tuple[Terms, str]] = []
    for one in sources:
        if one.problem is not None:
            found.append(((None, None), f"{one.name}: {one.problem}"))
        found += [(these, f"{one.name}, {count:,} samples") for these, count in one.terms.items()]
    return found


def _strangers(one: Link, published: bool) -> list[str]:
    """The models that a stage began with, under all of its settings, of which nothing is known."""
    named = [settings["stage"].get("init") or settings.get("model") for settings in (*one.before, one.settings)]
    return [
        name
        for name in dict.fromkeys(str(name) for name in named if name)
        if home(name, one.folder.parent) is None
        and not name.startswith(("tiny:", SCHEME))
        and not hub.is_id(name)
        and not (published and Path(name).expanduser().is_dir())
    ]


def _read(path: Path, split: str | None, item: str, one: Link, made: Path) -> Source:
    plain = Path(source_and_split(item)[0]).name + (f":{split}" if split else "")
    if not path.is_file():
        return Source(plain, None, problem="no such file from this folder, so its licence is not known")
    digest = folders.digest(path)
    then = _recorded(source_and_split(item)[0], one, made)
    if then - {digest}:
        return Source(
            plain, min(then - {digest}), problem="the file was changed after the training, so its licence is not known"
        )
    found = Source(plain, digest, card=_card(path, digest))
    try:
        for sample in readable(path):
            if split is None or sample.provenance.split == split:
                _count(found, sample)
    except InputError as error:
        raise InputError(f"data {item}: {error}") from error
    return found


def _recorded(source: str, one: Link, made: Path) -> set[str]:
    """The digests of a file or of a stage's samples at the time they were learned from; empty where none was kept."""
    then = {(settings.get("files") or {}).get(source) for settings in (*one.before, one.settings)} - {None}
    if not then and (made / "done.json").is_file():
        done = json.loads((made / "done.json").read_text(encoding="utf-8"))
        then = {(done.get("sha256") or {}).get("samples.jsonl")} - {None}
    return {str(digest) for digest in then}


def _count(found: Source, sample: Sample) -> None:
    said = sample.provenance
    found.samples += 1
    found.terms[said.licence, said.gate] += 1
    found.datasets[said.dataset or NOT_STATED] += 1
    found.makers[said.labeller or said.origin or NOT_STATED] += 1
    found.people |= {said.subject} if said.subject else set()
    if sample.gold.emotion:
        found.labels[sample.gold.emotion] += 1
    elif sample.gold.emotions:
        found.labels.update(name for name, weight in sample.gold.emotions.items() if weight > 0)


def _card(path: Path, digest: str) -> dict[str, Any] | None:
    """The data card beside a file, where it is of this very file: its digest, and what people answered."""
    card = path.with_suffix(".card") / "card.json"
    if not card.is_file():
        return None
    try:
        held = json.loads(card.read_text(encoding="utf-8"))
    except ValueError:
        return None
    if not isinstance(held, dict) or held.get("sha256") != digest:
        return None
    return {
        "sha256": folders.digest(card),
        "unanswered": list(held.get("unanswered") or ()),
        "answers": dict(held.get("answers") or {}),
    }
