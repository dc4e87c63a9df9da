"""Trackers of long runs that `train.report_to` may name: whether they are known and installed, before weights load."""

from importlib.util import find_spec
from typing import Any

from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

from affectreason.errors import InputError, nearest

PACKAGES = {"trackio": ("trackio",), "wandb": ("wandb",), "tensorboard": ("tensorboard", "tensorboardX")}


def require(report_to: Any) -> None:
    """Refuse a tracker that nobody knows or that is not installed; None, `none` and `all` name none."""
    named = report_to if isinstance(report_to, list | tuple) else [report_to]
    for name in named:
        if name in (None, "none", "all"):
            continue
        if name not in INTEGRATION_TO_CALLBACK:
            raise InputError(f"train.report_to: unknown tracker {name!r}; {nearest(name, INTEGRATION_TO_CALLBACK)}")
        packages = PACKAGES.get(str(name), ())
        if packages and not any(find_spec(package) for package in packages):
            raise InputError(
                f"train.report_to: {name} is not installed; pip install {packages[0]}, or leave report_to out: "
                "log.jsonl in the stage's folder has every number"
            )
