"""What a model learns to say of a sample, and which samples of a file a stage learns from.

AffectGPT learns half from descriptions and half from open sets of words (arXiv 2501.16566, section 3.3): a stage with
several prompts asks each sample by each prompt whose answer the sample can give.
"""

from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from affectreason.affect import tree_of, tree_texts
from affectreason.affect.hashes import share
from affectreason.affect.named import emotions_said
from affectreason.affect.response import parts
from affectreason.affect.sample import Sample, Turn
from affectreason.errors import InputError, nearest
from affectreason.recipe import prompts
from affectreason.recipe.prompts import Prompt

PUT = Prompt(text="{question}", question="")
"""The prompt of samples whose question is already all that is asked."""


def prompts_of(recipe: Any, stage: Any) -> list[str]:
    """The names of the prompts a stage trains with."""
    return list(getattr(stage, "prompts", ())) or [getattr(stage, "prompt", None) or recipe.prompt]


def prompt_of(recipe: Any, stage: Any) -> Prompt:
    """The prompt that the model of a stage is asked by: the stage's own, else the recipe's."""
    return prompts.find(getattr(stage, "prompt", None) or recipe.prompt)


def learned_by(recipe: Any, stage: Any) -> Prompt:
    """The prompt of the samples that `to_learn` makes."""
    found = [prompts.find(name) for name in prompts_of(recipe, stage)]
    return found[0] if _is_plain(found) else PUT


def to_learn(recipe: Any, stage: Any, samples: Sequence[Sample]) -> list[Sample]:
    """The samples a supervised stage learns: each by each prompt whose answer it can give, one after another.

    With one prompt for reasoned answers they stay as they are. A sample that can give none is left out.
    """
    names = prompts_of(recipe, stage)
    found = {name: prompts.find(name) for name in names}
    if _is_plain(list(found.values())):
        return [sample for sample in samples if prompts.target(sample) is not None]
    made = (put(sample, name, prompt) for sample in samples for name, prompt in found.items())
    return [one for one in made if one is not None]


def _is_plain(found: Sequence[Prompt]) -> bool:
    return len(found) == 1 and found[0].answers == "reasoned"


def put(sample: Sample, name: str, prompt: Prompt) -> Sample | None:
    """The sample with all that a prompt asks as its question and the answer as its response; None where it has none.

    The dialogue is the one that `prompts.messages(sample, prompt)` makes.
    """
    answer = target(sample, prompt.answers)
    if answer is None:
        return None
    asked = prompts.text_of(sample, prompt)
    system = () if prompt.system is None else (Turn(role="system", text=prompt.system),)
    changed = {"id": f"{sample.id}+{name}", "question": asked, "response": answer, "turns": (*system, *sample.turns)}
    return sample.model_copy(update={**changed, "transcript": None, "context": (), "choices": None, "answer": None})


def target(sample: Sample, answers: str) -> str | None:
    """The answer of a sample in one of the forms of `Prompt.answers`, None where it was not annotated.

    `reasoned` is reasoning and answer in tags, `words` the emotions with commas, `description` the reasoning alone,
    `label` the one emotion or answer alone, `tree` the affective tree in tags where an emotion is annotated.
    """
    if answers == "reasoned":
        return prompts.target(sample)
    if answers == "words":
        words = emotions_said(sample.gold) or ((sample.gold.emotion,) if sample.gold.emotion is not None else ())
        return ", ".join(words) or None
    if answers == "label":
        return sample.answer if sample.choices or sample.gold.emotion is None else sample.gold.emotion
    if answers == "tree":
        tree = tree_of.of_sample(sample)
        text = "" if tree is None else tree_texts.tagged(tree)
        return text if text.endswith("</emotion>") else None
    told = sample.reasoning if sample.response is None else parts(sample.response).reasoning
    return told or None


def of_tasks(samples: Sequence[Sample], tasks: Mapping[str, float] | None, place: str) -> list[Sample]:
    """The samples whose `task` a stage names, of each the share it asks for, by a hash of their groups and ids.

    A name may hold `*`; the first that fits counts. Questions to one clip stay together. InputError for a name that
    fits no sample, with the tags there are.
    """
    if not tasks:
        return list(samples)
    require_tasks({sample.task or "" for sample in samples}, tasks, place)
    return [sample for sample in samples if is_of(sample, tasks, place)]


def is_of(sample: Sample, tasks: Mapping[str, float], place: str) -> bool:
    """Whether a sample is in the share of its task that a stage asks for; of no task where none is named."""
    part = next((part for name, part in tasks.items() if fnmatchcase(sample.task or "", name)), 0.0)
    return share(f"{place}/{sample.group or sample.id}") < part


def require_tasks(tags: Collection[str], tasks: Collection[str], place: str) -> None:
    """InputError for a name, which may hold `*`, that fits none of the tags."""
    for name in tasks:
        if not any(fnmatchcase(tag, name) for tag in tags):
            known = sorted(tag for tag in tags if tag)
            raise InputError(f"{place}.tasks: no sample has the task {name!r}; {nearest(name, known)}")
