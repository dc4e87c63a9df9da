"""`affectreason instruct`: make questions and answers of the annotations in a file of samples."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.affect.samples import write
from affectreason.corpus import asked, places, questions, statements
from affectreason.corpus.chance import number
from affectreason.corpus.finding import plural
from affectreason.corpus.held_out import is_question
from affectreason.errors import InputError, nearest
from affectreason.media.progress import bar
from affectreason.recipe.words import options, refuse_to_overwrite, source_and_split, whole

HELP = """affectreason instruct data=FILE.jsonl[:SPLIT] out=FILE.jsonl [ask=[...]] [per_sample=N] [seed=0]
  makes questions of what is annotated; what is not annotated is not asked, and the questions of a clip stand together;
  rows that are such questions already are passed over
  ask         kinds of questions (default: all)
    label        which emotion, of the sample's label set
    units        which action units; and of one that is active and one that is coded absent, whether it is active
    attributes   each annotated attribute (not what `faces` wrote); closed where the file has at most 11 values of it
    open_set     all words that were annotated
    description  the evidence, answered with the annotated reasoning
    statements   a true and a false statement of the emotion and of a unit; the false one is near to the truth, but each
                 name is false about as often as true over the file, so that it does not tell the answer; how often
                 the best answer to each name is right without looking is printed beside chance
  per_sample  at most so many questions of one sample (default: all)
  seed        of the wording and the draws"""


@dataclass
class Noted:
    """What a first pass over a file finds: values of attributes, sides of statements, groups, and questions."""

    values: dict[str, set[str] | None] = field(default_factory=dict)
    sides: dict[statements.Key, Counter[statements.Sides]] = field(default_factory=dict)
    groups: set[int] = field(default_factory=set)
    questions: int = 0


def main(words: list[str]) -> int:
    """Write the questions and say how many of each kind; 0 when there are any."""
    given = options(words, {"data": ..., "out": ..., "ask": None, "per_sample": None, "seed": 0})
    source, split = source_and_split(str(given["data"]))
    data, out = Path(source), Path(str(given["out"]))
    ask, per_sample = _kinds(given["ask"]), given["per_sample"]
    if per_sample is not None:
        whole("per_sample", per_sample, 1)
    whole("seed", given["seed"], 0)
    refuse_to_overwrite(out, [data])
    noted, told = Noted(), asked.Told()
    found = places.place(data, _noted(places.samples(data, split), noted, bool({"units", "statements"} & {*ask})), clip)
    if not len(found.at):
        raise InputError(f"{data}: every row is a question that instruct made; name the file it was made of")
    closed = {name: tuple(sorted(of)) for name, of in noted.values.items() if of and len(of) > 1}
    asking = questions.Asking(given["seed"], closed, statements.leanings(noted.sides))
    write(out, _all(found, ask, asking, per_sample, noted.groups, told))
    print(f"wrote {plural(told['all', 'questions'], 'question')} about {plural(len(found.at), 'sample')} to {out}")
    if noted.questions:
        many = plural(noted.questions, "row that is a question", "rows that are questions")
        print(f"passed over {many} already")
    print("\n".join(asked.lines(told, ask, len(found.at))))
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
    groups: set[int],
    told: asked.Told,
) -> Iterator[Sample]:
    """The questions of every clip, in the order in which the clips are met first; InputError when there are none."""
    progress = bar("instruct", len(found.sizes))
    with found.path.open("rb") as file:
        for group in range(len(found.sizes)):
            members = places.members(file, found, group)
            name = members[0].group or _free(members[0].id, groups)
            for sample in members:
                sets = questions.questions(sample, ask, asking)
                told.update((kind, "without") for kind, of in sets.items() if not of)
                for question in asked.some([one for of in sets.values() for one in of], most, asking.seed):
                    asked.tell(question, told)
                    yield question.model_copy(update={"group": name})
            progress.move(group + 1)
    progress.close()
    if not told["all", "questions"]:
        reasons = "; ".join(f"{kind}: {asked.WITHOUT[kind]}" for kind in ask if told[kind, "without"] == len(found.at))
        raise InputError(
            f"no question can be asked of {found.path}: {reasons or 'a pair of questions needs per_sample=2'}"
        )


def _free(name: str, groups: set[int]) -> str:
    """A name for the group of a clip that has none, which no group of the file has."""
    while number(name) in groups:
        name += "+alone"
    return name


def _noted(found: Iterator[tuple[int, int, Sample]], noted: Noted, sides: bool) -> Iterator[tuple[int, int, Sample]]:
    """Pass on what is no question, and note it; values of an attribute are None where they are too many or no words."""
    for one in found:
        sample = one[2]
        if is_question(sample):
            noted.questions += 1
            continue
        for name, value in sample.attributes.items():
            known = noted.values.setdefault(name, set())
            if known is not None and isinstance(value, str) and len(known | {value}) <= questions.MOST_CHOICES:
                known.add(value)
            else:
                noted.values[name] = None
        if sides:
            statements.count(sample, noted.sides)
        if sample.group is not None:
            noted.groups.add(number(sample.group))
        yield one


def _kinds(ask: Any) -> list[str]:
    kinds = list(questions.KINDS) if ask is None else ask if isinstance(ask, list) and ask else [ask]
    for kind in kinds:
        if kind not in list(questions.KINDS):
            raise InputError(f"ask={kind}: {nearest(kind, questions.KINDS)}")
    return list(dict.fromkeys(kinds))
