"""Rows that share media or a row against one padded row a sample: losses and gradients, and what stands where."""

from functools import partial

import pytest
import torch
from tests.conftest import KINDS
from trl.trainer.utils import add_fused_lm_head

from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.model import collate, load, prefixes, sft_rows
from affectreason.recipe import prompts

QUESTIONS = ("Which emotion?", "Are the brows lowered? Say yes or no.", "Which action units, which emotion, and why?")


def asked(sample, questions=QUESTIONS):
    """Questions put to one sample's media, with answers of several lengths."""
    return [
        sample.model_copy(update={"id": f"{sample.id}_{n}", "question": text, "response": "It smiles. " * (n + 1)})
        for n, text in enumerate(questions)
    ]


@pytest.fixture(scope="module")
def loaded(models):
    """Each tiny model with its processor, TRL's head and our hooks."""
    found = {}
    for kind, folder in models.items():
        model, processor = load.load(folder, dtype="float32")
        add_fused_lm_head(model)
        sft_rows.listen(model)
        found[kind] = model, processor
    return found


def laid(model, processor, samples, hidden=1_000_000, **how):
    """The rows of samples; so wide a model always shares."""
    made = collate.Collator(processor, prompts.PLAIN, 8.0, 16, how.pop("max_length", None))
    rows = [{"sample": one.to_json()} for one in samples]
    place = partial(prefixes.positions, model)
    return sft_rows.batch(rows, made, place, hidden, **how), made(rows)


def learnt(model, batch):
    """The loss of a batch and every gradient of it."""
    model.zero_grad()
    loss = model(**batch, fused_lm_head=True).loss
    loss.backward()
    return float(loss.detach()), {
        name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None
    }


def same(ours, theirs):
    assert ours[0] == pytest.approx(theirs[0], abs=1e-5)
    assert ours[1].keys() == theirs[1].keys()
    for name, there in theirs[1].items():
        apart = float((ours[1][name] - there).norm())
        assert apart <= 1e-4 * float(there.norm()) + 1e-7, name


def mixed(drawn, kind):
    """Several questions to a picture and a clip, another clip and picture, and words alone, in no order."""
    picture, other, clip = asked(drawn["pictures"][0]), drawn["pictures"][3], asked(drawn["clips"][0])
    found = [picture[0], drawn["text"], picture[1], other, picture[2], *asked(drawn["pictures"][5])[:2]]
    if kind == "llava":
        return found
    return [clip[0], *found, *clip[1:], *(asked(drawn["clips"][1])[:1] if kind != "llava_onevision" else [])]


@pytest.mark.parametrize("how", [{}, {"share": False}, {"most": 60}, {"most": 1}], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_as_padded_ones(kind, how, loaded, drawn):
    model, processor = loaded[kind]
    ours, theirs = laid(model, processor, mixed(drawn, kind), **how)
    assert ours["labels"].numel() == int((theirs["labels"] != collate.IGNORED).sum())
    assert ours["input_ids"].numel() < theirs["input_ids"].numel()
    same(learnt(model, ours), learnt(model, theirs))


@pytest.mark.parametrize("kind", KINDS)
def test_one_sample_and_words_alone_are_as_padded(kind, loaded, drawn):
    model, processor = loaded[kind]
    for samples in ([drawn["pictures"][0]], [drawn["text"]], [drawn["text"], *asked(drawn["text"])]):
        ours, theirs = laid(model, processor, samples)
        same(learnt(model, ours), learnt(model, theirs))


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_nobody_sees_changes_nothing(kind, loaded, drawn):
    model, processor = loaded[kind]
    samples = [drawn["text"], *asked(drawn["text"])]
    unseen = sft_rows.unseen(model, processor)
    for most in (None, 50):
        ours, theirs = laid(model, processor, samples, unseen=unseen, most=most)
        assert ours["pixel_values"].shape == unseen["image"].media["pixel_values"].shape
        found, expected = learnt(model, ours), learnt(model, theirs)
        tower = {name for name in found[1] if name not in expected[1]}
        assert tower
        assert all(not found[1].pop(name).any() for name in tower)  # called, and taught nothing
        same(found, expected)
        assert "pixel_values" not in laid(model, processor, samples)[0]
    assert laid(model, processor, [*samples, drawn["pictures"][0]], unseen=unseen)[0]["labels"].shape[0] == 1


def test_eager_attention_and_several_pictures(qwen, drawn):
    model, processor = load.load(qwen, dtype="float32", attn_implementation="eager")
    add_fused_lm_head(model)
    sft_rows.listen(model)
    two = drawn["pictures"][0].model_copy(update={"media": drawn["pictures"][0].media + drawn["pictures"][1].media})
    ours, theirs = laid(model, processor, [*asked(two), *asked(drawn["pictures"][0])])
    same(learnt(model, ours), learnt(model, theirs))


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_are_read_as_the_processor_does(kind, loaded, drawn):
    """The media are processed once, and put before each question as they would be for that question."""
    model, processor = loaded[kind]
    made = collate.Collator(processor, prompts.PLAIN, 8.0, 16)
    for sample in [drawn["pictures"][0], *(drawn["clips"] if kind != "llava" else [])]:
        samples = asked(sample)
        found = sft_rows.read(samples, made, partial(prefixes.positions, model))
        for one, there in zip(found, samples, strict=True):
            alone = prefixes.make(model, processor, made.asked(there), collate.load_media(there, 8.0, 16))
            assert torch.equal(one.ids, alone.ids)
            assert torch.equal(one.positions, alone.positions)
            assert one.media is found[0].media
            for key in alone.media:
                torch.testing.assert_close(one.media[key], alone.media[key], rtol=0, atol=0)


def test_media_are_read_once(loaded, drawn, monkeypatch):
    model, processor = loaded["qwen3_vl"]
    opened = []
    own = collate.load_media
    monkeypatch.setattr(collate, "load_media", lambda one, *how: opened.append(one.id) or own(one, *how))
    samples = asked(drawn["clips"][0])
    batch, padded = laid(model, processor, samples)
    assert opened == [samples[0].id, *(one.id for one in samples)]  # once for our rows, then for each padded one
    assert batch["pixel_values_videos"].shape[0] * 3 == padded["pixel_values_videos"].shape[0]
    assert batch["input_ids"].shape[0] == 1


def test_words_between_pictures_keep_them_apart():
    media = {9: "image"}
    one, two = torch.tensor([1, 9, 2, 3]), torch.tensor([1, 9, 2, 4, 5])
    assert sft_rows.common([one, two], media) == 3
    assert sft_rows.common([one], media) == 4
    assert sft_rows.common([one, one], media) == 4
    assert sft_rows.common([one, torch.tensor([1, 9, 4])], media) is None  # a token of the picture would be repeated
    assert sft_rows.common([one, torch.tensor([1, 9, 2, 9])], media) is None  # a picture that only one has
    assert sft_rows.common([one, torch.tensor([2, 9])], media) is None


def test_samples_with_equal_media_are_found(drawn):
    first, second = drawn["pictures"][:2]
    assert sft_rows.alike([first, drawn["text"], second, first, drawn["text"]]) == [[0, 3], [1], [2], [4]]


def test_errors_name_the_sample(loaded, drawn):
    model, processor = loaded["qwen3_vl"]
    samples = asked(drawn["pictures"][0])
    with pytest.raises(InputError, match=rf"sample '{samples[2].id}' has \d+ tokens, more than train.max_length: 58"):
        laid(model, processor, samples, max_length=58)
    with pytest.raises(InputError, match="sample 'empty' has no response, answer or gold emotion"):
        laid(model, processor, [Sample(id="empty", question="?", gold=Affect())])


def test_a_model_of_equal_clips_says_so(loaded, drawn):
    model, processor = loaded["llava_onevision"]
    with pytest.raises(
        InputError, match=r"cannot hold clips of \[8, 11\] frames in one batch; lower media.max_frames to 8"
    ):
        laid(model, processor, drawn["clips"])
