"""`affectreason instruct`: make questions and answers of the annotations in a file of samples."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.affect.samples import write
from affectreason.corpus import places, questions
from affectreason.errors import InputError, nearest
from affectreason.media.progress import bar
from affectreason.recipe.words import options

HELP = """affectreason instruct data=FILE.jsonl out=FILE.jsonl [ask=[...]] [per_sample=N] [seed=0] [split=train]
  makes questions of what is annotated; what is not annotated is not asked, and the questions of a clip stand together
  ask         kinds of questions (default: all)
    label        which emotion, of the sample's label set
    units        which action units; and of one that is active and one that is coded absent, whether it is active
    attributes   each annotated attribute; closed where the file has at most 11 values of it
    open_set     all words that were annotated
    description  the evidence, answered with the annotated reasoning
    statements   a true and a false statement of the emotion and of a unit; the false one is near to the truth
  per_sample  at most so many questions of one sample (default: all)
  seed        of the wording and the draws
  split       the questions of one split only"""
WITHOUT = {
    "label": "no gold emotion of a label set",
    "units": "no coded action units",
    "attributes": "no attributes",
    "open_set": "no set of emotions",
    "description": "no reasoning",
    "statements": "no emotion or unit with a false one beside it",
}


def main(words: list[str]) -> int:
    """Write the questions and say how many of each kind; 0 when there are any."""
    given = options(words, {"data": ..., "out": ..., "ask": None, "per_sample": None, "seed": 0, "split": None})
    data, out = Path(str(given["data"])), Path(str(given["out"]))
    ask, per_sample = _kinds(given["ask"]), given["per_sample"]
    split = None if given["split"] is None else str(given["split"])
    if per_sample is not None:
        _check_number("per_sample", per_sample, 1)
    _check_number("seed", given["seed"], 0)
    if out.absolute() == data.absolute():
        raise InputError(f"out={out} is the file that is read; name another one")
    values: dict[str, set[str] | None] = {}
    found = places.place(data, _noted(places.samples(data, split), values), clip)
    closed = {name: tuple(sorted(of)) for name, of in values.items() if of and len(of) > 1}
    asking = questions.Asking(given["seed"], closed)
    told: Counter[tuple[str, str]] = Counter()
    write(out, _all(found, ask, asking, per_sample, told))
    print(f"wrote {told['all', 'questions']} questions about {len(found.at)} samples to {out}")
    print("\n".join(_lines(told, ask, len(found.at))))
    return 0


def clip(sample: Sample) -> str | None:
    """What samples of one clip have in common: their group, else their media; None for text alone."""
    if sample.group is not None:
        return f"group {sample.group}"
    parts = [f"{one.kind} {one.path} {one.start} {one.end}" for one in sample.media]
    return "media " + "\n".join(parts) if parts else None


def _all(
    found: places.Places,
    ask: list[str],
    asking: questions.Asking,
    most: int | None,
    told: Counter[tuple[str, str]],
) -> Iterator[Sample]:
    """The questions of every clip, in the order in which the clips are met first; InputError when there are none."""
    groups = len(found.sizes)
    progress = bar("instruct", groups)
    with found.path.open("rb") as file:
        for group in range(groups):
            members = places.members(file, found, group)
            name = next((one.group for one in members if one.group is not None), members[0].id)
            for sample in members:
                sets = questions.questions(sample, ask, asking)
                told.update((kind, "without") for kind, asked in sets.items() if not asked)
                for question in questions.some([one for asked in sets.values() for one in asked], most, asking.seed):
                    told["all", "questions"] += 1
                    told[str(question.task), "questions"] += 1
                    told[str(question.task), str(question.answer)] += 1
                    yield question.model_copy(update={"group": name})
            progress.move(group + 1)
    progress.close()
    if not told["all", "questions"]:
        reasons = "; ".join(f"{kind}: {WITHOUT[kind]}" for kind in ask if told[kind, "without"] == len(found.at))
        raise InputError(
            f"no question can be asked of {found.path}: {reasons or 'a pair of questions needs per_sample=2'}"
        )


def _lines(told: Counter[tuple[str, str]], ask: list[str], samples: int) -> Iterator[str]:
    """How many questions of each kind were asked, and of how many samples one could not be."""
    tasks = {"units": ("units", "unit"), "attributes": ("attribute",), "statements": ("statement",)}
    for kind in ask:
        line = f"  {kind:<12} {sum(told[task, 'questions'] for task in tasks.get(kind, (kind,))):>6}"
        for task, one, other in (("unit", "yes", "no"), ("statement", "correct", "incorrect")):
            if task in tasks.get(kind, ()):
                line += f"  {one} {told[task, one]}, {other} {told[task, other]}"
        without = told[kind, "without"]
        yield line + (f"  ({without} of {samples} samples: {WITHOUT[kind]})" if without else "")


def _noted(
    found: Iterator[tuple[int, int, Sample]], values: dict[str, set[str] | None]
) -> Iterator[tuple[int, int, Sample]]:
    """Pass samples on, and note the values of each attribute; None where they are too many or no words."""
    for one in found:
        for name, value in one[2].attributes.items():
            known = values.setdefault(name, set())
            if known is not None and isinstance(value, str) and len(known | {value}) <= questions.MOST_CHOICES:
                known.add(value)
            else:
                values[name] = None
        yield one


def _kinds(ask: Any) -> list[str]:
    kinds = list(questions.KINDS) if ask is None else ask if isinstance(ask, list) and ask else [ask]
    for kind in kinds:
        if kind not in list(questions.KINDS):
            raise InputError(f"ask={kind}: {nearest(kind, questions.KINDS)}")
    return list(dict.fromkeys(kinds))


def _check_number(key: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{key}={value}: give a whole number from {least}")
