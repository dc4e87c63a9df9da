import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from affectreason.errors import InputError
from affectreason.model import load, safe


@pytest.fixture
def copy(qwen, tmp_path):
    """A tiny model's folder that a test may damage."""
    return Path(shutil.copytree(qwen, tmp_path / "model"))


class Trap:
    """Pickled, it makes a file as soon as it is opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_pickled_weights_are_never_opened(copy, tmp_path):
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(str(tmp_path / "sprung"))))
    with pytest.raises(InputError, match=r"its weights are pickles \(.bin\), which could run any code, and are not op"):
        load.load(str(copy))
    assert not (tmp_path / "sprung").exists()


def test_good_pickled_weights_are_refused_too(copy):
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"ask for the model's safetensors, or convert it where you trust it"):
        load.load(str(copy))


@pytest.mark.parametrize("file", ["config.json", "processor_config.json"])
def test_code_that_comes_with_a_model_is_never_run(copy, tmp_path, monkeypatch, file):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked at the terminal"))
    (copy / "mine.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\nclass Mine: pass\n")
    config = json.loads((copy / file).read_text())
    kind = {"config.json": "AutoConfig", "processor_config.json": "AutoProcessor"}[file]
    config |= {"auto_map": {kind: "mine.Mine", "AutoModelForImageTextToText": "mine.Mine"}}
    for name in ("model_type", "processor_class"):
        if name in config:
            config[name] = "Mine"
    (copy / file).write_text(json.dumps(config))
    if file == "processor_config.json":
        words = json.loads((copy / "tokenizer_config.json").read_text())
        (copy / "tokenizer_config.json").write_text(json.dumps(words | {"processor_class": "Mine"}))
    with pytest.raises(InputError, match=r"it needs Python code of its own, which is not run here; choose one that"):
        load.load(str(copy))
    assert not (tmp_path / "sprung").exists()


def test_code_beside_a_known_model_is_left_alone(copy, tmp_path):
    (copy / "mine.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\n")
    config = json.loads((copy / "config.json").read_text())
    config["auto_map"] = {"AutoModelForImageTextToText": "mine.Mine", "AutoConfig": "mine.Config"}
    (copy / "config.json").write_text(json.dumps(config))
    model, _ = load.load(str(copy))
    assert type(model).__name__ == "Qwen3VLForConditionalGeneration"
    assert not (tmp_path / "sprung").exists()


def test_other_faults_keep_their_own_first_line():
    assert safe.unsafe("nobody/nothing", OSError("first\nsecond")) == "first"
    said = safe.unsafe("ann/face", OSError("ann/face does not appear to have a file named config.json. Checkout ..."))
    assert said.endswith("; an adapter of the Hub is given as adapter=, its base as model=")


def test_an_encoder_and_a_judge_are_loaded_as_safely(text_encoder, tmp_path):
    from affectreason.model import encode

    folder = Path(shutil.copytree(text_encoder, tmp_path / "encoder"))
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"is no encoder that transformers can read: its weights are pickles"):
        encode.load(folder)
