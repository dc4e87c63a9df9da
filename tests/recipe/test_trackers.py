"""Trackers by their names: unknown and missing ones are told in words, one that is there gets every line."""

import json
import sys

import pytest
from tests.conftest import MICRO

from affectreason.affect.samples import write
from affectreason.commands import launch, run
from affectreason.errors import InputError
from affectreason.recipe import trackers
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


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("trackio", "trackio"), ("wandb", "wandb"), ("tensorboard", "tensorboard"), ("mlflow", "mlflow"),
        ("azure_ml", "azureml-sdk"), ("comet_ml", "comet-ml"), ("flyte", "flytekit"), ("dagshub", "dagshub mlflow"),
    ],
)  # fmt: skip
def test_a_tracker_that_is_not_installed_is_told_before_anything_runs(name, packages, recipe, monkeypatch):
    monkeypatch.setattr(trackers, "find_spec", lambda _: None)
    found = recipe(sft__train={"report_to": [name]})
    trackers.require([stage for stage in found.stages if stage.name != "sft"])
    words = rf"sft.train.report_to: {name} is not installed; pip install {packages}, or leave report_to out: log.jsonl"
    with pytest.raises(InputError, match=words):
        trackers.require(found.stages)


@pytest.mark.parametrize("command", ["run", "launch"])
def test_both_commands_tell_it(command, monkeypatch, tmp_path):
    monkeypatch.setattr(trackers, "find_spec", lambda _: None)
    monkeypatch.chdir(tmp_path)
    words = [f"recipe={MICRO}", "sft.train.report_to=swanlab"]
    with pytest.raises(InputError, match=r"sft.train.report_to: swanlab is not installed; pip install swanlab, or"):
        run.main(words) if command == "run" else launch.main("sft", words)
    assert not (tmp_path / "runs").exists()


def test_a_tracker_of_jobs_is_told_where_there_is_none(recipe, monkeypatch):
    monkeypatch.delenv("KUBEFLOW_TRAINER_SERVER_URL", raising=False)
    found = recipe(sft__train={"report_to": "kubeflow"}).stages
    words = "sft.train.report_to: kubeflow listens inside a Kubeflow TrainJob alone, which sets KUBEFLOW_TRAINER_SERV"
    with pytest.raises(InputError, match=words):
        trackers.require(found)
    monkeypatch.setenv("KUBEFLOW_TRAINER_SERVER_URL", "https://here")
    trackers.require(found)


def test_either_tensorboard_will_do_and_no_name_names_none(recipe, monkeypatch):
    monkeypatch.setattr(trackers, "find_spec", lambda name: True if name == "tensorboardX" else None)
    for given in ("tensorboard", None, "none", "all", []):
        trackers.require(recipe(sft__train={"report_to": given}).stages)


def test_the_trackers_are_those_of_transformers():
    from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

    assert set(trackers.MODULES) == set(INTEGRATION_TO_CALLBACK)


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
