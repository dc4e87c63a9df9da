"""Adapters: as a source, over a base, of the Hub, and the ones that do not fit."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from affectreason.errors import InputError
from affectreason.model import adapters, load


@pytest.fixture(scope="module")
def adapter(qwen, tmp_path_factory):
    """A LoRA adapter of the tiny Qwen3-VL whose effect is not nothing, with its processor."""
    from peft import get_peft_model

    model, processor = load.load(qwen)
    folder = tmp_path_factory.mktemp("adapter")
    tuned = get_peft_model(model, adapters.lora_config({"r": 4}))
    torch.manual_seed(0)
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter, std=0.1)
    tuned.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def logits(model):
    with torch.no_grad():
        return model(input_ids=torch.arange(20, 40)[None]).logits


def test_an_adapter_is_a_source(qwen, adapter):
    base, _ = load.load(qwen)
    over, processor = load.load(str(adapter))
    named, _ = load.load(qwen, adapter=str(adapter))
    assert processor.image_processor is not None
    torch.testing.assert_close(logits(over), logits(named))
    assert (logits(over) - logits(base)).abs().max() > 1e-3
    assert not any(parameter.requires_grad for parameter in over.parameters())
    learning, _ = load.load(str(adapter), trainable=True)
    assert {"lora" in name for name, p in learning.named_parameters() if p.requires_grad} == {True}


def test_two_adapters_are_refused(adapter):
    with pytest.raises(InputError, match="is an adapter itself; give model= its base and adapter= one adapter"):
        load.load(str(adapter), adapter=str(adapter))


def test_an_adapter_of_another_class(models, adapter):
    with pytest.raises(
        InputError,
        match=r"was trained on .*qwen3_vl' and does not fit .*: its base is a qwen3_vl, this is a llava; give that",
    ):
        load.load(models["llava"], adapter=str(adapter))


def test_the_base_that_an_adapter_names_runs_no_code_of_its_own(adapter, models, tmp_path, monkeypatch):
    base = tmp_path / "base"
    base.mkdir()
    (base / "config.json").write_text('{"model_type": "mine_own", "auto_map": {"AutoConfig": "mine.Config"}}')
    (base / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Config: pass\n")
    other = Path(shutil.copytree(adapter, tmp_path / "other"))
    config = json.loads((other / "adapter_config.json").read_text())
    (other / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": str(base)}))
    monkeypatch.setattr("builtins.input", lambda *_: "y")  # else transformers asks at a terminal
    with pytest.raises(InputError, match=r"adapter .*other: its processor is a Qwen3VLProcessor, its base's a Llava"):
        load.load(models["llava"], adapter=str(other))
    with pytest.raises(InputError, match=r"cannot load model .*base': it needs Python code of its own, which is not"):
        load.load(str(other))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda name, tensor: (name, tensor[:, :7]) if "lora_A" in name else (name, tensor),
            r"has 256 in_features, the adapter 7",
        ),
        (
            lambda name, tensor: (name, tensor[:7]) if "lora_B" in name else (name, tensor),
            r"out_features, the adapter 7",
        ),
        (
            lambda name, tensor: (name.replace("layers.2", "layers.9"), tensor),
            r"the model has no layer model.language_model.layers.9",
        ),
    ],
)
def test_an_adapter_of_other_sizes(qwen, adapter, tmp_path, change, message):
    other = Path(shutil.copytree(adapter, tmp_path / "other"))
    weights = dict(change(name, tensor) for name, tensor in load_file(other / "adapter_model.safetensors").items())
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, other / "adapter_model.safetensors")
    with pytest.raises(InputError, match=message):
        load.load(qwen, adapter=str(other))


def test_a_damaged_adapter(qwen, adapter, tmp_path):
    other = Path(shutil.copytree(adapter, tmp_path / "other"))
    (other / "adapter_model.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="its weights cannot be read"):
        load.load(qwen, adapter=str(other))
    (other / "adapter_model.safetensors").unlink()
    with pytest.raises(InputError, match=r"it holds no adapter_model.safetensors"):
        load.load(qwen, adapter=str(other))
    config = json.loads((other / "adapter_config.json").read_text())
    (other / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": None}))
    with pytest.raises(InputError, match=r"adapter_config.json names no base model"):
        load.load(str(other))
    (other / "adapter_config.json").write_text("{")
    with pytest.raises(InputError, match=r"adapter_config.json: not JSON"):
        load.load(str(other))
    (other / "adapter_config.json").write_text("[]")
    for given in ({"source": str(other)}, {"source": qwen, "adapter": str(other)}):
        with pytest.raises(InputError, match=r"adapter_config.json: it holds no settings \(no JSON object\); fetch"):
            load.load(**given)
    for kind in (None, "NONSENSE"):
        (other / "adapter_config.json").write_text(json.dumps({**config, "peft_type": kind}))
        said = rf"adapter .*other: its adapter_config.json has peft_type: {kind}, which this PEFT does not know; it is"
        with pytest.raises(InputError, match=said):
            load.load(qwen, adapter=str(other))
    with pytest.raises(InputError, match=r"is no adapter: it has no adapter_config.json"):
        load.load(qwen, adapter=str(tmp_path))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"peft_type": "IA3"},
            r"has peft_type: IA3, and only LoRA adapters \(LORA\) are put on a model here; where its",
        ),
        (
            {"peft_type": "PREFIX_TUNING", "num_virtual_tokens": 4},
            r"has peft_type: PREFIX_TUNING, and only LoRA adapters",
        ),
        ({"peft_type": ["LORA"]}, r"has peft_type: \['LORA'\], which this PEFT does not know"),
        (
            {"peft_type": ...},
            r"has peft_type: None, which this PEFT does not know; it is LORA for a LoRA adapter; fetch",
        ),
        ({"r": ...}, r"has r: None, and the rank of a LoRA adapter is a whole number from 1; fetch the adapter again"),
        ({"r": "four"}, r"has r: four, and the rank of a LoRA adapter is a whole number from 1"),
        ({"r": 0}, r"has r: 0, and the rank of a LoRA adapter"),
        (
            {"layers_to_transform": [0], "layers_pattern": "x", "target_modules": "q"},
            r"PEFT cannot make it as its adapter",
        ),
        ({"bias": "weird"}, r"PEFT cannot make it .* \(NotImplementedError: .*bias: weird"),
        ({"megatron_config": {"x": 1}}, r"says, PEFT needs megatron, which is not installed: pip install megatron$"),
        (
            {"lora_alpha": "much"},
            r"PEFT cannot make it as its adapter_config.json says \(TypeError: .*\); fetch the adapter",
        ),
        (
            {"target_modules": ["no_such_layer"]},
            r"PEFT cannot make it as its adapter_config.json says \(\w+: No modules were .*; fetch the adapter again",
        ),
    ],
)
def test_settings_of_another_kind_or_not_whole(adapter, tmp_path, changes, said):
    other = Path(shutil.copytree(adapter, tmp_path / "other"))
    config = json.loads((other / "adapter_config.json").read_text()) | changes
    whole = {key: value for key, value in config.items() if value is not ...}
    (other / "adapter_config.json").write_text(json.dumps(whole))
    with pytest.raises(InputError, match=rf"adapter .*other: .*{said}"):
        load.load(str(other))


def test_a_stage_goes_on_with_an_adapter_as_it_is(recipe, adapter):
    found = recipe(sft__lora={"r": 8})
    with pytest.raises(InputError, match=r"is an adapter with r: 4, not 8; an adapter goes on as it is"):
        load.for_stage(found, found.stage("sft"), str(adapter))
    for lora in ({}, {"r": 4}):
        found = recipe(sft__lora=lora)
        model, _ = load.for_stage(found, found.stage("sft"), str(adapter))
        assert {"lora" in name for name, p in model.named_parameters() if p.requires_grad} == {True}


def test_a_stage_without_lora_goes_on_with_the_merged_model(recipe, adapter, qwen, capsys):
    found = recipe(sft__freeze=["vision"])
    model, _ = load.for_stage(found, found.stage("sft"), str(adapter))
    assert capsys.readouterr().err == f"sft: {adapter} is merged into its base, since this stage has no lora:\n"
    torch.testing.assert_close(logits(model), logits(load.load(str(adapter))[0]), atol=1e-4, rtol=1e-4)
    assert not hasattr(model, "peft_config")
    assert [n for n, _ in model.named_parameters()] == [n for n, _ in load.load(qwen)[0].named_parameters()]
    assert {load.part_of(name) for name, p in model.named_parameters() if p.requires_grad} == {"projector", "language"}


@pytest.fixture
def shared(hub, adapter, qwen):
    """The adapter as a repository of the stand-in, whose base is another repository, or anything else."""

    def put(base="ann/base", **changes):
        hub.add("ann/base", {path.name: path.read_bytes() for path in Path(qwen).iterdir()})
        files = {path.name: path.read_bytes() for path in adapter.iterdir()}
        config = json.loads(files["adapter_config.json"]) | {"base_model_name_or_path": base} | changes
        hub.add("ann/face", files | {"adapter_config.json": json.dumps(config)})

    return put


def test_an_adapter_of_the_hub_is_a_source(shared, adapter, recipe):
    shared()
    model, processor = load.load("ann/face")
    assert model.name_or_path == "ann/base"
    assert processor.image_processor is not None
    torch.testing.assert_close(logits(model), logits(load.load(str(adapter))[0]))
    found = recipe(sft__init="ann/face", sft__lora={})
    begun, _ = load.for_stage(found, found.stage("sft"), "ann/face")
    assert {"lora" in name for name, p in begun.named_parameters() if p.requires_grad} == {True}
    with pytest.raises(InputError, match=r"ann/face is an adapter with r: 4, not 8; an adapter goes on as it is"):
        load.for_stage(recipe(sft__lora={"r": 8}), recipe(sft__lora={"r": 8}).stage("sft"), "ann/face")
    with pytest.raises(InputError, match=r"ann/face is an adapter itself; give model= its base and adapter= one ad"):
        load.load("ann/face", adapter=str(adapter))


def test_an_adapter_of_the_hub_for_another_base_or_rank(shared, models, hub):
    shared(base=models["llava"])
    with pytest.raises(InputError, match=r"adapter ann/face: its processor is a Qwen3VLProcessor, its base's a Llava"):
        load.load("ann/face")
    hub_cache_is_old()
    shared(r=8)
    with pytest.raises(
        InputError, match=r"^adapter ann/face is of another rank than its adapter_config.json says \(r: 8"
    ):
        load.load("ann/face")
    hub_cache_is_old()
    shared(base="/home/ann/base")
    said = (
        r"ann/face: its adapter_config.json names the base /home/ann/base, a folder that is not here; where you have "
        r"that model, give it as model= and this as adapter=, or make one of both: affectreason merge adapter=ann/face "
        r"base=MODEL out=FOLDER"
    )
    with pytest.raises(InputError, match=said):
        load.load("ann/face")
    hub_cache_is_old()
    shared(base=None)
    with pytest.raises(InputError, match=r"ann/face: its adapter_config.json names no base model; give it as model="):
        load.load("ann/face")


def hub_cache_is_old():
    """Forget what was fetched, for the stand-in has one commit alone."""
    from huggingface_hub import constants

    from affectreason.model.hub import adapter_folder

    shutil.rmtree(constants.HF_HUB_CACHE)
    adapter_folder.cache_clear()


def test_settings_that_nobody_may_read(tmp_path, monkeypatch):
    (tmp_path / "adapter_config.json").write_text("{}")

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refused)
    said = r"adapter_config.json: it cannot be read \(Permission denied\); see who may read it"
    with pytest.raises(InputError, match=said):
        adapters.config_of(str(tmp_path))
