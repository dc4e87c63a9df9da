"""Which of the questions about a sample are taken, how many were asked, and what of them could be answered blind."""

from collections import Counter
from collections.abc import Iterator

from affectreason.affect.sample import Sample
from affectreason.corpus import wording
from affectreason.corpus.chance import number
from affectreason.corpus.finding import plural
from affectreason.corpus.questions import Sets

Told = Counter[tuple[str, ...]]
"""How many questions there are of each task, also by answer, and by claim and answer; and of how many none was."""
WITHOUT = {
    "label": "no gold emotion of a label set",
    "units": "no coded action units",
    "attributes": "no annotated attributes",
    "open_set": "no set of emotions",
    "description": "no reasoning",
    "statements": "no emotion or unit with a false one beside it",
}


def some(sets: Sets, most: int | None, seed: int) -> list[Sample]:
    """The questions of these sets in their order, at most so many: sets are drawn, and one that does not fit is not."""
    left = sum(map(len, sets)) if most is None else most
    chosen = set()
    for one in sorted(sets, key=lambda one: number(seed, one[0].id)):
        if len(one) <= left:
            chosen.add(one[0].id)
            left -= len(one)
    return [question for one in sets if one[0].id in chosen for question in one]


def tell(question: Sample, told: Told) -> None:
    """Count a question."""
    task, answer, of = str(question.task), str(question.answer), claim(question)
    told.update([("all", "questions"), (task, "questions"), (task, answer)])
    if of is not None:
        told[task, of, answer] += 1


def lines(told: Told, ask: list[str], samples: int) -> Iterator[str]:
    """How many questions of each kind were asked, and of how many samples one could not be."""
    tasks = {"units": ("units", "unit"), "attributes": ("attribute",), "statements": ("statement",)}
    for kind in ask:
        line = f"  {kind:<12} {sum(told[task, 'questions'] for task in tasks.get(kind, (kind,))):>6}"
        for task, one, other in (("unit", "yes", "no"), ("statement", "correct", "incorrect")):
            if task in tasks.get(kind, ()):
                line += f"  {one} {told[task, one]}, {other} {told[task, other]}"
                line += f"; right without looking {blind(told, task):.2f} (chance 0.50)" if told[task, one] else ""
        without = told[kind, "without"]
        yield line + (f"  ({without} of {plural(samples, 'sample')}: {WITHOUT[kind]})" if without else "")


def blind(told: Told, task: str) -> float:
    """The share of a task's questions that the best answer to each claim gets right, found on these very questions."""
    best: Counter[str] = Counter()
    for of, count in told.items():
        if len(of) == 3 and of[0] == task:
            best[of[1]] = max(best[of[1]], count)
    return best.total() / told[task, "questions"]


def claim(question: Sample) -> str | None:
    """What a question of a pair claims, by which it could be answered without looking; None for other questions."""
    if question.task == "unit":
        return question.id.rpartition("+unit_")[2]
    return wording.claimed(question) if question.task == "statement" else None
