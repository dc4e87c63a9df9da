from importlib import import_module, metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, RepositoryNotFoundError

from affectreason.model import machine
from affectreason.model.patch_embed import use_matmul
from affectreason.model.sharding import Sharding

CONV = torch.nn.Conv3d(3, 4, (2, 2, 2), stride=(2, 2, 2))


def test_versions_are_held_against_what_the_package_needs(monkeypatch):
    assert [one.level for one in machine.versions()] == ["note"]
    has = {"torch": "2.10.0"}
    monkeypatch.setattr(metadata, "requires", lambda _: ["torch>=2.11", "trl>=1", "bnb; extra == 'quantized'"])

    def version(name):
        if name not in has:
            raise metadata.PackageNotFoundError(name)
        return has[name]

    monkeypatch.setattr(metadata, "version", version)
    wrong, missing, note = machine.versions()
    assert (wrong.level, wrong.text) == ("error", "torch 2.10.0 is installed; affectreason needs torch>=2.11")
    assert wrong.mend == "pip install 'torch>=2.11'"
    assert (missing.level, missing.text) == ("error", "trl is not installed; affectreason needs trl>=1")
    assert note.text == "versions: torch 2.10.0"


def test_the_slow_conv3d_of_torch_2_9():
    model = torch.nn.ModuleDict({"other": CONV})
    (bad,) = machine.convolution(model, "2.9.1")
    assert bad.level == "warning"
    assert bad.text == "torch 2.9.1 computes Conv3d 10 to 20 times slower, and this model has 1 layer of it"
    tower = torch.nn.ModuleDict({"patch_embed": torch.nn.ModuleDict({"proj": torch.nn.Conv3d(3, 4, 2, stride=2)})})
    use_matmul(tower)
    (fine,) = machine.convolution(tower, "2.9.0")
    assert fine.level == "note"
    assert "the 1 one here run as matrix products" in fine.text
    assert machine.convolution(model, "2.11.0") == []


def test_the_attention_that_is_used(monkeypatch):
    assert machine.attention("sdpa")[0].text == "attention: sdpa"
    monkeypatch.setattr(machine, "find_spec", lambda _: None)
    (bad,) = machine.attention("flash_attention_2")
    assert (bad.level, bad.mend) == ("warning", "pip install 'affectreason[flash]'")
    assert bad.text == "attention: flash-attn is not installed here, so sdpa is used, and counted"
    monkeypatch.setattr(machine, "find_spec", lambda _: "there")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    (note,) = machine.attention("flash_attention_2")
    assert note.text == "attention: flash_attention_2 where there is a GPU; here there is none, so sdpa is used"


def test_weights_of_four_bits(monkeypatch):
    assert machine.quantization(None, Sharding("", 1, 1)) == []
    monkeypatch.setattr(machine, "find_spec", lambda _: "there")
    (note,) = machine.quantization("nf4", Sharding("", 2, 2, zero=2))
    assert (note.level, note.kind) == ("note", "quantize")
    assert "linear layers of the language model are counted in four bits, with their scales" in note.text
    monkeypatch.setattr(machine, "find_spec", lambda _: None)
    (bad,) = machine.quantization("nf4", Sharding("", 1, 1))
    assert (bad.level, bad.mend) == ("warning", "pip install 'affectreason[quantized]'")
    (parted,) = machine.quantization("nf4", Sharding("", 4, 4, zero=3))
    assert parted.text == "quantize: nf4 cannot be parted over processes by ZeRO-3"
    assert parted.mend == "launch=recipes/accelerate/zero2.yaml or one_gpu.yaml, or quantize=null"
    (cpu,) = machine.quantization("nf4", Sharding("", 1, 1, cpu=True))
    assert cpu == bad


def test_a_full_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**30))
    (bad,) = machine.disk(2 * 2**30, tmp_path / "runs" / "mine")
    assert bad.level == "error"
    assert bad.text.startswith("disk: up to 2.0 GiB for checkpoints and models in ")
    assert bad.text.endswith("/runs/mine, 1.0 GiB are free")
    assert machine.disk(2**20, tmp_path)[0].level == "note"


def test_missing_data_and_models(recipe, tmp_path):
    found = recipe(sft__data=["no/such.jsonl"])
    (bad,) = machine.files(found)
    assert bad.text.endswith("no such file: no/such.jsonl")
    assert "data_prep/README.md" in bad.mend
    assert machine.files(recipe()) == []
    (gone,) = machine.hub(str(tmp_path / "gone"))
    assert (gone.level, gone.kind) == ("error", "no_model")
    assert machine.hub("tiny:qwen3_vl") == []


@pytest.fixture
def online(monkeypatch, tmp_path):
    """A hub whose answer is chosen, with an empty cache."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(machine, "_cached", lambda *_: False)

    def answer(error):
        def info(*_, **__):
            if error is not None:
                raise error

        monkeypatch.setattr(HfApi, "model_info", info)
        return machine.hub("Some/Model")[0]

    return answer


def test_a_hub_that_is_not_reached_does_not_know_or_may_not_be_asked(online, monkeypatch):
    assert online(None).text == "Some/Model is not in the hub's cache; it will be fetched"
    network = HfHubHTTPError.__bases__[0]
    bad = online(network("no network"))
    assert (bad.level, bad.text) == ("error", "Some/Model is not in the hub's cache, and the hub is not reached")
    http = import_module(network.__module__.partition(".")[0])
    response = http.Response(404, request=http.Request("GET", "https://hub"))
    assert online(HFValidationError("bad")).text.endswith("neither a folder nor the name of a model on the hub")
    bad = online(RepositoryNotFoundError("none", response=response))
    assert bad.text == "Some/Model is not in the hub's cache, and the hub answers 404"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    bad = online(None)
    assert bad.text == "Some/Model is not in the hub's cache, and HF_HUB_OFFLINE says not to fetch it"
    assert bad.mend == (
        "unset HF_HUB_OFFLINE, or fetch it where there is a network: hf download Some/Model; of a folder that is yet "
        "to be made, make it first"
    )


def test_a_model_of_assets_that_were_not_got_names_the_command(monkeypatch, tmp_path):
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path))
    (bad,) = machine.hub("assets:small")
    assert (bad.level, bad.kind) == ("error", "no_model")
    assert "affectreason assets get small" in bad.text


def test_a_name_that_no_repository_can_have_is_told(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (bad,) = machine.hub("some:thing")
    assert bad.text == "some:thing is not in the hub's cache, and HF_HUB_OFFLINE says not to fetch it"


def test_a_folder_with_a_model_asks_no_hub(qwen):
    assert machine.hub(qwen) == []
    assert Path(qwen).is_dir()


@pytest.mark.parametrize(("size", "text"), [(3 * 2**30, "3.0 GiB"), (1.5 * 2**20, "1.5 MiB"), (512, "0.5 KiB")])
def test_bytes_for_people(size, text):
    assert machine.gib(size) == text
