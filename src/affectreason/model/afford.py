"""Whether a recipe fits the machines it is meant for, and which of its keys make it fit."""

import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path

from affectreason.corpus.finding import Finding, plural
from affectreason.errors import InputError
from affectreason.model import advice, fitting, machine, memory, needs, on_meta, optimizer_state, sharding, smaller
from affectreason.model.advice import Key
from affectreason.model.machine import gib
from affectreason.model.memory import Need
from affectreason.model.needs import EVALUATE, Known
from affectreason.model.sharding import Sharding
from affectreason.model.smaller import Setup
from affectreason.model.worst_row import Worst
from affectreason.recipe import machines
from affectreason.recipe.machines import Machines
from affectreason.recipe.parts import Draw, Filter, Stage, Synthesize, WarmUp
from affectreason.recipe.schema import Recipe

RATE, BAND = 100e12, 1e12
"""Operations and bytes a second of which hours are told where nothing was measured: round numbers, no device's own."""
SHARED = ("launch", "dtype", "media")
"""What keys begin with that hold for every stage."""


@dataclass(frozen=True)
class Stay:
    """A stage on the machines: what one process needs, of which row, and the steps it takes (None: not known yet).

    On the disk it leaves `left` bytes, and while it runs `checkpoints`. `keys` make it smaller, those that fit first;
    with `together` it fits, as few and mild as were found. A step takes `seconds` at the rates of `RATE` and `BAND`.
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
    seconds: float = 0.0


@dataclass
class Afford:
    """What was found: stages, those that are not counted by name and reason, and what else a machine lacks.

    With the words of `together` all stages fit; there are none where they do anyway, or one does with no keys.
    """

    memory: int
    sharding: Sharding
    stays: list[Stay] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    together: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether all stages fit and nothing is wrong."""
        return all(one.need.most <= self.memory for one in self.stays) and not any(
            one.level == "error" for one in self.findings
        )


def afford(recipe: Recipe, gpus: Machines | None, size: int, out: Path) -> Afford:
    """Count every stage on devices of `size` bytes; InputError for a launch file that cannot be read."""
    said = None
    if gpus is not None:  # the same file that `affectreason plan gpus=` names
        recipe, said = machines.suited(recipe, gpus)
    spread = sharding.read(recipe.launch, None if gpus is None else gpus.gpus * gpus.nodes)
    found = Afford(size, spread)
    found.findings += machine.versions() + machine.files(recipe) + machine.attention(recipe.attn_implementation)
    found.findings += machine.quantization(recipe.quantize, spread)
    found.findings += [] if said is None else [Finding("note", "processes", spread.processes, said)]
    counted = _counted(recipe)
    about: dict[str, list[Finding]] = {}
    for source in dict.fromkeys(fitting.source_of(recipe, stage) for _, stage in counted):
        about[source] = _of_model(source)
        found.findings += about[source]
    for stage in recipe.stages:
        if why := _left_out(stage):
            found.left_out[stage.name] = why
    with ExitStack() as files:
        known = Known(out, files)
        spots: list[Setup] = []
        for name, stage in counted:
            source = fitting.source_of(recipe, stage)
            if any(one.level == "error" for one in about[source]):
                found.left_out[name] = f"not counted, for {source} cannot be read"
                continue
            spots.append((recipe, stage, _spread_of(stage, spread)))
            found.stays.append(_stay(name, spots[-1], found, known))
        if any(one.need.most > size for one in found.stays):
            _advise(found, spots, known)
    held = max((one.checkpoints for one in found.stays), default=0)
    found.findings += machine.disk(sum(one.left for one in found.stays) + held, out)
    return found


def _counted(recipe: Recipe) -> list[tuple[str, Stage]]:
    """What loads a model, by name: stages, the witnesses of a filter, the asking of held-out samples."""
    found: list[tuple[str, Stage]] = []
    for stage in recipe.stages:
        if isinstance(stage, Filter):
            found += _numbered(stage.name, needs.witnesses(stage))
        elif not isinstance(stage, Draw):
            found.append((stage.name, stage))
    return found + _numbered(EVALUATE, needs.evaluations(recipe))


def _spread_of(stage: Stage, spread: Sharding) -> Sharding:
    """How a stage is spread: a warm-up is one process outside the group, as `runs.command` and `launch` run it."""
    return Sharding(spread.file, 1, 1, cpu=spread.cpu) if isinstance(stage, WarmUp) else spread


def _numbered(name: str, those: list[Stage]) -> list[tuple[str, Stage]]:
    """Stages of one name, told from one another."""
    return [(name if number == 1 else f"{name} {number}", one) for number, one in enumerate(those, 1)]


def _left_out(stage: Stage) -> str | None:
    """Why nothing of a stage is counted, None where something is."""
    if isinstance(stage, Draw):
        return "draws on a CPU, and holds one picture at a time"
    if isinstance(stage, Filter) and not needs.witnesses(stage):
        return "loads no model: its witnesses read annotations"
    return None


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


def _stay(name: str, setup: Setup, found: Afford, known: Known) -> Stay:
    """What a stage needs, with what is to be said of its machines."""
    need, row, saved = needs.needed(setup, found.memory, known)
    own = needs.setting(setup)
    steps = None if row.rows is None else _steps(setup, row.rows)
    found.findings += _idle(setup, row)
    if told := optimizer_state.note(own.optimizer):
        found.findings.append(Finding("note", "optimizer", 1, f"{name}: {told}"))
    if wrong := optimizer_state.unknown(own.optimizer):
        found.findings.append(Finding("error", "optimizer", 1, f"{name}: {wrong}"))
    same = next((one.stage for one in found.stays if (one.need, one.row, one.steps) == (need, row.known, steps)), name)
    return Stay(name, need, row.known, row.tokens, steps, *saved, same_as=same, seconds=_seconds(need, own))


def _seconds(need: Need, own: memory.Setting) -> float:
    """Seconds of a step, its micro-batches and its share of a generation, at the rates of `RATE` and `BAND`."""
    writes = own.batch * own.accumulate / own.generated if own.written else 0
    return own.accumulate * need.flops / RATE + writes * (need.asking / RATE + need.read / BAND)


def _idle(setup: Setup, row: Worst) -> list[Finding]:
    """A warning where a step that learns has room for more rows than there are."""
    _, stage, spread = setup
    own = needs.setting(setup)
    each = own.batch * own.accumulate * spread.processes // own.group
    if not own.optimizer or row.rows is None or spread.processes == 1 or each <= row.rows:
        return []
    many = plural(spread.processes, "process", "processes")
    said = (
        f"{stage.name}: {many} take {each:,} samples a step, and there are {row.rows:,}: some have none to learn from"
    )
    return [Finding("warning", "idle_processes", each - row.rows, said, (), "fewer gpus=, or smaller batches")]


def _advise(found: Afford, spots: list[Setup], known: Known) -> None:
    """Keys for the stages that do not fit, and the words with which all do.

    What a stage takes of the keys that all stages have in common holds for those after it too.
    """
    size, recipe, spread = found.memory, spots[0][0], found.sharding

    def count(setup: Setup) -> Need:
        return needs.needed(setup, size, known)[0]

    taken: dict[str, str] = {}
    ends = [stage for _, stage, _ in spots]
    for place, (stay, spot) in enumerate(zip(found.stays, spots, strict=True)):
        if stay.need.most <= size:
            continue
        row = needs.needed(spot, size, known)[1]
        keys = advice.keys(spot, smaller.options(*spot, row), count, size)
        begun = recipe, spot[1], _spread_of(spot[1], spread)
        row = needs.needed(begun, size, known)[1]
        changes, made = advice.together(begun, smaller.options(*begun, row), count, size)
        recipe, ends[place] = made[:2]
        spread = spread if isinstance(spot[1], WarmUp) else made[2]
        words = {word.partition("=")[0]: word for one in changes for word in _words(one.words)}
        shared = {key: word for key, word in taken.items() if key.partition(".")[0] in SHARED}
        enough = count(made).most <= size
        found.stays[place] = replace(stay, keys=keys, together=tuple((shared | words).values()) if enough else ())
        taken |= words
    all_made = [(recipe, stage, _spread_of(stage, spread)) for stage in ends]  # also of stages that fit before
    enough = all(count(one).most <= size for one in all_made)
    found.together = tuple(taken.values()) if enough else ()


def _steps(setup: Setup, rows: int) -> int:
    """Optimizer steps of the stage; of a stage that only writes, its batches."""
    _, stage, spread = setup
    if isinstance(stage, Synthesize):
        return -(-rows // (stage.batch_size * spread.processes)) * stage.tries
    own = memory.setting(setup[0], stage, "cpu")
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
        yield from _of_stay(stay, found.memory)
    for name, why in found.left_out.items():
        yield f"{name}: {why}"
    if found.together:
        yield f"all stages fit with: {shlex.join(found.together)}"


def _of_stay(stay: Stay, size: int) -> Iterator[str]:
    need, fits = stay.need, stay.need.most <= size
    yield f"{stay.stage}: {'fits' if fits else 'does not fit'}: {gib(need.most)} at its most ({need.when})"
    if stay.same_as != stay.stage:
        yield f"  as {stay.same_as}"
    else:
        yield "  " + ", ".join(f"{name} {gib(part)}" for name, part in need.parts.items())
        yield f"  row: {stay.tokens:,} tokens; {stay.row}"
        if stay.seconds:
            yield f"  {_work(stay)}"
    for key in stay.keys:
        verdict = "fits, " if key.most <= size else ""
        yield f"  {key.words}: {verdict}{gib(key.most)}, saves {gib(need.most - key.most)}"
    if stay.together:
        yield f"  fits with: {shlex.join(stay.together)}"
    elif not fits:
        yield ("  no keys are enough: take a smaller model, quantize: nf4 with lora:, more memory or more gpus=")


def _work(stay: Stay) -> str:
    """What a stage computes, and the time of all of it."""
    flops = stay.need.flops
    many = f"{flops / 1e12:,.2f} TFLOP" if flops >= 1e11 else f"{flops / 1e9:,.2f} GFLOP"
    work = f"{many} a micro-batch; " if flops else ""
    rate = f"at {RATE / 1e12:.0f} TFLOP/s and {BAND / 1e12:.0f} TB/s a GPU"
    if stay.steps is None:
        return f"work: {work}a step takes {span(stay.seconds)} {rate}; how many there are is known with its data"
    each, all_ = span(stay.seconds), span(stay.seconds * stay.steps)
    return f"work: {work}{plural(stay.steps, 'step')} of {each} take {all_} {rate}"


def span(seconds: float) -> str:
    """Seconds for people: ms, s, min or h."""
    for unit, size in (("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if seconds >= size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.2g} ms"


def _words(change: str) -> list[str]:
    """The `key=value` of a change, one word each."""
    return [change] if "{" in change or "[" in change else change.split(" ")
