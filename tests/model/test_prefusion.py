import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.model import adapters, collate, generate, load, prefixes, prefusion
from affectreason.model.collate import Loaded
from affectreason.model.prefusion_config import PrefusionConfig
from affectreason.recipe import prompts

FACE, CLIP = {"type": "video", "role": "face"}, {"type": "video"}
PICTURE, SOUND = {"type": "image"}, {"type": "audio"}
TABLE = "model.audio_tower.embed_positions.weight"
"""The places in a Whisper are sines, which never learn."""


def talk(*slots, text="Which emotion?"):
    """A question behind media."""
    return [{"role": "user", "content": [*slots, prompts.text_part(text)]}]


def clip(length, seed=0):
    rng = np.random.default_rng(seed)
    return [Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8)) for _ in range(length)]


def wave(seconds, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * 16000)).astype(np.float32)


TALKS = [
    (talk(FACE, SOUND), Loaded([], [clip(5)], [], [wave(3.3)])),
    (talk(text="No media, only words."), Loaded([], [], [])),
    (talk(PICTURE, text="A picture."), Loaded(clip(1, 1), [], [])),
    (talk(SOUND, CLIP, FACE, text="Two clips: which of them fits what is heard?"),
     Loaded([], [clip(12, 2), clip(2, 3)], [], [wave(0.4, 1)])),
    (talk(SOUND), Loaded([], [], [], [wave(1, 2)])),
]  # fmt: skip


def batch(processor, places=None, side="left"):
    """Tensors of some of the talks."""
    some = TALKS if places is None else [TALKS[place] for place in places]
    texts = [processor.apply_chat_template(one, add_generation_prompt=True) for one, _ in some]
    return processor(
        text=texts,
        images=[one.images for _, one in some],
        videos=[c for _, one in some for c in one.videos],
        audio=[w for _, one in some for w in one.sounds],
        sampling_rate=16000,
        padding=True,
        padding_side=side,
    )


@pytest.fixture(scope="module")
def opened(models):
    model, processor = load.load(models["affectgpt"], dtype="float32")
    return model.eval(), processor


@torch.no_grad()
def rows(model, given):
    """The logits of each row's own tokens."""
    logits = model(**given).logits
    return [row[seen.bool()] for row, seen in zip(logits, given["attention_mask"], strict=True)]


def test_rows_together_on_either_side_are_as_each_alone(opened):
    """Different modalities, one row of words alone, and sounds and clips of different length."""
    model, processor = opened
    left, right = rows(model, batch(processor)), rows(model, batch(processor, side="right"))
    for place in range(len(TALKS)):
        alone = rows(model, batch(processor, [place]))[0]
        torch.testing.assert_close(left[place], alone, atol=1e-5, rtol=0)
        torch.testing.assert_close(right[place], alone, atol=1e-5, rtol=0)
    assert "pixel_values" not in batch(processor, [1])


def test_every_modality_is_heeded(opened):
    """The same question with another face, another sound, another place of the clip: other logits each time."""
    model, processor = opened
    text = processor.apply_chat_template(talk(FACE, SOUND), add_generation_prompt=True)
    scene = processor.apply_chat_template(talk(CLIP, SOUND), add_generation_prompt=True)
    found = [
        rows(model, processor(text=[one], videos=[faces], audio=[sound]))[0][-1]
        for one, faces, sound in (
            (text, clip(4), wave(2)),
            (text, clip(4, 9), wave(2)),
            (text, clip(4), wave(2, 9)),
            (scene, clip(4), wave(2)),
        )
    ]
    assert all((found[0] - other).abs().max() > 1e-5 for other in found[1:])


@pytest.mark.parametrize("places", [[0], [1], [0, 1, 2, 3, 4]])
def test_the_cache_of_the_language_model_changes_nothing(opened, places):
    model, processor = opened
    given = batch(processor, places)
    how = {"max_new_tokens": 8, "do_sample": False, "suppress_tokens": generate.placeholders(model)}
    with_it, without = (model.generate(**given, **how, use_cache=use) for use in (True, False))
    assert torch.equal(with_it, without)
    assert model.config.image_token_id in generate.placeholders(model)


def test_several_answers_to_each(opened):
    """Each question's media stay beside it when it is repeated: all greedy beams' firsts are those of one each."""
    model, processor = opened
    given = batch(processor, [0, 3])
    how = {"max_new_tokens": 4, "num_beams": 2, "do_sample": False}
    two = model.generate(**given, **how, num_return_sequences=2)
    assert torch.equal(two[::2], model.generate(**given, **how))


def test_it_is_what_was_saved(opened, tmp_path):
    model, processor = opened
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again = AutoModelForImageTextToText.from_pretrained(tmp_path).eval()
    assert type(again) is prefusion.PrefusionForConditionalGeneration
    mine, theirs = model.state_dict(), again.state_dict()
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    reader = AutoProcessor.from_pretrained(tmp_path)
    assert reader.to_dict() == processor.to_dict()
    for one, other in zip(rows(model, batch(processor)), rows(again, batch(reader)), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("part", "name"), [
    ("vision", "model.vision_tower"), ("audio", "model.audio_tower"), ("projector", "model.multi_modal_projector"),
    ("language", "model.language_model"),
])  # fmt: skip
def test_each_part_freezes_alone(part, name, models):
    model, _ = load.load(models["affectgpt"])
    load.freeze(model, [part])
    frozen = {n for n, p in model.named_parameters() if not p.requires_grad}
    assert frozen == {n for n, _ in model.named_parameters() if n.startswith(name)} | {TABLE}


def test_lora_is_put_into_the_language_model_alone(models):
    from peft import get_peft_model

    model, processor = load.load(models["affectgpt"], dtype="float32")
    model = get_peft_model(model, adapters.lora_config({"r": 2, "modules_to_save": ["multi_modal_projector"]}))
    learns = {n for n, p in model.named_parameters() if p.requires_grad}
    lora = {n for n in learns if "lora_" in n}
    assert {load.part_of(n) for n in lora} == {"language"}
    assert {load.part_of(n) for n in learns - lora} == {"projector"}
    given = batch(processor)
    model(**given, labels=given["input_ids"]).loss.backward()
    assert all(p.grad is not None for n, p in model.named_parameters() if n in learns)


def test_experts_learn_and_freeze_alone(opened):
    from peft import get_peft_model

    model, processor = opened
    config = PrefusionConfig.from_dict({**model.config.to_dict(), "projector": "experts"})
    made = prefusion.PrefusionForConditionalGeneration(config)
    given = batch(processor, [0, 3])
    made(**given, labels=given["input_ids"]).loss.backward()
    for part in ("general_expert", "emotion_expert", "gate"):
        grads = [p.grad for n, p in made.named_parameters() if f"branches.face.project.{part}." in n]
        assert grads
        assert all(one.abs().sum() > 0 for one in grads if one.shape != (4 * 128,))
    kept = get_peft_model(made, adapters.lora_config({"r": 2, "modules_to_save": ["emotion_expert", "gate"]}))
    learns = {n for n, p in kept.named_parameters() if p.requires_grad and "lora_" not in n}
    assert learns
    assert all(".emotion_expert." in n or ".gate." in n for n in learns)


def test_the_general_expert_freezes_alone(opened):
    """As Emotion-Qwen trains: the emotion expert and the gate learn, the general expert stays."""
    model, _ = opened
    config = PrefusionConfig.from_dict({**model.config.to_dict(), "projector": "experts"})
    made = prefusion.PrefusionForConditionalGeneration(config)
    load.freeze(made, ["general_expert"])
    still = {n for n, p in made.named_parameters() if not p.requires_grad and ".audio_tower.embed" not in n}
    assert still == {n for n, _ in made.named_parameters() if ".general_expert." in n}
    assert len(still) == 3 * 4  # two layers with biases a branch
    with pytest.raises(InputError, match="freeze: PrefusionForConditionalGeneration has no part called 'general_exp"):
        load.freeze(model, ["general_expert"])


def test_checkpointing_changes_no_gradient(models):
    grads = []
    for checkpointing in (False, True):
        model, processor = load.load(models["affectgpt"], dtype="float32")
        if checkpointing:
            model.activation_checkpointing_enable()
        given = batch(processor, [0, 3])
        model.train()(**given, labels=given["input_ids"]).loss.backward()
        grads.append({n: p.grad for n, p in model.named_parameters() if n != TABLE})
    plain, kept = grads
    assert None not in plain.values()
    for name, grad in plain.items():
        torch.testing.assert_close(kept[name], grad, atol=1e-6, rtol=1e-4, msg=name)


def test_training_mode_leaves_no_chance(models):
    model, processor = load.load(models["affectgpt"], dtype="float32")
    given = batch(processor)
    assert torch.equal(model.train()(**given).logits, model(**given).logits)


def test_what_was_made_of_media_stands_in_for_them(opened):
    model, processor = opened
    given = batch(processor)
    media = prefixes.media_tensors(given)
    made = {"image": prefixes.features(model, "image", media)}
    text = {key: given[key] for key in ("input_ids", "attention_mask")}
    assert prefixes.by_modality(model, media) == {"image": media}
    assert torch.equal(model(**text, mm_encoder_outputs=made).logits, model(**given).logits)
    each = [prefixes.features(model, "image", one) for one in prefixes.one_by_one(media)]
    assert [len(one["pooler_output"]) for one in each] == [1, 1, 1, 1]
    torch.testing.assert_close(
        torch.cat(prefixes.join(each)["pooler_output"]), torch.cat(made["image"]["pooler_output"]), atol=1e-6, rtol=0
    )
    with pytest.raises(ValueError, match="give the media or what was made of them, not both"):
        model(**given, mm_encoder_outputs=made)


def test_tokens_and_media_that_do_not_fit(opened):
    model, processor = opened
    given = batch(processor, [0])
    given["input_ids"][given["input_ids"] == model.config.image_token_id] = 5
    with pytest.raises(InputError, match="0 tokens stand for media, and 3 were made of the media"):
        model(**given)


@pytest.mark.parametrize("kind", ["image", "frames"])
def test_a_face_stored_as_bgr_is_its_rgb_twin(kind, opened, tmp_path):
    """Faces are often written by OpenCV, blue first; the model gets both in one order."""
    _, processor = opened
    pixels = np.random.default_rng(0).integers(0, 255, (3, 20, 20, 3), np.uint8)
    found = {}
    for order in ("rgb", "bgr"):
        folder = tmp_path / order
        folder.mkdir()
        for number, frame in enumerate(pixels):
            Image.fromarray(frame if order == "rgb" else frame[..., ::-1]).save(folder / f"{number}.png")
        path = folder if kind == "frames" else folder / "0.png"
        sample = Sample(id=order, media=(Media(kind=kind, path=str(path), role="face", colour=order),), gold=Affect())
        dialogue = prompts.messages(sample, prompts.TINY)
        found[order] = collate.prompt_batch(processor, [dialogue], [collate.load_media(sample, 8.0, 4)], "left")
        assert found[order]["media_about"].tolist() == [[0, 3 if kind == "frames" else 1, 1]]
    for key in found["rgb"]:
        assert torch.equal(found["rgb"][key], found["bgr"][key])
