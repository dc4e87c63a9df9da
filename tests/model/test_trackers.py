"""Trackers by their names: unknown and missing ones are told in words, one that is there gets every line."""

import json
import sys

import pytest
from trl import SFTConfig

from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import trackers, training
from affectreason.stages import sft

FAKE = """
from contextvars import ContextVar
from types import SimpleNamespace
rows = []
context_vars = SimpleNamespace(current_space_id=ContextVar("space", default=None))
def init(**given):
    rows.append(given)
def log(row, **_):
    rows.append(row)
def finish():
    rows.append("finished")
config = {}
"""


@pytest.mark.parametrize("name", ["trackio", "wandb", "tensorboard"])
def test_a_tracker_that_is_not_installed_is_told_before_weights_load(name, tmp_path, monkeypatch):
    monkeypatch.setattr(trackers, "find_spec", lambda _: None)
    words = rf"train.report_to: {name} is not installed; pip install {name}, or leave report_to out: log.jsonl"
    with pytest.raises(InputError, match=words):
        training.arguments(SFTConfig, tmp_path, {"report_to": [name]}, "float32")


def test_an_unknown_tracker_is_told():
    with pytest.raises(InputError, match=r"train.report_to: unknown tracker 'wandbb'; did you mean 'wandb'"):
        trackers.require("wandbb")
    for name in (None, "none", "all", []):
        trackers.require(name)


def test_a_tracker_gets_every_line_under_the_name_of_the_stage(recipe, qwen, drawn, tmp_path, monkeypatch):
    (tmp_path / "trackio").mkdir()
    (tmp_path / "trackio" / "__init__.py").write_text(FAKE)
    (tmp_path / "trackio-1.0.dist-info").mkdir()
    (tmp_path / "trackio-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: trackio\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    from transformers.integrations import integration_utils

    monkeypatch.setattr(integration_utils, "is_trackio_available", lambda: True)
    write(tmp_path / "s.jsonl", drawn["pictures"][:4])
    train = {"max_steps": 2, "logging_steps": 1, "save_strategy": "no", "report_to": "trackio"}
    found = recipe(sft__init=qwen, sft__data=[str(tmp_path / "s.jsonl")], sft__train=train, evaluate=None)
    sft.run(found, found.stage("sft"), tmp_path / "tried")
    rows = sys.modules["trackio"].rows
    assert rows[0]["name"] == "tried/sft"
    losses = [row["train/loss"] for row in rows if isinstance(row, dict) and "train/loss" in row]
    logged = [json.loads(line) for line in (tmp_path / "tried" / "sft" / "log.jsonl").read_text().splitlines()]
    assert losses == [row["loss"] for row in logged if "loss" in row]
    assert len(losses) == 2
    sys.modules.pop("trackio")
