import pytest
import torch
from transformers import AutoConfig

from affectreason.errors import InputError
from affectreason.model.prefusion_encoders import heard, hearing, seeing, seen

SIZE = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2}
SIGHT = {
    "clip_vision_model": {"projection_dim": 6},
    "siglip_vision_model": {},
    "dinov2": {"mlp_ratio": 1},
    "vit": {},
}
SOUND = {"conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}
LARGE = {"do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}
WHISPER = {"d_model": 16, "encoder_layers": 3, "encoder_attention_heads": 2, "decoder_layers": 1}
WHISPER |= {"decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "num_mel_bins": 8}
HEARD = {
    "hubert": {**SIZE, **SOUND, **LARGE},
    "wavlm": {**SIZE, **SOUND, **LARGE},
    "wav2vec2": {**SIZE, **SOUND},
    "whisper": WHISPER,
}


def eyes(kind, features):
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **SIZE, **SIGHT[kind], image_size=32, patch_size=8)
    return seeing(config, features).eval()


def ears(kind):
    torch.manual_seed(0)
    return hearing(AutoConfig.for_model(kind, **HEARD[kind])).eval()


@torch.no_grad()
@pytest.mark.parametrize("kind", SIGHT)
def test_each_frame_becomes_one_vector_or_one_a_patch(kind):
    pixels = torch.randn(3, 3, 32, 32)
    tower = eyes(kind, "clip")
    width = 6 if kind == "clip_vision_model" else 16
    vectors = seen(tower, pixels, "clip", -2, width)
    assert vectors.shape == (3, 1, width)
    whole = tower(pixel_values=pixels)
    assert torch.equal(vectors[:, 0], whole["image_embeds"] if kind == "clip_vision_model" else whole.pooler_output)
    tower = eyes(kind, "patch")
    patches = seen(tower, pixels, "patch", -2, 16)
    states = tower(pixel_values=pixels, output_hidden_states=True).hidden_states
    assert len(states) == 4
    assert torch.equal(patches, states[2][:, -16:])  # 16 patches behind the class token, where there is one
    torch.testing.assert_close(seen(tower, pixels[1:2], "patch", -2, 16), patches[1:2], atol=1e-5, rtol=0)
    assert seen(tower, pixels[:0], "clip", -2, width).shape == (0, 1, width)


@torch.no_grad()
@pytest.mark.parametrize("kind", HEARD)
def test_a_piece_of_sound_is_the_mean_of_the_last_layers(kind):
    """Of layers 2 and 3, the last with the encoder's own norm behind it, as transformers 4 had it."""
    tower, lengths = ears(kind), torch.tensor([32000, 32000])
    waves = torch.randn(2, 8, 3000) if kind == "whisper" else torch.randn(2, 32000)
    vectors = heard(tower, waves, lengths, 2, 16)
    found = tower(waves, output_hidden_states=True)
    there = 100 if kind == "whisper" else 99  # 2 s at 50 a second; the rest of Whisper's 30 s is padding
    by_hand = (found.hidden_states[2] + found.last_hidden_state)[:, :there].mean(1) / 2
    torch.testing.assert_close(vectors, by_hand, atol=1e-5, rtol=0)
    torch.testing.assert_close(heard(tower, waves[:1], lengths[:1], 2, 16), vectors[:1], atol=1e-5, rtol=0)
    assert heard(tower, waves[:0], lengths[:0], 2, 16).shape == (0, 16)


@torch.no_grad()
def test_padding_is_no_sound():
    """Half a second filled up to two is half a second; so long as the encoder was trained with a mask."""
    tower = ears("hubert")
    wave = torch.randn(1, 8000)
    padded = torch.cat([wave, torch.zeros(1, 24000)], 1)
    alone = heard(tower, wave, torch.tensor([8000]), 2, 16)
    torch.testing.assert_close(heard(tower, padded, torch.tensor([8000]), 2, 16), alone, atol=1e-5, rtol=0)
    assert (heard(tower, padded, torch.tensor([32000]), 2, 16) - alone).abs().max() > 1e-3
    assert heard(tower, torch.zeros(1, 32000), torch.tensor([10]), 2, 16).isfinite().all()  # silent, and very short


def test_an_encoder_without_a_grid_of_patches():
    tower = eyes("vit", "patch")
    tower.config.image_size = 512
    with pytest.raises(InputError, match="features=patch: vit does not say where its patches are; take features=clip"):
        seen(tower, torch.randn(1, 3, 32, 32), "patch", -2, 16)
