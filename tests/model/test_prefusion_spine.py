"""A model with pre-fusion through what trains, asks and keeps: faces, frames, sound and words beside one another."""

import shutil
from functools import partial

import numpy as np
import pytest
import torch
from tests.model.test_group_trainer import make, same, trained
from tests.model.test_two_processes import ZERO_2, learnt_alike
from trl.trainer.utils import add_fused_lm_head

from affectreason.affect.sample import Media
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import collate, generate, load, prefixes, sft_rows, vision_cache
from affectreason.model.group_trainer import GroupTrainer
from affectreason.recipe import prompts

TOWERS = ["vision", "audio", "projector"]
MEDIA = partial(collate.load_media, fps=2.0, max_frames=4)


@pytest.fixture
def samples(drawn, sound, tmp_path):
    """A face and a voice; words; a scene, a face and a voice; a voice alone; a face alone."""
    heard = Media(kind="audio", path=str(sound(tmp_path / "a.wav")))
    later = Media(kind="audio", path=str(sound(tmp_path / "b.wav")), start=0.02)
    clip, picture = drawn["clips"][0], drawn["pictures"][0]
    scene = drawn["clips"][1].media[0].model_copy(update={"role": None})
    return [
        clip.model_copy(update={"id": "face+audio", "media": (*clip.media, heard)}),
        drawn["text"],
        clip.model_copy(update={"id": "all", "media": (later, scene, *picture.media)}),
        picture.model_copy(update={"id": "audio", "media": (heard,)}),
        picture,
    ]


def rows(samples):
    return [{"sample": one.to_json()} for one in samples]


def asked(samples, words="Which emotion, and why?"):
    """The samples with a second question put to the first one's media."""
    return [*samples, samples[0].model_copy(update={"id": "again", "question": words})]


def learnt(model, batch):
    """The loss of a batch and every gradient of it."""
    model.zero_grad()
    loss = model(**batch, fused_lm_head=True).loss
    loss.backward()
    return float(loss.detach()), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def test_only_answers_carry_loss(models, samples):
    _, processor = load.load(models["affectgpt"])
    batch = collate.Collator(processor, prompts.TINY, 2.0, 4)(rows(samples))
    for one, ids, labels in zip(samples, batch["input_ids"], batch["labels"], strict=True):
        kept = ids[labels != collate.IGNORED]
        assert processor.tokenizer.decode(kept) == prompts.target(one) + "<|im_end|>"
        assert not (labels == processor.image_token_id).any()
    assert (batch["input_ids"] == processor.image_token_id).sum(1).tolist() == [3, 0, 4, 2, 2]
    assert batch["media_about"][:, [0, 2]].tolist() == [[0, 1], [2, 0], [2, 1], [1, 0], [0, 0], [2, 1], [0, 1]]


@pytest.mark.parametrize("how", [{}, {"share": False}, {"most": 60}], ids=str)
def test_shared_rows_are_as_padded_ones(models, samples, how):
    """Losses and gradients, of the towers too; the clip that is asked about twice is read once."""
    model, processor = load.load(models["affectgpt"], dtype="float32")
    add_fused_lm_head(model)
    sft_rows.listen(model)
    made = collate.Collator(processor, prompts.PLAIN, 2.0, 4)
    ours = sft_rows.batch(rows(asked(samples)), made, partial(prefixes.positions, model), 1_000_000, **how)
    theirs = made(rows(asked(samples)))
    assert ours["input_ids"].numel() < theirs["input_ids"].numel()
    messages = [int(one["media_about"][:, 2].sum()) for one in (ours, theirs)]
    assert messages == ([4, 5] if how == {} else [5, 5])
    here, there = learnt(model, ours), learnt(model, theirs)
    assert here[0] == pytest.approx(there[0], abs=1e-5)
    assert {load.part_of(name) for name, grad in there[1].items() if grad.any()} == {*TOWERS, "language"}
    for name, grad in there[1].items():
        assert float((here[1][name] - grad).norm()) <= 1e-4 * float(grad.norm()) + 1e-7, name


@pytest.mark.parametrize("freeze", [[], TOWERS], ids=["towers learn", "encoded once"])
def test_groups_that_share_a_prompt_are_as_repeated(models, samples, tmp_path, freeze):
    how = {"freeze": freeze, "per_device_train_batch_size": 8}
    shared = make(GroupTrainer, models["affectgpt"], samples[:4], tmp_path / "a", **how)
    assert shared.shared
    found = trained(shared)
    assert any((one.encoded or {}) != {} for one in shared._asked) == bool(freeze)
    same(found, trained(make(GroupTrainer, models["affectgpt"], samples[:4], tmp_path / "b", share=False, **how)))


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_answers_are_those_with_the_cache_of_the_towers(models, samples, tmp_path, temperature):
    """Written once a message and read after; the answers are the same."""
    model, processor = load.load(models["affectgpt"], dtype="float32")
    load.freeze(model.eval(), TOWERS)
    cache = vision_cache.opened(model, tmp_path / "cache")
    put = [generate.Asked(one, prompts.messages(one, prompts.PLAIN)) for one in samples]
    how = {"max_new_tokens": 6, "temperature": temperature, "seed": 3}
    plain = generate.answer(model, processor, put, **how)
    assert len(set(plain)) > 1 or not temperature
    for turn in range(2):
        assert generate.answer(model, processor, put, cache=cache, **how) == plain
        assert len(cache.read) == 4 * turn
    assert len(list(cache.folder.glob("*/*.safetensors"))) == 4


def test_a_batch_reads_the_cache_by_message(models, samples, tmp_path):
    model, processor = load.load(models["affectgpt"], dtype="float32")
    load.freeze(model.eval(), TOWERS)
    batch = collate.Collator(processor, prompts.PLAIN, 2.0, 4)(rows(samples))
    plain = model(**batch).logits
    cache = vision_cache.opened(model, tmp_path / "cache")
    vision_cache.listen(model, cache)
    for turn in range(2):
        torch.testing.assert_close(model(**batch).logits, plain, atol=1e-5, rtol=0)
        assert len(cache.read) == 4 * turn


def test_the_cache_says_why_not(models, tmp_path, capsys):
    model, _ = load.load(models["affectgpt"])
    load.freeze(model, ["vision", "audio"])
    assert vision_cache.opened(model, tmp_path / "cache") is None
    assert capsys.readouterr().err == (
        "vision_cache: off, the tower or the projector learns; freeze: [vision, audio, projector] lets their output be "
        "kept\n"
    )


def test_other_settings_are_another_tower(models):
    model, _ = load.load(models["affectgpt"])
    before = vision_cache.digest(model)
    model.config.audio_layers = 1
    assert vision_cache.digest(model) != before


def test_a_sound_of_no_length_is_named(models, samples):
    _, processor = load.load(models["affectgpt"])
    loaded = collate.Loaded([], [], [], [np.zeros(0, np.float32)])
    with pytest.raises(InputError, match="a sound is not a row of numbers, or empty"):
        collate.prompt_batch(processor, [prompts.messages(samples[3], prompts.PLAIN)], [loaded], "left")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="DeepSpeed compiles its CPU collectives and needs g++")
@pytest.mark.parametrize("how", [{}, {"freeze": ["vision", "audio"]}, {"freeze": TOWERS}], ids=str)
def test_two_processes_are_one(models, samples, tmp_path, how):
    """A face and a voice beside words, all beside a voice alone, words beside a picture: no process waits for ever.

    Without momentum: in step 3 nobody hears. One process then has no gradient of the ears, and Adam leaves them; of
    two, ZeRO makes zeros, and Adam's first moment would move them on.
    """
    more = samples[1].model_copy(update={"id": "more"})
    write(tmp_path / "s.jsonl", [*samples[:4], more, samples[4]])
    train = {"max_steps": 3, "gradient_accumulation_steps": 1, "adam_beta1": 0.0, **how}
    learnt_alike(ZERO_2, models["affectgpt"], tmp_path, train)
