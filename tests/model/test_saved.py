import shutil
from types import SimpleNamespace

import pytest
import torch
from peft import get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn

from affectreason.errors import InputError
from affectreason.model import adapters, load, saved, tiny


def trainer(model, processes=1, zero=None):
    """What `verify_saved` asks of a trainer."""
    plugin = None if zero is None else SimpleNamespace(zero_stage=zero)
    accelerator = SimpleNamespace(
        num_processes=processes,
        state=SimpleNamespace(deepspeed_plugin=plugin),
        unwrap_model=lambda model, keep_fp32_wrapper: model,
    )
    return SimpleNamespace(model=model, accelerator=accelerator)


def tuned(source):
    """A model under an adapter whose effect is not nothing, and its processor."""
    model, processor = load.load(source)
    made = get_peft_model(model, adapters.lora_config({"r": 4}))
    torch.manual_seed(0)
    for name, parameter in made.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter, std=0.1)
    return made, processor


def changed(folder, change):
    file = next(folder.glob("*.safetensors"))
    weights = load_file(file)
    save_file(change(weights), file, metadata={"format": "pt"})


@pytest.mark.parametrize("kind", ["qwen2_5_vl", "llava", "affectgpt"])
def test_a_model_that_comes_back_as_it_was(models, tmp_path, kind, capfd):
    model, processor = load.load(models[kind])
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    saved.verify_saved(trainer(model), processor, tmp_path)
    assert "not loaded again" not in capfd.readouterr().err


@pytest.fixture(scope="module")
def omni(tmp_path_factory):
    """The folder of the tiny Qwen2.5-Omni, which sees and hears."""
    folder = tmp_path_factory.mktemp("omni")
    tiny.write("qwen2_5_omni", folder)
    return str(folder)


SEEN = {"qwen3_vl": {"pixel_values", "pixel_values_videos"}, "llava": {"pixel_values"}}


@pytest.mark.parametrize("kind", ["qwen3_vl", "llava", "qwen2_5_omni", "affectgpt"])
def test_the_probe_shows_each_medium_that_the_model_takes(models, omni, kind):
    model, processor = load.load(omni if kind == "qwen2_5_omni" else models[kind])
    _, batch = saved.probe(processor, model.device, model.dtype)
    before = saved.logits(model, batch)
    wanted = SEEN.get(kind, {"pixel_values", "pixel_values_videos", "input_features"})
    wanted = {"media_about"} if kind == "affectgpt" else wanted
    assert wanted <= set(batch)
    for key in wanted - {"media_about"}:
        other = {**batch, key: batch[key] + 1}
        assert (saved.logits(model, other) - before).abs().max() > 1e-3, key


def test_one_changed_weight_is_found(qwen, tmp_path):
    model, processor = load.load(qwen)
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    name = "model.language_model.layers.1.mlp.down_proj.weight"
    changed(tmp_path, lambda w: w | {name: w[name] + 1e-6})
    with pytest.raises(InputError, match=rf"1 of its weights have other values, first {name}; it does not count"):
        saved.verify_saved(trainer(model), processor, tmp_path)


def test_a_setting_that_weights_do_not_hold_is_found_by_the_logits(qwen, tmp_path):
    model, processor = load.load(qwen)
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    model.model.language_model.norm.variance_epsilon = 0.1
    with pytest.raises(InputError, match=r"its logits differ by up to \d.*, 1e-05 is allowed"):
        saved.verify_saved(trainer(model), processor, tmp_path)


def test_an_adapter_that_comes_back_and_leaves_the_trained_one_alone(qwen, tmp_path):
    model, processor = tuned(qwen)
    model.save_pretrained(tmp_path)
    before = {name: (one.requires_grad, one.detach().clone()) for name, one in model.named_parameters()}
    saved.verify_saved(trainer(model), processor, tmp_path)
    after = dict(model.named_parameters())
    assert set(after) == set(before)
    assert all(
        after[name].requires_grad == kept and torch.equal(after[name], one) for name, (kept, one) in before.items()
    )
    assert model.active_adapter == "default"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: {k: v * 1.1 for k, v in w.items()}, r"its logits differ by up to \d"),
        (lambda w: {k: v for k, v in w.items() if "layers.1." not in k}, r"14 of its weights are missing in its file"),
        (
            lambda w: w | {"base_model.model.more.lora_A.weight": torch.zeros(4, 4)},
            r"1 of its weights have no place in",
        ),
    ],
)
def test_an_adapter_that_is_another_one(qwen, tmp_path, change, message):
    model, processor = tuned(qwen)
    model.save_pretrained(tmp_path)
    changed(tmp_path, change)
    with pytest.raises(InputError, match=message):
        saved.verify_saved(trainer(model), processor, tmp_path)


@pytest.mark.parametrize("zero", [None, 2])
def test_one_of_several_processes_that_hold_it_whole_compares(qwen, tmp_path, zero, capsys):
    model, processor = tuned(qwen)
    model.save_pretrained(tmp_path)
    saved.verify_saved(trainer(model, processes=2, zero=zero), processor, tmp_path)
    assert capsys.readouterr().err == ""
    changed(tmp_path, lambda w: {k: v * 1.1 for k, v in w.items()})
    with pytest.raises(InputError, match=r"its logits differ by up to \d"):
        saved.verify_saved(trainer(model, processes=2, zero=zero), processor, tmp_path)


def test_where_nothing_is_compared_one_line_says_why(qwen, tmp_path, capsys, monkeypatch):
    model, processor = load.load(qwen)
    saved.verify_saved(trainer(model, zero=3), processor, tmp_path)
    assert "saved model not loaded again: ZeRO-3 holds it in parts; `affectreason chat`" in capsys.readouterr().err
    saved.verify_saved(trainer(model, processes=2, zero=3), processor, tmp_path)
    assert "ZeRO-3 holds it in parts" in capsys.readouterr().err
    with monkeypatch.context() as launched:
        launched.setenv("ACCELERATE_USE_FSDP", "true")
        saved.verify_saved(trainer(model, processes=2), processor, tmp_path)
    assert "saved model not loaded again: FSDP holds it in parts" in capsys.readouterr().err
    monkeypatch.setattr(saved.psutil, "virtual_memory", lambda: SimpleNamespace(available=1_000_000))
    saved.verify_saved(trainer(model), processor, tmp_path)
    assert "GB of memory, 0.0 GB are free" in capsys.readouterr().err


def test_tolerances_and_distances():
    small, large = torch.tensor([0.5]), torch.tensor([-40.0])
    assert saved.tolerance(torch.float32, small) == 1e-5
    assert saved.tolerance(torch.float32, large) == pytest.approx(4e-4)
    assert saved.tolerance(torch.bfloat16, small) == 8 / 128
    assert saved.apart(small, small + 1e-4, 1e-5) == "its logits differ by up to 0.0001, 1e-05 is allowed"
    assert saved.apart(small, small, 1e-5) is None
    assert "differ by up to nan" in str(saved.apart(small, small * float("nan"), 1e-5))
    assert saved.apart(small, torch.zeros(2), 1.0) == "its logits have the shape (2,), not (1,)"


def test_a_trained_model_is_left_in_training(qwen):
    model, processor = load.load(qwen)
    model.train()
    saved.logits(model, saved.probe(processor, model.device, model.dtype)[1])
    assert model.training


def test_an_adapter_in_part_is_refused_at_loading(qwen, tmp_path):
    model, _ = tuned(qwen)
    model.save_pretrained(tmp_path)
    shutil.copytree(tmp_path, tmp_path / "part")
    changed(tmp_path / "part", lambda w: {k: v for k, v in w.items() if "layers.1." not in k})
    with pytest.raises(InputError, match=r"would be applied in part: 14 of its weights are missing in its file, first"):
        load.load(qwen, adapter=str(tmp_path / "part"))


def test_an_adapter_of_another_rank_is_refused_at_loading(qwen, tmp_path):
    model, _ = tuned(qwen)
    model.save_pretrained(tmp_path)
    config = (tmp_path / "adapter_config.json").read_text()
    (tmp_path / "adapter_config.json").write_text(config.replace('"r": 4', '"r": 8'))
    with pytest.raises(
        InputError, match=r"of another rank than its adapter_config.json says \(r: 8\): \d+ of its weigh"
    ):
        load.load(qwen, adapter=str(tmp_path))
