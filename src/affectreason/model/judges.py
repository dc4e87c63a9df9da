"""Rewards that ask a model: the judge that a recipe names is opened, and its replies are kept with the run.

Importing this does not import torch; a judge that is a folder does.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from affectreason.benchmark import asked_prompts
from affectreason.model import plug_ins
from affectreason.recipe.parts import Bar, Reward

KEY = "judge"
Term = TypeVar("Term", Reward, Bar)


def opened(terms: Sequence[Term], folder: Path) -> list[Term]:
    """The terms with the `judge` of their arguments opened, its replies kept in `folder`; the others as they are.

    It is named as `affectreason score` takes it: package.module.function, the folder of a model, or an address.
    """
    return [_opened(term, folder) for term in terms]


def _opened(term: Term, folder: Path) -> Term:
    named = term.args.get(KEY)
    if not isinstance(named, str):
        return term
    judge = plug_ins.asked(KEY, named, folder)
    assert judge is not None
    return term.model_copy(update={"args": {**term.args, KEY: asked_prompts.marks(judge)}})
