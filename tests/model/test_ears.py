"""Audio encoders after loading: what learns, and what short sounds are heard as."""

import pytest
import torch
import transformers as hf

from affectreason.model import ears, load, tiny

LENGTHS = (8, 9, 41, 60, 99)  # frames of 10 ms; a chunk has 100


@pytest.fixture(scope="module")
def omni(tmp_path_factory):
    folder = tmp_path_factory.mktemp("omni")
    tiny.write("qwen3_omni", folder)
    return load.load(str(folder), dtype="float32")[0].eval()


def heard(model, lengths):
    """What the encoder makes of sounds of so many frames, of which one that is there twice is the same twice."""
    most = max(lengths)
    sounds = [torch.randn(32, n, generator=torch.Generator().manual_seed(n)) for n in lengths]
    spectra = torch.stack([torch.nn.functional.pad(one, (0, most - one.shape[1])) for one in sounds])
    mask = torch.arange(most) < torch.tensor(lengths)[:, None]
    with torch.no_grad():
        found = model.get_audio_features(input_features=spectra, feature_attention_mask=mask.long())
    tokens = [len(model.get_audio_features(spectra[i : i + 1, :, :n], mask[i : i + 1, :n].long()).last_hidden_state)
              for i, n in enumerate(lengths)]  # fmt: skip
    return found.last_hidden_state.split(tokens)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_short_sound_is_heard_alone_as_beside_others(omni, length):
    alone = heard(omni, [length])[0]
    torch.testing.assert_close(alone, heard(omni, [length, 250])[0], atol=1e-6, rtol=0)
    torch.testing.assert_close(alone, heard(omni, [100, length])[1], atol=1e-6, rtol=0)
    torch.testing.assert_close(alone, heard(omni, [*LENGTHS, length])[-1], atol=1e-6, rtol=0)


@pytest.mark.parametrize("length", [100, 171, 200])
def test_a_long_sound_is_heard_as_transformers_hears_it(omni, length, monkeypatch):
    ours = heard(omni, [length])[0]
    monkeypatch.setattr(omni.model.audio_tower, "_forward_pre_hooks", {})
    torch.testing.assert_close(ours, heard(omni, [length])[0], atol=0, rtol=0)


def test_transformers_by_itself_hears_the_end_of_a_short_sound_otherwise(omni, monkeypatch):
    """What is mended here; where this fails, `_whole_chunks` can go."""
    monkeypatch.setattr(omni.model.audio_tower, "_forward_pre_hooks", {})
    assert float((heard(omni, [60])[0] - heard(omni, [60, 250])[0]).abs().max()) > 1e-4


def trainable(model):
    return sum(one.numel() for one in model.parameters() if one.requires_grad)


@pytest.fixture(scope="module")
def gpt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("affectgpt")
    tiny.write("affectgpt", folder)
    return str(folder)


def test_the_table_of_positions_does_not_learn_after_loading(gpt, tmp_path):
    """100 places of 64 numbers, in Whisper's own class frozen from the beginning."""
    model, _ = load.load(gpt)
    every = sum(one.numel() for one in model.parameters())
    assert trainable(model) == every - 100 * 64
    model.save_pretrained(tmp_path / "saved")
    load.AutoProcessor.from_pretrained(gpt).save_pretrained(tmp_path / "saved")
    again, _ = load.load(str(tmp_path / "saved"))
    assert trainable(again) == trainable(model)
    assert trainable(type(model)(model.config)) == trainable(model)  # as transformers makes it before it loads weights


def test_a_whole_encoder_that_is_let_learn_keeps_its_table_still(gpt):
    model, _ = load.load(gpt)
    ears.still(model.requires_grad_(True))
    still = [name for name, one in model.named_parameters() if not one.requires_grad]
    assert still == ["model.audio_tower.embed_positions.weight"]


def test_a_table_that_was_made_to_learn_goes_on_learning():
    """Only Whisper's is of sines: others of that name are learned ones."""
    config = hf.Speech2TextConfig(d_model=8, encoder_layers=1, encoder_attention_heads=1, encoder_ffn_dim=8)
    tower = torch.nn.Module()
    tower.config, tower.embed_positions = config, torch.nn.Embedding(4, 8)
    ears.still(torch.nn.ModuleDict({"audio_tower": tower}))
    assert tower.embed_positions.weight.requires_grad
