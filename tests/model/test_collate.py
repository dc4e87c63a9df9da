import pytest
import torch

from affectreason.affect.hashes import share
from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import collate, load, stand_ins
from affectreason.recipe import prompts

KINDS = ("qwen3_vl", "qwen2_vl", "qwen2_5_vl", "llava", "llava_onevision")
READ_CLIPS = ("qwen3_vl", "qwen2_vl", "qwen2_5_vl", "llava_onevision")


@pytest.fixture(scope="module")
def loaded(models):
    return {kind: load.load(folder) for kind, folder in models.items()}


def rows(*samples):
    return [{"sample": sample.to_json()} for sample in samples]


def collator(processor, **more):
    return collate.Collator(processor, prompts.TINY, 8.0, 16, **more)


def check(model, processor, samples):
    """Labels are each sample's answer and end of turn, and the rest is what a rollout is fed."""
    made = collator(processor)
    batch = made(rows(*samples))
    ids, labels, mask = batch["input_ids"], batch["labels"], batch["attention_mask"]
    media = {i for name in ("image_token_id", "video_token_id") if (i := getattr(model.config, name, None)) is not None}
    media |= {
        i
        for name in ("<image>", "<video>", "<|image_pad|>", "<|video_pad|>")
        if (i := processor.tokenizer.convert_tokens_to_ids(name))
    }
    assert ids.shape == labels.shape == mask.shape
    for row, sample in enumerate(samples):
        learnt = labels[row] != collate.IGNORED
        assert processor.tokenizer.decode(labels[row][learnt]) == prompts.target(sample) + "<|im_end|>"
        assert torch.equal(ids[row][learnt], labels[row][learnt])
        assert not media & set(labels[row].tolist())
        at = learnt.nonzero()[:, 0]
        assert at.tolist() == list(range(at[0], at[-1] + 1))
        assert mask[row].sum() == at[-1] + 1  # the answer ends the row, padding follows
        alone = collate.prompt_batch(
            processor, [prompts.messages(sample, prompts.TINY)], [collate.load_media(sample, 8.0, 16)], "left"
        )
        assert torch.equal(alone["input_ids"][0], ids[row, : at[0]])
    loss = model(**batch).loss
    assert torch.isfinite(loss)
    return batch


@pytest.mark.parametrize("kind", KINDS)
def test_loss_is_on_the_answer_of_ragged_pictures(kind, loaded, pictures):
    batch = check(*loaded[kind], [pictures[0], pictures[3], pictures[6]])
    assert len(set(batch["attention_mask"].sum(1).tolist())) > 1


@pytest.mark.parametrize("kind", ["qwen3_vl", "qwen2_vl", "qwen2_5_vl"])
def test_loss_is_on_the_answer_of_ragged_clips(kind, loaded, drawn):
    frames = {len(collate.load_media(clip, 8.0, 16).videos[0]) for clip in drawn["clips"]}
    assert len(frames) == 2
    check(*loaded[kind], drawn["clips"])


def test_a_model_of_equal_clips_says_so(loaded, drawn):
    model, processor = loaded["llava_onevision"]
    check(model, processor, drawn["clips"][:1])
    with pytest.raises(
        InputError,
        match=r"Processor cannot hold clips of \[8, 11\] frames in one batch; lower media.max_frames to 8",
    ):
        collator(processor)(rows(*drawn["clips"]))


@pytest.mark.parametrize("kind", KINDS)
def test_text_beside_pictures_and_alone(kind, loaded, drawn):
    model, processor = loaded[kind]
    check(model, processor, [drawn["text"], drawn["pictures"][0]])
    check(model, processor, [drawn["pictures"][0], drawn["text"], drawn["pictures"][1]])
    check(model, processor, [drawn["text"]])


@pytest.mark.parametrize("kind", READ_CLIPS)
def test_text_picture_and_clip_in_one_batch(kind, loaded, drawn):
    check(*loaded[kind], [drawn["clips"][0], drawn["text"], drawn["pictures"][0]])


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_does_not_depend_on_its_neighbours(kind, loaded, drawn):
    """The picture a row is given is its own: its loss alone equals its loss between others."""
    model, processor = loaded[kind]
    made = collator(processor)
    samples = [drawn["pictures"][0], drawn["text"], drawn["pictures"][8]]
    with torch.no_grad():
        together = model(**made(rows(*samples))).logits
        for row, sample in enumerate(samples):
            batch = made(rows(sample))
            length = int(batch["attention_mask"].sum())
            torch.testing.assert_close(model(**batch).logits[0], together[row, :length], atol=2e-4, rtol=1e-3)


def test_a_model_of_pictures_refuses_clips(loaded, drawn):
    with pytest.raises(InputError, match="LlavaProcessor reads no video; choose a model that does, or give pictures"):
        collator(loaded["llava"][1])(rows(drawn["clips"][0]))


@pytest.mark.parametrize("kind", KINDS)
def test_sound_is_refused_where_none_is_heard(kind, loaded, sound, tmp_path):
    sample = Sample(id="a", media=({"kind": "audio", "path": str(sound(tmp_path / "a.wav"))},), response="x")
    with pytest.raises(
        InputError,
        match=r"sample 'a': \w+Processor reads no sound; choose a model that does \(Qwen2.5-Omni, tiny:affectgpt\), or",
    ):
        collator(loaded[kind][1])(rows(sample))


def test_features_are_refused_in_words(loaded):
    sample = Sample(id="a", media=({"kind": "features", "path": "a.npy"},), response="x")
    with pytest.raises(InputError, match="sample 'a': media of kind 'features' cannot be given to a model yet"):
        collator(loaded["qwen3_vl"][1])(rows(sample))


def test_a_sample_too_long_is_named_with_what_mends_it(loaded, pictures):
    made = collator(loaded["qwen3_vl"][1], max_length=30)
    with pytest.raises(
        InputError,
        match=r"sample 'train_00000' has \d+ tokens, more than train.max_length: 30; raise it, or lower",
    ):
        made(rows(pictures[0]))


def test_nothing_to_learn_is_an_error(loaded):
    with pytest.raises(InputError, match="sample 'empty' has no response, answer or gold emotion"):
        collator(loaded["qwen3_vl"][1])(rows(Sample(id="empty", question="?")))


def test_the_hinted_share_depends_on_the_id_alone(loaded, pictures):
    processor = loaded["qwen3_vl"][1]
    hinted = [share(sample.id) < 0.5 for sample in pictures]
    assert 0 < sum(hinted) < len(hinted)
    batch = collator(processor, hinted=0.5)(rows(*pictures))
    texts = processor.tokenizer.batch_decode(batch["input_ids"])
    assert ["Known to be right" in text for text in texts] == hinted
    assert 0.23 < sum(share(str(n)) < 0.25 for n in range(4000)) / 4000 < 0.27


def test_the_end_of_a_turn_is_the_templates(loaded):
    assert {collate.turn_end(processor) for _, processor in loaded.values()} == {"<|im_end|>"}


def test_media_that_nobody_sees_are_put_beside_samples_without_any(loaded, drawn):
    """Rows behind those of the samples, from which nothing is learned; the samples' own rows stay as they are."""
    model, processor = loaded["qwen3_vl"]
    words, picture, clip = drawn["text"], drawn["pictures"][0], drawn["clips"][0]
    plain, made = collator(processor), collator(processor)
    made.unseen = stand_ins.shown(model, processor, every=True)
    for samples, more in (([words], 1), ([words, picture], 0), ([clip], 0)):
        own, found = plain(rows(*samples)), made(rows(*samples))
        assert len(found["input_ids"]) == len(samples) + more
        width = own["input_ids"].shape[1]
        assert torch.equal(found["input_ids"][: len(samples), :width], own["input_ids"])
        assert torch.equal(found["labels"][: len(samples), :width], own["labels"])
        assert (found["labels"][len(samples) :] == collate.IGNORED).all()
    assert list(made(rows(words))["image_grid_thw"].shape) == [1, 3]
    made.unseen = stand_ins.shown(model, processor, every=True, apart=True)  # clips have a call of their own
    assert {"pixel_values", "pixel_values_videos"} <= made(rows(words)).keys()
    assert len(made(rows(clip))["input_ids"]) == 2
    assert len(made(rows(clip, picture))["input_ids"]) == 2
