import hashlib
import json

import pytest
import yaml

from affectreason.recipe import declared


@pytest.fixture
def stage(tmp_path):
    """A folder of a stage in runs/chain, done unless it is said."""

    def make(name, init=None, done=True):
        folder = tmp_path / "runs" / "chain" / name
        (folder / "model").mkdir(parents=True)
        (folder / "model" / "model.safetensors").write_bytes(name.encode())
        (folder / "recipe.yaml").write_text(yaml.safe_dump({"stage": {"name": name, "kind": "sft", "init": init}}))
        if done:
            record = {"stage": name, "commit": "abc", "finished": "2026-01-01T00:00:00Z", "versions": {"torch": "2"}}
            (folder / "done.json").write_text(json.dumps(record))
        return folder / "model"

    return make


def test_a_stage_of_a_run(stage):
    first, last = stage("sft"), stage("grpo", init="sft")
    found = declared.declared(str(last))
    assert found["how"] == "named on the command line"
    assert found["model"]["source"] == str(last)
    assert found["model"]["checkpoint"] is None
    assert found["model"]["run"] == {
        "recipe": "chain", "stage": "grpo", "kind": "sft", "finished": "2026-01-01T00:00:00Z", "commit": "abc",
        "versions": {"torch": "2"}, "last_stage": True,
    }  # fmt: skip
    assert declared.declared(str(first))["model"]["run"]["last_stage"] is False
    assert json.loads(json.dumps(found)) == found


def test_a_checkpoint_of_a_stage_that_is_not_done(stage):
    model = stage("sft", done=False)
    folder = model.parent / "checkpoints" / "checkpoint-40"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"x")
    found = declared.facts(str(folder))
    assert found["checkpoint"] == "checkpoint-40"
    assert (found["run"]["stage"], found["run"]["finished"], found["run"]["last_stage"]) == ("sft", None, None)


def test_a_digest_of_all_weights(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"one")
    (tmp_path / "b.safetensors").write_bytes(b"two")
    (tmp_path / "training_args.bin").write_bytes(b"no weights")
    lines = [f"{name}|{hashlib.sha256(what).hexdigest()}\n" for name, what in
             (("a.safetensors", b"one"), ("b.safetensors", b"two"))]  # fmt: skip
    assert declared.weights(tmp_path) == {
        "sha256": hashlib.sha256("".join(lines).encode()).hexdigest(),
        "files": {"a.safetensors": 3, "b.safetensors": 3},
    }


def test_large_weights_are_hashed_at_places(tmp_path, monkeypatch):
    monkeypatch.setattr(declared, "WHOLE", 1000)
    monkeypatch.setattr(declared, "_BLOCK", 10)
    file = tmp_path / "model.safetensors"
    digests = []
    for at in (None, 0, 1999, 1000):  # the first, the last and no hashed byte
        data = bytearray(2000)
        if at is not None:
            data[at] = 1
        file.write_bytes(data)
        digests.append(declared.weights(tmp_path)["sha256"])
    assert len(set(digests[:3])) == 3
    assert digests[3] == digests[0]


def test_a_model_that_is_no_folder():
    assert declared.declared("tiny:qwen3_vl")["model"] == {
        "source": "tiny:qwen3_vl", "revision": None, "weights": None, "checkpoint": None, "run": None,
    }  # fmt: skip
    assert declared.facts("nobody/has-this")["weights"] is None
    assert declared.facts("a/path/that/is/none")["weights"] is None


def test_what_tells_models_apart(stage, tmp_path):
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_model.safetensors").write_bytes(b"lora")
    model = stage("sft")
    found = declared.weights_of(declared.declared(str(model), str(tmp_path / "adapter")))
    assert found.keys() == {"model", "adapter", "model_weights", "adapter_weights"}
    assert found["model_weights"] != found["adapter_weights"]


def test_a_done_file_of_another_program(stage):
    model = stage("sft")
    (model.parent / "done.json").write_text("{")
    assert declared.run(model)["commit"] is None
