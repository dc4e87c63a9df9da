import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from affectreason.errors import InputError
from affectreason.model import adapters, load

PARTS = {
    "qwen3_vl": ("model.visual.blocks", ("model.visual.merger", "model.visual.deepstack_merger_list")),
    "qwen2_vl": ("model.visual.blocks", ("model.visual.merger",)),
    "qwen2_5_vl": ("model.visual.blocks", ("model.visual.merger",)),
    "llava": ("model.vision_tower", ("model.multi_modal_projector",)),
    "llava_onevision": ("model.vision_tower", ("model.multi_modal_projector", "model.image_newline")),
}


@pytest.fixture
def copy(qwen, tmp_path):
    """A tiny model's folder that a test may damage."""
    return Path(shutil.copytree(qwen, tmp_path / "model"))


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


def test_an_empty_and_a_missing_folder(tmp_path):
    with pytest.raises(InputError, match=r"is no model folder: it has no config.json; give the folder a stage left"):
        load.load(str(tmp_path))
    with pytest.raises(InputError, match=r"is no model folder: it does not exist"):
        load.load(str(tmp_path / "runs" / "none"))


def test_a_hub_id_that_is_not_here():
    with pytest.raises(InputError, match="cannot load model 'nobody/nothing'"):
        load.load("nobody/nothing")


@pytest.mark.parametrize("left", [0, 100, 3_000_000])
def test_truncated_weights(copy, left):
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(InputError, match=r"cannot load model .*: Error while deserializing header"):
        load.load(str(copy))


def test_weights_that_are_not_whole_are_not_made_up(copy):
    weights = load_file(copy / "model.safetensors")
    del weights["model.language_model.layers.1.mlp.down_proj.weight"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"1 of its weights are missing, first model.language_model.layers.1.mlp.down"):
        load.load(str(copy))


def test_weights_of_another_size(copy):
    weights = load_file(copy / "model.safetensors")
    name = "model.language_model.layers.1.mlp.down_proj.weight"
    weights[name] = weights[name][:, :10].contiguous()
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"its weights have other sizes than its config.json says"):
        load.load(str(copy))


def test_a_folder_without_weights_or_tokenizer(copy):
    (copy / "tokenizer.json").unlink()
    (copy / "tokenizer_config.json").unlink()
    with pytest.raises(InputError, match=r"it has no tokenizer; tokenizer.json is missing there"):
        load.load(str(copy))
    (copy / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"cannot load model .*: Error no file named model.safetensors"):
        load.load(str(copy))


def test_a_model_of_words_alone_is_refused(tmp_path):
    import transformers as hf

    from affectreason.model import tiny

    tiny.tokenizer(tiny.QWEN_MARKS).save_pretrained(tmp_path)
    hf.GPT2LMHeadModel(hf.GPT2Config(n_embd=32, n_layer=1, n_head=2, vocab_size=600)).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="cannot load model"):
        load.load(str(tmp_path))


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
    with pytest.raises(InputError, match=r"is no adapter: it has no adapter_config.json"):
        load.load(qwen, adapter=str(tmp_path))


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


@pytest.mark.parametrize("kind", PARTS)
def test_each_part_freezes_alone(kind, models):
    tower, projector = PARTS[kind]
    begins = {"vision": (tower,), "projector": projector, "language": ("model.language_model",)}
    for part, prefixes in begins.items():
        model, _ = load.load(models[kind])
        load.freeze(model, [part])
        frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
        assert all(any(name.startswith(prefix) for name in frozen) for prefix in prefixes)
        assert {load.part_of(name) for name in frozen} == {part}
        assert not any(load.part_of(name) == part for name, p in model.named_parameters() if p.requires_grad)
    assert None not in {load.part_of(name) for name, _ in model.named_parameters()}


def test_a_part_that_is_not_there():
    with pytest.raises(InputError, match="freeze: Linear has no part called 'vision'"):
        load.freeze(nn.Linear(2, 2), ["vision"])


@pytest.mark.parametrize("kind", ["qwen3_vl", "qwen2_vl", "qwen2_5_vl"])
def test_pixels_bound_pictures_and_frames(kind, models, drawn):
    from affectreason.model import collate
    from affectreason.recipe import prompts

    def tokens(sample, **bounds):
        _, processor = load.load(models[kind], **bounds)
        batch = collate.prompt_batch(
            processor, [prompts.messages(sample, prompts.TINY)], [collate.load_media(sample, 8.0, 4)], "left"
        )
        grid = batch["image_grid_thw"] if sample.media[0].kind == "image" else batch["video_grid_thw"]
        return int(grid[0, 1] * grid[0, 2])

    for sample in (drawn["pictures"][0], drawn["clips"][0]):
        assert tokens(sample) == 36
        assert tokens(sample, max_pixels=4300) == 16
    assert tokens(drawn["pictures"][0], min_pixels=40000, max_pixels=60000) > 100


@pytest.mark.parametrize("kind", ["llava", "llava_onevision"])
def test_pixels_of_one_size_are_refused(kind, models):
    with pytest.raises(
        InputError, match=r"media.min_pixels and media.max_pixels do nothing for \w+ImageProcessor, which"
    ):
        load.load(models[kind], max_pixels=1000)


def test_flash_attention_falls_back_with_one_line(qwen, capsys):
    model, _ = load.load(qwen, attn_implementation="flash_attention_2")
    assert model.config._attn_implementation == "sdpa"
    assert capsys.readouterr().err.count("\n") == 1
    load.available_attention("flash_attention_2")
    assert (
        capsys.readouterr().err
        == "attention: flash-attn is not installed (pip install affectreason[flash]); using sdpa\n"
    )


def test_flex_attention_without_a_gpu_falls_back_with_one_line(capsys):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert load.available_attention("flex_attention") == "sdpa"
    assert capsys.readouterr().err == "attention: there is no CUDA device; using sdpa\n"


def test_a_made_up_model_keeps_its_name():
    model, processor = load.load("tiny:qwen3_vl")
    assert model.name_or_path == "tiny:qwen3_vl"
    assert len(processor.tokenizer) > 500
