import importlib.util
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from affectreason.errors import InputError
from affectreason.model import load

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


def test_an_empty_and_a_missing_folder(tmp_path):
    with pytest.raises(InputError, match=r"is no model folder: it has no config.json; give the folder a stage left"):
        load.load(str(tmp_path))
    with pytest.raises(InputError, match=r"is no model folder: it does not exist"):
        load.load(str(tmp_path / "runs" / "none"))


def test_a_hub_id_that_is_not_here():
    with pytest.raises(InputError, match="cannot load model 'nobody/nothing'"):
        load.load("nobody/nothing")


def test_a_folder_that_was_deleted_is_not_taken_for_a_hub_id(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "merged" / "one").mkdir(parents=True)
    with pytest.raises(
        InputError, match=r"merged/on is no model folder: no such folder; in merged: did you mean 'one'"
    ):
        load.load("merged/on")
    with pytest.raises(
        InputError, match=r"cannot load model 'gone/one': there is no such folder, and no such repositor"
    ):
        load.load("gone/one")


@pytest.mark.parametrize("left", [0, 100, 3_000_000])
def test_truncated_weights(copy, left):
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(InputError, match=r"cannot load model .*: Error while deserializing header"):
        load.load(str(copy))


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", "processor_config.json"])
@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda whole: whole[: len(whole) // 2], r"is cut off or no JSON \(.*\)"),
        (lambda whole: b"", "is empty"),
        (lambda whole: b"[]", r"holds no settings \(a list, no JSON object\)"),
    ],
)
def test_settings_that_are_damaged_are_named(copy, name, damage, why):
    (copy / name).write_bytes(damage((copy / name).read_bytes()))
    with pytest.raises(InputError, match=rf"cannot load model .*model/{name} {why}; fetch the model again, or give"):
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
    (copy / "model.safetensors").rename(copy / "elsewhere")
    with pytest.raises(InputError, match=r"cannot load model .*: Error no file named model.safetensors"):
        load.load(str(copy))
    (copy / "tokenizer.json").unlink()
    (copy / "tokenizer_config.json").unlink()
    with pytest.raises(InputError, match=r"it has no tokenizer; tokenizer.json is missing there"):
        load.load(str(copy))  # before any weights are looked for


def test_a_model_of_words_alone_is_refused(tmp_path):
    import transformers as hf

    from affectreason.model import tiny

    tiny.tokenizer(tiny.QWEN_MARKS).save_pretrained(tmp_path)
    hf.GPT2LMHeadModel(hf.GPT2Config(n_embd=32, n_layer=1, n_head=2, vocab_size=600)).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="cannot load model"):
        load.load(str(tmp_path))


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


def test_flash_attention_knows_no_float32(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    assert load.available_attention("flash_attention_2", "bfloat16") == "flash_attention_2"
    assert capsys.readouterr().err == ""
    assert load.available_attention("flash_attention_2", "float32") == "sdpa"
    assert capsys.readouterr().err == (
        "attention: flash-attn computes in bfloat16 or float16 alone, and dtype is float32; using sdpa\n"
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


def test_a_folder_below_home_and_one_of_nobody(qwen, monkeypatch):
    monkeypatch.setenv("HOME", str(Path(qwen).parent))
    assert load.load(f"~/{Path(qwen).name}")[0].name_or_path == qwen
    with pytest.raises(InputError, match=r"~nobody_here/model is no model folder: it does not exist; give the folder"):
        load.load("~nobody_here/model")
