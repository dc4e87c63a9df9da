"""`affectreason push`: what a run trained, with its processor, recipe, numbers and model card, to the Hub."""

import re
from typing import Any

from affectreason.errors import InputError
from affectreason.recipe.words import options, switch

HELP = """affectreason push run=runs/NAME[/STAGE] to=USER/NAME       share a model or adapter with its model card
One folder is made: weights, processor, chat template, generation config, the recipe as it was run, the numbers of the
report, and a model card (labels, data and licences, known bias, intended use, digests). Then it is sent.
  run=runs/NAME         the model that was finished last; runs/NAME/STAGE names one
  private=true          only you and your organisation can read it
  dry_run=true          make and list the folder, send nothing
  licence=ID            the licence of the weights, such as apache-2.0 or cc-by-nc-4.0; without it none is stated
  base=USER/NAME        where others find the model under an adapter, if its own name is a folder
  reports=[FOLDER]      out= of `affectreason evaluate`, of these very weights: its numbers go onto the card
  replace=true          put it in place of a model in that repository which push did not make
  allow_licence=[TEXT]  share although a licence of the data stands against it; each must be named
The Hub knows you by `hf auth login` or HF_TOKEN; tokens are never printed."""
KEYS: dict[str, Any] = {
    "run": ..., "to": ..., "private": False, "dry_run": False, "licence": None, "base": None, "reports": None,
    "allow_licence": None, "replace": False,
}  # fmt: skip


def main(words: list[str]) -> int:
    """Make the folder, list it and send it; 0 when all of it was sent."""
    given = options(words, KEYS)
    private, dry, replace = (switch(key, given[key]) for key in ("private", "dry_run", "replace"))
    to = str(given["to"])
    from affectreason.model import chain, hub, share  # here: a mistake in the words is told at once

    hub.require_name(to)
    stage = chain.stage_folder(str(given["run"]))
    gone: list[str] = []
    if not dry:
        hub.require_writable(to)
        gone = hub.require_ours(to, replace)
    made = share.prepare(
        stage,
        to,
        base=_base(given["base"]),
        licence=_licence(given["licence"]),
        allowed=_listed(given["allow_licence"]),
        reports=_listed(given["reports"]),
    )
    print(f"{made.folder}:")
    for name, size in made.files.items():
        print(f"  {name:<32} {size:>13,} bytes")
    for note in made.notes:
        print(note if note.startswith("warning:") else f"note: {note}")
    if dry:
        print(f"nothing was sent; without dry_run=true it goes to {to}")
        return 0
    if gone:
        print(f"{to} held a model that push did not make: {', '.join(gone)}")
    done, hidden = hub.send(
        made.folder, to, private, f"{stage.name} of {stage.absolute().parent.name}, by affectreason push"
    )
    print(f"sent to {hub.address(to)} ({'private' if hidden else 'public'}), commit {done.oid}")
    return 0


def _listed(value: object) -> list[str]:
    return [] if value is None else [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _licence(value: object) -> str | None:
    """An identifier of the Hub's form."""
    if value is None:
        return None
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", str(value)):
        raise InputError(f"licence={value}: write an identifier of the Hub, such as apache-2.0 or cc-by-nc-4.0")
    return str(value)


def _base(value: object) -> str | None:
    if value is None:
        return None
    from affectreason.model import hub

    gone = hub.missing(str(value))
    if gone is not None:
        raise InputError(f"base={value}: {gone}")
    if not hub.is_id(str(value)):
        raise InputError(f"base={value}: write the USER/NAME under which others find it")
    return str(value)
