import pytest
import torch

from affectreason.errors import InputError
from affectreason.model import prefusion_config, prefusion_parts, tiny
from affectreason.model.prefusion_config import BRANCHES, PrefusionConfig
from affectreason.model.prefusion_parts import Experts, Fusion, Steps, steps

SMALL = {
    "vision_config": {
        "model_type": "clip_vision_model",
        "hidden_size": 8,
        "projection_dim": 6,
        "num_attention_heads": 2,
    },
    "audio_config": {"model_type": "hubert", "hidden_size": 10, "num_attention_heads": 2},
    "text_config": {"model_type": "qwen2", "hidden_size": 12},
}
SIZES = {"fusion_width": 5, "qformer_width": 8, "qformer_heads": 2, "gate_width": 4, "gate_heads": 2}


def small(**choices):
    """A configuration of a few numbers: six a frame, ten a piece of sound, twelve for the language model."""
    return PrefusionConfig(**SMALL, **{**SIZES, **choices})


def one(vectors):
    """Steps of one medium, a second each."""
    found = torch.tensor(vectors)
    return steps([(found, torch.arange(len(found)))], found[:0])


def put(layer, weight, bias=None):
    """Give a linear layer its numbers."""
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(bias) if bias is not None else torch.zeros_like(layer.bias))


def called(made, config, media, first):
    """What stands between, of media given as branch, steps and seed."""
    width = prefusion_config.widths(config)
    drawn = [(name, randn(length, width[name], seed), torch.arange(length)) for name, length, seed in media]
    return made(drawn, first, {name: torch.zeros(0, size) for name, size in width.items()})


def randn(length, width, seed):
    return torch.randn(length, width, generator=torch.Generator().manual_seed(seed))


def test_the_defaults_are_those_of_the_paper():
    found = PrefusionConfig()
    assert (found.vision_config.model_type, found.audio_config.model_type, found.text_config.model_type) == (
        "clip_vision_model", "hubert", "qwen2",
    )  # fmt: skip
    assert prefusion_config.widths(found) == {"face": 768, "frame": 768, "audio": 1024}
    assert (found.vision_config.patch_size, found.vision_config.image_size, found.vision_config.num_hidden_layers) == (
        14, 224, 24,
    )  # fmt: skip
    assert (found.frames, found.pieces, found.piece_seconds, found.audio_layers) == (8, 8, 2.0, 4)
    assert (found.branch, found.fusion, found.features, found.projector) == ("attention", "attention", "clip", "plain")
    assert (found.query_tokens, found.fused_tokens, found.fusion_width, found.qformer_layers) == (1, 1, 1024, 2)
    with torch.device("meta"):
        made = Fusion(found)
    sizes = {name: tuple(one.shape) for name, one in made.named_parameters() if name.endswith("weight")}
    assert sizes == {
        **{f"branches.{name}.pool.score.weight": (1, w) for name, w in prefusion_config.widths(found).items()},
        **{f"branches.{name}.project.weight": (3584, w) for name, w in prefusion_config.widths(found).items()},
        **{f"fused.reduce.{name}.weight": (1024, w) for name, w in prefusion_config.widths(found).items()},
        "fused.mix.weight": (1024, 3 * 1024),
        "fused.weigh.weight": (3, 1024),
        "fused.project.weight": (3584, 1024),
    }


def test_the_adapter_of_the_paper_has_its_size():
    from peft import get_peft_model

    from affectreason.model import adapters, prefusion

    config = PrefusionConfig()
    layers, config.text_config.num_hidden_layers, config.text_config.layer_types = 28, 1, ["full_attention"]
    config.vision_config.num_hidden_layers = config.audio_config.num_hidden_layers = 1
    with torch.device("meta"):
        model = prefusion.PrefusionForConditionalGeneration(config)
        adapted = get_peft_model(model, adapters.lora_config({"r": 16, "lora_alpha": 32, "lora_dropout": 0.05}))
    learnt = sum(p.numel() for n, p in adapted.named_parameters() if "lora_" in n)
    assert layers * learnt == 40_370_176  # the 40.4 M that the paper trains


def test_attention_is_a_weighted_sum_without_softmax():
    """By hand: steps (1, 0), (0, 2), (3, 1); scores 2a - b + 1 are 3, -1 and 6; the sum is (21, 4)."""
    pool = prefusion_parts.Attention(2, 1)
    put(pool.score, [[2.0, -1.0]], [1.0])
    assert pool(one([[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]])).tolist() == [[[21.0, 4.0]]]
    two = prefusion_parts.Attention(2, 2)  # the second query weighs every step with a half
    put(two.score, [[2.0, -1.0], [0.0, 0.0]], [1.0, 0.5])
    assert two(one([[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]])).tolist() == [[[21.0, 4.0], [2.0, 1.5]]]


def test_what_is_not_there_weighs_nothing():
    pool = prefusion_parts.Attention(2, 1)
    put(pool.score, [[0.0, 0.0]], [1.0])
    pair = steps([(torch.ones(1, 2), torch.zeros(1)), (torch.ones(3, 2), torch.arange(3))], torch.zeros(0, 2))
    assert pool(pair).tolist() == [[[1.0, 1.0]], [[3.0, 3.0]]]
    assert prefusion_parts.Mean()(pair).tolist() == [[[1.0, 1.0]], [[1.0, 1.0]]]
    assert prefusion_parts.mean(torch.ones(1, 2, 2), torch.zeros(1, 2, dtype=torch.bool)).tolist() == [[0.0, 0.0]]


def test_fusion_by_hand():
    """Two modalities to one number each: the face's mean 2, the sound's mean 3; scalars of 2 + 10 * 3 = 32.

    The face weighs 32 and the sound 64, so 2 * 32 + 3 * 64 = 256 goes to the language model. The frames, which are not
    there, weigh 96 and add nothing.
    """
    config = small(**{})
    config.fusion_width = 1
    made = prefusion_parts.AttentionFusion(config)
    put(made.reduce["face"], [[1.0] + [0.0] * 5])
    put(made.reduce["frame"], [[1.0] * 6], [7.0])
    put(made.reduce["audio"], [[0.0] * 9 + [1.0]])
    put(made.mix, [[1.0, 5.0, 10.0]])
    put(made.weigh, [[1.0], [3.0], [2.0]])
    put(made.project, [[1.0]] * 12)
    face, audio = torch.zeros(2, 6), torch.zeros(3, 10)
    face[:, 0], audio[:, 9] = torch.tensor([1.0, 3.0]), torch.tensor([2.0, 3.0, 4.0])
    none = steps([(torch.zeros(0, 6), torch.zeros(0, dtype=torch.long))], torch.zeros(0, 6))
    given = {"face": one(face.tolist()), "frame": none, "audio": one(audio.tolist())}
    assert made(given).tolist() == [[[256.0] * 12]]


def test_without_frames_it_is_the_two_modalities_of_the_paper():
    """Of face and sound alone: two linear layers over 2 * 1024 numbers, two scalars, no third modality anywhere."""
    torch.manual_seed(0)
    made = prefusion_parts.AttentionFusion(small())
    face, audio = torch.randn(4, 6), torch.randn(3, 10)
    none = steps([(torch.zeros(0, 6), torch.zeros(0, dtype=torch.long))], torch.zeros(0, 6))
    found = made({"face": one(face.tolist()), "frame": none, "audio": one(audio.tolist())})
    both = [made.reduce["face"](face.mean(0)), made.reduce["audio"](audio.mean(0))]
    mixed = torch.cat(both) @ made.mix.weight[:, [*range(5), *range(10, 15)]].T + made.mix.bias
    first, second = mixed @ made.weigh.weight[[0, 2]].T + made.weigh.bias[[0, 2]]
    torch.testing.assert_close(found[0, 0], made.project(first * both[0] + second * both[1]))


@pytest.mark.parametrize("choices", [
    {}, {"branch": "qformer", "query_tokens": 3}, {"branch": "mean", "fusion": "none"},
    {"fusion": "qformer", "fused_tokens": 2}, {"features": "patch", "query_tokens": 2}, {"projector": "experts"},
    {"projector": "experts", "branch": "qformer", "fusion": "qformer"},
])  # fmt: skip
def test_messages_together_are_as_each_alone(choices):
    """Other media, other lengths, a modality that is not there: no message changes another; all layers learn."""
    torch.manual_seed(1)
    config = small(**choices)
    made = Fusion(config)
    talks = [
        [("face", 5, 1), ("audio", 3, 2)],
        [("frame", 8, 3)],
        [("audio", 1, 4), ("face", 2, 5), ("face", 4, 6), ("frame", 1, 7)],
    ]
    together = called(made, config, [medium for talk in talks for medium in talk], [0, 2, 3])
    fused = 0 if config.fusion == "none" else config.fused_tokens
    for talk, found in zip(talks, together, strict=True):
        assert found.shape == (fused + len(talk) * config.query_tokens, 12)
        torch.testing.assert_close(called(made, config, talk, [0])[0], found, atol=1e-6, rtol=1e-5)
    torch.cat(together).square().sum().backward()
    assert not [name for name, p in made.named_parameters() if p.grad is None or not p.grad.isfinite().all()]


def test_layers_of_media_that_are_not_there_have_a_gradient_of_0():
    config = small(projector="experts", gate_width=16)
    made = Fusion(config)
    torch.cat(called(made, config, [("face", 2, 0)], [0])).sum().backward()
    grads = {name: p.grad for name, p in made.named_parameters()}
    assert all(one is not None for one in grads.values())
    assert all(not one.any() for name, one in grads.items() if name.startswith("branches.audio"))
    assert grads["branches.face.project.gate.weigh.weight"].any()


@pytest.mark.parametrize("choices", [{"branch": "qformer"}, {"features": "patch"}])
def test_the_order_in_time_counts_where_it_is_added(choices):
    torch.manual_seed(0)
    for config, counts in ((small(fusion="none", **choices), True), (small(fusion="none"), False)):
        made, width = Fusion(config), prefusion_config.widths(config)
        like = {name: torch.zeros(0, size) for name, size in width.items()}
        vectors, time = randn(4, width["face"], 0), torch.arange(4)
        forward, backward = (made([("face", vectors, t)], [0], like)[0] for t in (time, time.flip(0)))
        assert torch.equal(forward, backward) is not counts


def test_a_gate_that_is_sure_hands_on_one_expert():
    torch.manual_seed(0)
    made = Experts(small(projector="experts"), 6, 6, 12)
    given, tokens = one(torch.randn(3, 6).tolist()), torch.randn(1, 2, 6)
    with torch.no_grad():
        made.gate.weigh.weight.zero_()
        for bias, expert in (([60.0, -60.0], made.general_expert), ([-60.0, 60.0], made.emotion_expert)):
            made.gate.weigh.bias.copy_(torch.tensor(bias))
            torch.testing.assert_close(made(tokens, given), expert(tokens), atol=0, rtol=0)
        made.gate.weigh.bias.zero_()
        half = (made.general_expert(tokens) + made.emotion_expert(tokens)) / 2
        torch.testing.assert_close(made(tokens, given), half)
    assert made.gate(given).sum(-1).tolist() == pytest.approx([1.0])


def test_the_gate_sees_the_input():
    torch.manual_seed(0)
    gate = prefusion_parts.Gate(small(gate_width=16), 6)
    pair = steps([(torch.randn(3, 6), torch.arange(3)), (torch.randn(3, 6), torch.arange(3))], torch.zeros(0, 6))
    first, second = gate(pair)
    assert (first - second).abs().max() > 1e-4
    shorter = Steps(pair.vectors, torch.tensor([[True, True, False], [True] * 3]), pair.time)
    torch.testing.assert_close(gate(shorter)[0], gate(one(pair.vectors[0, :2].tolist()))[0])


@pytest.mark.parametrize(("choices", "message"), [
    ({"features": "clips"}, "features=clips: did you mean 'clip'\\? known: clip, patch"),
    ({"branch": "mean", "query_tokens": 2}, "query_tokens=2: branch=mean makes one token; take attention or qformer"),
    ({"audio_layers": 13}, "audio_layers=13: the audio encoder has 12"),
    ({"vision_layer": -13}, "vision_layer=-13: the vision encoder has 12; count back from -1"),
    ({"projector": "experts", "gate_heads": 4}, "gate_heads=4: it must divide 6, the width of the vision encoder; write"
     " gate_heads=2"),
    ({"frames": 0}, "frames=0: write a whole number from 1"),
    ({"piece_seconds": 0.0}, "piece_seconds=0.0: write seconds from 0.1 to 30"),
    ({"qformer_heads": 3}, "qformer_width=8: it must be a multiple of qformer_heads=3"),
])  # fmt: skip
def test_choices_that_cannot_be(choices, message):
    with pytest.raises(InputError, match=message):
        PrefusionConfig(**SMALL, **{**SIZES, **choices})


def test_a_tower_keeps_no_chance():
    found = small()
    found.audio_config.hidden_dropout = found.audio_config.layerdrop = 0.3
    prefusion_config.quiet(found.audio_config)
    told = found.audio_config.to_dict()
    assert {key: told[key] for key in told if "drop" in key} == dict.fromkeys([k for k in told if "drop" in k], 0.0)
    assert (told["apply_spec_augment"], told["mask_time_prob"]) == (False, 0.0)


def test_the_words_of_other_tiny_models_stay():
    marks = ("<image>", "<video>")
    assert len(tiny.tokenizer(marks)) == 1028
    assert len(tiny.tokenizer(marks, tiny.LEARNED_OPEN)) > 1100
    assert BRANCHES == ("face", "frame", "audio")
