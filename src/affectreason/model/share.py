"""The folder that is pushed: weights, processor, chat template, generation config, recipe, numbers and model card."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectreason.errors import InputError
from affectreason.model import chain, draft, hub, learned_from, model_card, model_card_facts, reached, terms, tiny
from affectreason.model.disk import writing
from affectreason.model.model_card_facts import Shared
from affectreason.recipe import declared, folders, origin
from affectreason.recipe.words import write_yaml

ELSEWHERE = "copy the run to a folder that can be written, and give that as run="
KEPT = (".safetensors", ".json", ".jinja", ".txt", ".model")


@dataclass(frozen=True)
class Prepared:
    """A folder ready to be pushed, its files with their bytes, and what its maker should know before."""

    folder: Path
    files: dict[str, int]
    notes: tuple[str, ...]


def prepare(
    stage: Path,
    to: str,
    *,
    base: str | None = None,
    licence: str | None = None,
    allowed: Sequence[str] = (),
    reports: Sequence[str] = (),
) -> Prepared:
    """Write the folder `push` into the stage's own; InputError where licences, files or the base forbid it.

    `base` is where others find the model under an adapter, `allowed` the licences that its owner may share in spite of.
    """
    links = chain.chain(stage)
    model = stage / "model"
    whole = _require_whole(stage, links[-1])
    sources = learned_from.learned_from(links, published=base is not None)
    found = learned_from.terms(sources)
    adapter = _json(model / hub.ADAPTER)
    under = _base(stage, adapter, base)
    terms.require(found, allowed)
    results, recall, missing = reached.of_run(links[-1])
    weights = declared.weights(model)
    results = [*results, *reached.of_benchmarks(reports, weights)]
    shared = Shared(
        to=to,
        links=links,
        sources=sources,
        results=results,
        base=under,
        adapter=bool(adapter),
        sha256=str((weights or {}).get("sha256")),
        kind=_kind(model, under),
        recall=recall,
        licence=licence,
        allowed=tuple(terms.in_spite_of(found)),
        wider=tuple(terms.wider(licence, found)),
    )
    notes = [] if results else [f"no numbers go with it: {missing}"]
    notes += [] if licence else ["no licence of the weights is stated; licence=apache-2.0, for example, states one"]
    notes += [f"shared in spite of {one}" for one in shared.allowed]
    notes += [
        f"warning: licence={licence} allows commercial use of the weights, and {one} does not allow it of the data"
        for one in shared.wider
    ]
    return _write(shared, whole, stage / "push", adapter, notes)


def _require_whole(stage: Path, made: chain.Link) -> list[Path]:
    """The files of the model that the stage left; InputError where one is not what it was."""
    said = made.done.get("sha256")
    recorded = {name: one for name, one in said.items() if name.startswith("model/")} if isinstance(said, dict) else {}
    if not recorded:
        raise InputError(f"{stage / 'done.json'} names no files of a model; run the stage again")
    for name, digest in recorded.items():
        if not (stage / name).is_file():
            raise InputError(f"{stage / name} is missing; run the stage again")
        if folders.digest(stage / name) != digest:
            raise InputError(f"{stage / name} is not what the stage left (its SHA-256 differs); run the stage again")
    return sorted(stage / name for name in recorded)


def _base(stage: Path, adapter: dict[str, Any], given: str | None) -> str:
    """What the model was trained from, by a name that others can use."""
    named = adapter.get("base_model_name_or_path") if adapter else origin.began_with(stage)
    under = given or str(named or "")
    if not under:
        raise InputError(f"{stage}: it is not known what the model was trained from; give it as base=USER/NAME")
    local = under.startswith(("/", ".", "~")) or under.count("/") > 1 or Path(under).exists()
    local = local or hub.missing(under) is not None
    if local and adapter:
        raise InputError(
            f"the adapter stands on {under}, a folder that nobody else has: push that first and give base=USER/NAME, "
            f"or make one model of both: affectreason merge adapter={stage / 'model'} out=FOLDER"
        )
    return str(chain.portable(under)) if not local else _began(stage)


def _began(stage: Path) -> str:
    """The model that the recipe names, where the chain began with a folder of its own."""
    made = chain.chain(stage)[0]
    for one in [made, *chain.chain(stage)]:
        if one.settings.get("model"):
            return str(chain.portable(str(one.settings["model"])))
    raise InputError(f"{stage}: it is not known what the model was trained from; give it as base=USER/NAME")


def _kind(model: Path, under: str) -> str:
    """The model's type, from its config, or for an adapter from its base's name."""
    named = under.removeprefix("tiny:")
    return str(_json(model / "config.json").get("model_type") or tiny.MODEL_TYPES.get(named, named))


def _write(shared: Shared, whole: list[Path], out: Path, adapter: dict[str, Any], notes: list[str]) -> Prepared:
    """The folder `out`, made of the files that the stage left; what else lies beside them stays there."""
    model = out.parent / "model"
    with draft.beside(out, replace=True, mend=ELSEWHERE) as part, writing(out):
        files = [path for path in whole if path.parent == model and path.suffix in KEPT]
        for path in files:
            _link(path, part / path.name)
        if adapter:
            (part / hub.ADAPTER).unlink()
            named = {**adapter, "base_model_name_or_path": shared.base}
            folders.write_text(part / hub.ADAPTER, json.dumps(named, indent=2))
        folders.write_text(part / "recipe.yaml", write_yaml(chain.as_run(list(shared.links))))
        folders.write_text(part / "evaluation.json", model_card_facts.results_json(shared))
        folders.write_text(part / "README.md", model_card.card(shared))
    left = sorted(path.name for path in model.iterdir() if path not in files and path.name != "README.md")
    notes += [f"left out: {', '.join(left)}"] if left else []
    return Prepared(out, {path.name: path.stat().st_size for path in sorted(out.iterdir())}, tuple(notes))


def _link(path: Path, target: Path) -> None:
    """The file under another name, without a copy where the disk can."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def _json(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}
