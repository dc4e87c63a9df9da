import json
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import torch
from peft import get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoProcessor

from affectreason.errors import InputError
from affectreason.model import adapters, draft, load, merge, saved


def write_adapter(source, folder, rank=4):
    """A LoRA adapter whose effect is not nothing, and its processor with a chat template of its own."""
    model, processor = load.load(source)
    tuned = get_peft_model(model, adapters.lora_config({"r": rank}))
    torch.manual_seed(0)
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter, std=0.1)
    tuned.save_pretrained(folder)
    if getattr(processor, "chat_template", None):
        processor.chat_template = "{# mine #}" + processor.chat_template
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapter(qwen, tmp_path_factory):
    """An adapter of the tiny Qwen3-VL."""
    return write_adapter(qwen, tmp_path_factory.mktemp("adapter"))


@pytest.mark.parametrize("kind", ["qwen2_5_vl", "affectgpt"])
def test_the_merged_model_is_the_same_model(models, tmp_path, kind):
    folder = write_adapter(models[kind], tmp_path / "adapter")
    done = merge.merge(str(folder), tmp_path / "merged")
    worn, _ = load.load(str(folder))
    merged, processor = load.load(str(tmp_path / "merged"))
    assert not hasattr(merged, "peft_config")
    _, batch = saved.probe(processor, merged.device, merged.dtype)
    expected = saved.logits(worn, batch)
    assert done.apart <= done.allowed == pytest.approx(1e-5 * max(1, float(expected.abs().max())))
    assert float((saved.logits(merged, batch) - expected).abs().max()) == done.apart
    assert (saved.logits(load.load(models[kind])[0], batch) - expected).abs().max() > 1e-3
    assert done.dtype == "float32"
    assert done.base == models[kind]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter", "merged"]


def test_processor_template_and_generation_go_with_it(adapter, tmp_path):
    merge.merge(str(adapter), tmp_path / "merged")
    names = {path.name for path in (tmp_path / "merged").iterdir()}
    assert {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json"} <= names
    assert {"chat_template.jinja", "processor_config.json", "tokenizer_config.json"} <= names
    assert AutoProcessor.from_pretrained(tmp_path / "merged").chat_template.startswith("{# mine #}")


def test_bfloat16_has_the_tolerance_of_its_precision(adapter, tmp_path):
    done = merge.merge(str(adapter), tmp_path / "merged", dtype="bfloat16")
    assert done.dtype == "bfloat16"
    assert 0 < done.apart <= done.allowed
    assert done.allowed >= 8 / 128


def test_an_adapter_with_a_tokenizer_alone_has_the_pictures_of_its_base(adapter, tmp_path):
    folder = tmp_path / "adapter"
    shutil.copytree(adapter, folder)
    (folder / "processor_config.json").unlink()
    merge.merge(str(folder), tmp_path / "merged")
    found = AutoProcessor.from_pretrained(tmp_path / "merged")
    assert found.chat_template.startswith("{# mine #}")
    assert found.image_processor is not None


def test_a_folder_in_a_file(adapter, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match=r"cannot write .*file/merged: Not a directory; name another folder with out="):
        merge.merge(str(adapter), tmp_path / "file" / "merged")
    assert (tmp_path / "file").read_text() == "mine"


def test_what_exists_is_left_alone(adapter, tmp_path):
    with pytest.raises(InputError, match=r"out=.* exists and is left alone; name a new folder"):
        merge.merge(str(adapter), tmp_path)


def test_a_draft_that_was_not_begun_here_is_left_alone(adapter, tmp_path):
    theirs = tmp_path / "merged.part"
    theirs.mkdir()
    (theirs / "mine.txt").write_text("mine")
    with pytest.raises(
        InputError, match=r"cannot write .*merged: it is written as .*merged.part first, and that is th"
    ):
        merge.merge(str(adapter), tmp_path / "merged")
    assert (theirs / "mine.txt").read_text() == "mine"
    (theirs / draft.MARK).touch()  # as a merge that was killed leaves it
    merge.merge(str(adapter), tmp_path / "merged")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["merged"]
    assert not (tmp_path / "merged" / draft.MARK).exists()


def test_what_is_in_the_way_is_told_before_weights_are_read(adapter, tmp_path, monkeypatch):
    monkeypatch.setattr(merge, "_loaded", None)
    (tmp_path / "merged.part").mkdir()
    (tmp_path / "merged.part" / "mine").touch()
    with pytest.raises(InputError, match=r"that is there already and was not begun here"):
        merge.merge(str(adapter), tmp_path / "merged")
    with draft.beside(tmp_path / "other"), pytest.raises(InputError, match=rf"another run \(pid {os.getpid()} on "):
        merge.merge(str(adapter), tmp_path / "other")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write .*file/merged: Not a directory; name another folder with out="):
        merge.merge(str(adapter), tmp_path / "file" / "merged")


def test_no_adapter_and_no_base(adapter, tmp_path, qwen):
    with pytest.raises(InputError, match=r"is no adapter: there is no .*adapter_config.json"):
        merge.merge(qwen, tmp_path / "merged")
    copy = Path(shutil.copytree(adapter, tmp_path / "copy"))
    config = json.loads((copy / "adapter_config.json").read_text())
    (copy / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": None}))
    with pytest.raises(
        InputError, match=r"names no base model; .*: affectreason merge adapter=.*copy base=MODEL out=FOLDER"
    ):
        merge.merge(str(copy), tmp_path / "merged")
    assert merge.merge(str(copy), tmp_path / "merged", base=qwen).base == qwen


def test_an_adapter_of_another_base_rank_or_shape(adapter, models, tmp_path):
    with pytest.raises(InputError, match=r"does not fit .*: its base is a qwen3_vl, this is a llava; give that base"):
        merge.merge(str(adapter), tmp_path / "merged", base=models["llava"])
    ranked = Path(shutil.copytree(adapter, tmp_path / "rank"))
    text = (ranked / "adapter_config.json").read_text()
    (ranked / "adapter_config.json").write_text(text.replace('"r": 4', '"r": 16'))
    with pytest.raises(InputError, match=r"is of another rank than its adapter_config.json says \(r: 16\)"):
        merge.merge(str(ranked), tmp_path / "merged")
    cut = Path(shutil.copytree(adapter, tmp_path / "cut"))
    weights = load_file(cut / "adapter_model.safetensors")
    short = {key: one[:, :9].contiguous() if "lora_A" in key else one for key, one in weights.items()}
    save_file(short, cut / "adapter_model.safetensors")
    with pytest.raises(InputError, match=r"has 256 in_features, the adapter 9"):
        merge.merge(str(cut), tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_disk_with_too_little_room(adapter, tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(merge.shutil, "disk_usage", lambda place: usage(2_000_000))
    with pytest.raises(
        InputError, match=r"the merged model takes 0.0\d GB, and 0.00 GB are free there; free space, or"
    ):
        merge.merge(str(adapter), tmp_path / "deep" / "merged")
    assert not (tmp_path / "deep").exists()


def test_a_disk_that_fills_up_leaves_nothing(adapter, tmp_path, full_disk):
    with full_disk(100_000), pytest.raises(InputError, match=r"cannot write .*merged: .*; free space there, then run"):
        merge.merge(str(adapter), tmp_path / "merged")
    assert list(tmp_path.iterdir()) == []


def test_a_merged_model_that_is_another_one_is_not_kept(adapter, tmp_path, monkeypatch):
    monkeypatch.setattr(merge.saved, "tolerance", lambda dtype, reference: -1.0)
    with pytest.raises(
        InputError, match=r"the merged model is not the same: its logits differ by up to .*; nothing is"
    ):
        merge.merge(str(adapter), tmp_path / "merged")
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_not_numbers(adapter, tmp_path):
    copy = Path(shutil.copytree(adapter, tmp_path / "copy"))
    weights = load_file(copy / "adapter_model.safetensors")
    save_file({key: one * float("nan") for key, one in weights.items()}, copy / "adapter_model.safetensors")
    with pytest.raises(InputError, match=r"cannot be merged: NaNs detected"):
        merge.merge(str(copy), tmp_path / "merged")
