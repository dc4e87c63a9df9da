"""Trackers of long runs that `train.report_to` may name: whether they are known and installed, before anything runs."""

import os
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from affectreason.errors import InputError, nearest
from affectreason.recipe.parts import Stage, Trained

MODULES: dict[str, tuple[str, ...]] = {
    "azure_ml": ("azureml",),
    "clearml": ("clearml",),
    "codecarbon": ("codecarbon",),
    "comet_ml": ("comet_ml",),
    "dagshub": ("dagshub", "mlflow"),
    "dvclive": ("dvclive",),
    "flyte": ("flytekit",),
    "kubeflow": (),
    "mlflow": ("mlflow",),
    "neptune": ("neptune",),
    "swanlab": ("swanlab",),
    "tensorboard": ("tensorboard",),
    "trackio": ("trackio",),
    "wandb": ("wandb",),
}
"""What transformers imports for each tracker it knows."""
INSTEAD = {"tensorboard": "tensorboardX"}
PACKAGES = {"azureml": "azureml-sdk", "comet_ml": "comet-ml"}
"""The package of a module, where that has another name."""
_JOB = "KUBEFLOW_TRAINER_SERVER_URL"


def problems(name: str, train: dict[str, Any]) -> list[str]:
    """The trackers of one stage that nobody knows, one line each."""
    return [
        f"{name}.train.report_to: unknown tracker {one!r}; {nearest(str(one), MODULES)}"
        for one in _named(train)
        if not isinstance(one, str) or one not in MODULES
    ]


def require(stages: Iterable[Stage]) -> None:
    """Refuse trackers that are not installed here, of the stages that train."""
    for stage in stages:
        for name in _named(stage.train) if isinstance(stage, Trained) else ():
            place = f"{stage.name}.train.report_to: {name}"
            lacking = [PACKAGES.get(one, one) for one in MODULES[name] if not _there(one)]
            if lacking:
                raise InputError(
                    f"{place} is not installed; pip install {' '.join(lacking)}, or leave report_to out: log.jsonl in "
                    "the stage's folder has every number"
                )
            if name == "kubeflow" and not os.environ.get(_JOB):
                raise InputError(f"{place} listens inside a Kubeflow TrainJob alone, which sets {_JOB}; leave it out")


def _named(train: dict[str, Any]) -> list[Any]:
    """The trackers a stage names; None, `none` and `all` name none."""
    given = train.get("report_to")
    return [one for one in (given if isinstance(given, list) else [given]) if one not in (None, "none", "all")]


def _there(module: str) -> bool:
    return any(find_spec(one) is not None for one in (module, INSTEAD.get(module)) if one)
