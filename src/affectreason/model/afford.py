"""Whether a recipe fits the machines it is meant for, and which of its keys make it fit."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

from affectreason.corpus.finding import Finding, plural
from affectreason.errors import InputError
from affectreason.model import fitting, machine, memory, on_meta, sharding, smaller, worst_row
from affectreason.model.machine import gib
from affectreason.model.memory import Need
from affectreason.model.sharding import Sharding
from affectreason.recipe import machines
from affectreason.recipe.parts import GRPO, SFT, Stage, Synthesize
from affectreason.recipe.schema import Recipe

COUNTED = (SFT, GRPO, Synthesize)
LEFT_OUT = {
    "draw": "draws on a CPU",
    "warm_up": "not counted: it trains the towers alone",
    "filter": "not counted: it trains no model, and each witness is asked by itself",
}


@dataclass(frozen=True)
class Key:
    """A change of a recipe in the words of a command, and what one process needs with it."""

    words: str
    most: int


@dataclass(frozen=True)
class Stay:
    """A stage on the machines: what one process needs, of which row, and the steps it takes (None: not known yet).

    On the disk it leaves `left` bytes, and while it runs `checkpoints`. `keys` make it smaller, the one that saves most
    first; `together` are as many of them as make it fit.
    """

    stage: str
    need: Need
    row: str
    tokens: int
    steps: int | None
    left: int
    checkpoints: int
    keys: tuple[Key, ...] = ()
    together: tuple[str, ...] = ()
    same_as: str = ""


@dataclass
class Afford:
    """What was found: stages, those that are not counted by name and reason, and what else a machine lacks."""

    memory: int
    sharding: Sharding
    stays: list[Stay] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether all stages fit and nothing is wrong."""
        return all(one.need.most <= self.memory for one in self.stays) and not any(
            one.level == "error" for one in self.findings
        )


def afford(recipe: Recipe, gpus: int | None, size: int, out: Path) -> Afford:
    """Count every stage on so many devices of `size` bytes; InputError for a launch file that cannot be read."""
    said = None
    if gpus is not None:  # the same file that `affectreason plan gpus=` names
        recipe, said = machines.suited(recipe, machines.Machines(gpus))
    spread = sharding.read(recipe.launch, gpus)
    found = Afford(size, spread)
    found.findings += machine.versions() + machine.files(recipe) + machine.attention(recipe.attn_implementation)
    found.findings += machine.quantization(recipe.quantize, spread)
    found.findings += [] if said is None else [Finding("note", "processes", spread.processes, said)]
    counted = [stage for stage in recipe.stages if isinstance(stage, COUNTED)]
    seen: dict[str, Stay] = {}
    about = {source: _of_model(source) for source in dict.fromkeys(map(partial(fitting.source_of, recipe), counted))}
    found.findings += [one for those in about.values() for one in those]
    for stage in recipe.stages:
        source = fitting.source_of(recipe, stage)
        if not isinstance(stage, COUNTED):
            found.left_out[stage.name] = LEFT_OUT[stage.kind]
        elif any(one.level == "error" for one in about[source]):
            found.left_out[stage.name] = f"not counted, for {source} cannot be read"
        else:
            alike = repr((stage.model_copy(update={"name": "", "init": source}), _adapter(recipe, stage)))
            if alike not in seen:
                seen[alike] = _stay(recipe, stage, spread, size, out)
            found.stays.append(replace(seen[alike], stage=stage.name, same_as=seen[alike].stage))
    found.findings += machine.disk(
        sum(one.left for one in found.stays) + max((one.checkpoints for one in found.stays), default=0), out
    )
    return found


def _adapter(recipe: Recipe, stage: Stage) -> Any:
    """The adapter a stage trains, None where it trains none."""
    return None if getattr(stage, "lora", None) is None else on_meta.lora_of(recipe, stage)


def _of_model(source: str) -> list[Finding]:
    """Whether a model can be fetched and read, and what this torch makes of it."""
    found = machine.hub(source)
    if any(one.level == "error" for one in found):
        return found
    try:
        config = on_meta.config_of(source)
    except InputError as error:
        return [*found, Finding("error", "no_model", 1, str(error))]
    return [*found, *machine.convolution(on_meta.made(config, "auto"))]


def _stay(recipe: Recipe, stage: Stage, spread: Sharding, size: int, out: Path) -> Stay:
    """One stage, with the keys that make it fit where it does not."""
    need, row, saved = _needed(recipe, stage, spread, size, out)
    steps = None if row.rows is None else _steps(recipe, stage, row.rows, spread)
    stay = Stay(stage.name, need, row.known, row.tokens, steps, *saved)
    if need.most <= size:
        return stay
    keys = [
        Key(words, _needed(other, changed, parted, size, out)[0].most)
        for words, other, changed, parted in smaller.changes(recipe, stage, spread, row)
    ]
    keys = sorted((one for one in keys if one.most < need.most), key=lambda one: one.most)
    return replace(stay, keys=tuple(keys), together=_together((recipe, stage, spread), row, keys, size, out))


def _together(
    kept: tuple[Recipe, Stage, Sharding], row: worst_row.Worst, keys: list[Key], size: int, out: Path
) -> tuple[str, ...]:
    """The words of as many keys, the greatest first, as make a stage fit; none where all of them do not."""
    said: list[str] = []
    for key in keys:
        changed = {one[0]: one[1:] for one in smaller.changes(*kept, row)}
        if key.words not in changed:  # one that was taken before does as much and more
            continue
        recipe, stage, spread = kept = changed[key.words]
        said.append(key.words)
        if _needed(recipe, stage, spread, size, out)[0].most <= size:
            return tuple(said)
    return ()


def _needed(
    recipe: Recipe, stage: Stage, spread: Sharding, size: int, out: Path
) -> tuple[Need, worst_row.Worst, tuple[int, int]]:
    """What one process needs, of which row, and the bytes of the stage on the disk."""
    source = fitting.source_of(recipe, stage)
    config = on_meta.config_of(source)
    processor, _ = fitting.processor_of(source, recipe)
    own = memory.setting(recipe, stage, "cpu" if spread.cpu else "cuda")
    with worst_row.worst(recipe, stage, out, processor) as row:
        parts, model = memory.count(recipe, stage, config, processor, row, own, spread.zero == 3)
    need = memory.need(parts, model, own, spread, size)
    return need, row, memory.saved(stage, parts, model, own, spread)


def _steps(recipe: Recipe, stage: Stage, rows: int, spread: Sharding) -> int:
    """Optimizer steps of the stage; of a stage that only writes, its batches."""
    if isinstance(stage, Synthesize):
        return -(-rows // (stage.batch_size * spread.processes)) * stage.tries
    own = memory.setting(recipe, stage, "cpu")
    train = getattr(stage, "train", {})
    if int(train.get("max_steps", -1)) > 0:
        return int(train["max_steps"])
    each = own.batch * own.accumulate * spread.processes
    rows = min(rows, getattr(stage, "limit", None) or rows)
    return ceil(-(-rows * own.group // each) * float(train.get("num_train_epochs", 3)))


def lines(found: Afford) -> Iterator[str]:
    """The answer in words, a line at a time, findings apart."""
    spread = found.sharding
    many = plural(spread.processes, "process", "processes")
    yield f"{many}, {spread.name}, {gib(found.memory)} each; counted are tensors, not what a device keeps for itself"
    for stay in found.stays:
        need = stay.need
        verdict = "fits" if need.most <= found.memory else "does not fit"
        yield f"{stay.stage}: {verdict}: {gib(need.most)} at its most ({need.when})"
        if stay.same_as != stay.stage:
            yield f"  as {stay.same_as}"
            continue
        yield "  " + ", ".join(f"{name} {gib(size)}" for name, size in need.parts.items())
        yield f"  row: {stay.tokens:,} tokens; {stay.row}"
        if need.flops:
            steps = "" if stay.steps is None else f", {plural(stay.steps, 'step')}"
            yield f"  work: {need.flops / 1e12:,.2f} TFLOP a micro-batch{steps}"
        for key in stay.keys:
            yield f"  {key.words}: {gib(key.most)}, saves {gib(need.most - key.most)}"
        if stay.together:
            yield f"  fits with: {' '.join(stay.together)}"
        elif stay.keys:
            yield "  all of these together are not enough: halve sizes further, take a smaller model or more memory"
    for name, why in found.left_out.items():
        yield f"{name}: {why}"
