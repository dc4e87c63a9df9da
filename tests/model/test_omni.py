"""Models that see and hear: clips, pictures, sounds and words in any mixture, trained, asked and kept."""

import wave

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.model.test_group_trainer import make, trained
from tests.model.test_group_trainer import same as same_steps
from tests.model.test_sft_rows import asked, laid, learnt, same
from trl.trainer.utils import add_fused_lm_head

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.model import adapters, collate, generate, load, prefixes, rollout, said, sft_rows, tiny, vision_cache
from affectreason.model.group_trainer import GroupTrainer
from affectreason.recipe import prompts

KINDS = ["qwen2_5_omni", pytest.param("qwen3_omni", marks=pytest.mark.slow)]
TOWERS = ["vision", "audio", "projector"]


def tone(path, seconds, step):
    """A sound of one pitch."""
    samples = (np.sin(np.arange(round(16000 * seconds)) * step) * 9000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(samples.tobytes())
    return Media(kind="audio", path=str(path))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The folder of a tiny model of a kind, written when it is first asked for."""
    made = tmp_path_factory.mktemp("omni")

    def find(kind):
        if not (made / kind).is_dir():
            tiny.write(kind, made / kind)
        return str(made / kind)

    return find


@pytest.fixture(scope="module")
def heard(drawn, tmp_path_factory):
    """A clip with a sound, a sound alone, a clip alone, words, a picture between sounds, a sound before two clips."""
    folder = tmp_path_factory.mktemp("sounds")
    low, high = tone(folder / "low.wav", 1.1, 0.05), tone(folder / "high.wav", 1.71, 0.11)
    picture, (one, other) = drawn["pictures"][0].media, (clip.media[0] for clip in drawn["clips"])
    media = {"both": (one, low), "sound": (high,), "clip": (other,), "words": (), "picture": (high, *picture, low)}
    media["clips"] = (high, one, other)
    gold = Affect(emotion="happiness")
    return {name: Sample(id=name, media=of, transcript=name, labels="ekman7", gold=gold) for name, of in media.items()}


def opened(folder):
    model, processor = load.load(folder, dtype="float32")
    return model.eval(), processor


def put(samples):
    return [generate.Asked(sample, prompts.messages(sample, prompts.TINY)) for sample in samples]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_answered_as_alone(kind, folders, heard):
    model, processor = opened(folders(kind))
    samples = list(heard.values())
    made = collate.Collator(processor, prompts.TINY, 8.0, 8)
    batch = made([{"sample": one.to_json()} for one in samples])
    assert batch["feature_attention_mask"].sum(-1).tolist() == [110, 171, 171, 110, 171]
    assert batch["input_features"].shape == (5, 32, 171)  # what was filled up is taken off
    dialogues = put(samples)
    how = {"max_new_tokens": 6, "temperature": 1.0}
    loaded = [collate.load_media(one, 8.0, 8) for one in samples]
    together = said.answers(model, processor, dialogues, loaded, seed=1, **how)
    assert len({one.text for one in together}) == len(samples)
    with torch.no_grad():
        logits = model(**batch).logits
        for row, sample in enumerate(samples):
            one = made([{"sample": sample.to_json()}])
            length = int(one["attention_mask"].sum())
            torch.testing.assert_close(model(**one).logits[0], logits[row, :length], atol=1e-5, rtol=0)
            (alone,) = said.answers(model, processor, dialogues[row : row + 1], loaded[row : row + 1], seed=1, **how)
            assert (alone.text, alone.logprob) == (together[row].text, pytest.approx(together[row].logprob, abs=1e-5))


@pytest.mark.parametrize("kind", KINDS)
def test_each_medium_is_looked_at_and_heard(kind, folders, heard, tmp_path):
    """Another sound, another clip and another order give other logits."""
    model, processor = opened(folders(kind))
    both = heard["both"]
    clip, sound = both.media
    other = [(heard["clip"].media[0], sound), (clip, tone(tmp_path / "a.wav", 1.1, 0.2)), (sound, clip), (clip,)]
    changed = [both.model_copy(update={"media": media}) for media in other]

    def last(sample):
        loaded = [collate.load_media(sample, 8.0, 8)]
        batch = collate.prompt_batch(processor, [prompts.messages(sample, prompts.TINY)], loaded, "left")
        with torch.no_grad():
            return model(**batch).logits[0, -1]

    before = last(both)
    for sample in changed:
        assert float((last(sample) - before).abs().max()) > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_rollouts_read_a_prompt_once(kind, folders, heard, tmp_path):
    model, processor = opened(folders(kind))
    samples = list(heard.values())
    loaded = [collate.load_media(one, 8.0, 8) for one in samples]
    pad, how = processor.tokenizer.pad_token_id, {"max_new_tokens": 6, "do_sample": True, "top_k": 0}
    how |= {"suppress_tokens": generate.placeholders(model), "repetition_penalty": 1.0}
    batch = collate.prompt_batch(processor, [one.dialogue for one in put(samples)], loaded, "left")
    torch.manual_seed(3)
    repeated = model.generate(**batch, pad_token_id=pad, **how)[:, batch["input_ids"].shape[1] :]
    made = [
        prefixes.make(model, processor, one.dialogue, media) for one, media in zip(put(samples), loaded, strict=True)
    ]
    cache = vision_cache.opened(model.requires_grad_(False), tmp_path)
    written, kept = ([vision_cache.encoded(model, one, cache) for one in made] for _ in range(2))
    assert len(cache.read) == 7  # five at the second time; two clips stand in two samples
    for read in (made, [prefixes.encode(model, one) for one in made], written, kept):
        torch.manual_seed(3)
        assert torch.equal(rollout.answers(model, read, torch.arange(len(read)), pad, **how), repeated)
    assert set(prefixes.encode(model, made[0]).media) == {"input_features", "feature_attention_mask"}


@pytest.mark.parametrize("how", [{}, {"share": False}, {"most": 90}], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_as_padded_ones(kind, how, folders, heard):
    model, processor = opened(folders(kind))
    add_fused_lm_head(model)
    sft_rows.listen(model)
    both, picture = asked(heard["both"]), asked(heard["picture"])
    samples = [both[0], heard["words"], picture[0], both[1], heard["sound"], heard["clip"], both[2], *picture[1:]]
    ours, theirs = laid(model, processor, samples, **how)
    assert ours["input_ids"].numel() < theirs["input_ids"].numel()
    assert len(ours["input_features"]) < len(theirs["input_features"]) or how
    same(learnt(model, ours), learnt(model, theirs))


@pytest.mark.parametrize("freeze", [[], TOWERS], ids=["towers learn", "towers frozen"])
@pytest.mark.parametrize("kind", KINDS)
def test_shared_prompts_are_as_repeated(kind, freeze, folders, heard, tmp_path):
    samples = [heard[name] for name in ("both", "sound", "words", "picture")]
    how = {"freeze": freeze, "per_device_train_batch_size": 8}
    shared = trained(make(GroupTrainer, folders(kind), samples, tmp_path / "a", **how))
    assert any(row[0] for row in shared[0])
    same_steps(shared, trained(make(GroupTrainer, folders(kind), samples, tmp_path / "b", share=False, **how)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_learns(kind, folders, heard):
    model, processor = opened(folders(kind))
    batch = collate.Collator(processor, prompts.TINY, 8.0, 8)([{"sample": heard["both"].to_json()}])
    loss = model(**batch).loss
    assert 6.0 < loss.item() < 8.0  # about the logarithm of a thousand words: nothing is known yet
    loss.backward()
    parts = {load.part_of(name) for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum()}
    assert parts == {"vision", "audio", "projector", "language"}


@pytest.mark.parametrize("kind", KINDS)
def test_parts_freeze_and_lora_is_of_the_language_model(kind, folders):
    from peft import get_peft_model

    model, _ = opened(folders(kind))
    assert {load.part_of(name) for name, _ in model.named_parameters()} == {"vision", "audio", "projector", "language"}
    projector = {name for name, _ in model.named_parameters() if load.part_of(name) == "projector"}
    assert any("audio_tower.proj" in name for name in projector)
    assert any("visual.merger" in name for name in projector)
    load.freeze(model, ["audio"])
    assert {load.part_of(name) for name, one in model.named_parameters() if not one.requires_grad} == {"audio"}
    worn = get_peft_model(model, adapters.lora_config({"r": 2}))
    layers = {name.partition(".layers.")[0] for name, one in worn.named_parameters() if one.requires_grad}
    assert layers == {"base_model.model.model.language_model"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_is_what_was(kind, folders, heard, tmp_path):
    """A model saved, and a whole checkpoint whose language half alone is read, with that half's adapter."""
    import transformers
    from peft import get_peft_model

    model, processor = opened(folders(kind))
    made = collate.Collator(processor, prompts.TINY, 8.0, 8)
    batch = made([{"sample": one.to_json()} for one in heard.values()])
    model.save_pretrained(tmp_path / "kept")
    processor.save_pretrained(tmp_path / "kept")
    whole = tmp_path / "whole"
    processor.save_pretrained(whole)
    weights = load_file(f"{folders(kind)}/model.safetensors")
    spoken = {f"thinker.{name}": one for name, one in weights.items()} | {"talker.codec_head.weight": torch.ones(2, 2)}
    save_file(spoken, whole / "model.safetensors", {"format": "pt"})
    cls = transformers.Qwen2_5OmniConfig if kind == "qwen2_5_omni" else transformers.Qwen3OmniMoeConfig
    cls(thinker_config=model.config.to_dict()).save_pretrained(whole)
    expected = model(**batch).logits
    for folder in ("kept", "whole"):
        again, reader = opened(str(tmp_path / folder))
        assert type(again) is type(model)
        assert reader.videos_kwargs["size"]["longest_edge"] == processor.videos_kwargs["size"]["longest_edge"]
        torch.testing.assert_close(again(**batch).logits, expected, atol=0, rtol=0)
    worn = get_peft_model(model, adapters.lora_config({"r": 2, "init_lora_weights": False}))
    worn.peft_config["default"].base_model_name_or_path = str(whole)
    worn.save_pretrained(tmp_path / "adapter")
    dressed, _ = opened(str(tmp_path / "adapter"))
    torch.testing.assert_close(dressed(**batch).logits, worn(**batch).logits, atol=1e-5, rtol=0)
    assert float((worn(**batch).logits - expected).detach().abs().max()) > 1e-3


def test_clips_stand_in_time_by_the_frames_that_were_taken(folders, heard):
    """Qwen's processor takes every clip for one of two frames a second; ours says how far its steps are apart."""
    model, processor = opened(folders("qwen2_5_omni"))
    sample = heard["clip"]
    for fps, most in ((8.0, 16), (4.0, 16), (8.0, 2)):
        loaded = collate.load_media(sample, fps, most)
        batch = collate.prompt_batch(processor, [prompts.messages(sample, prompts.TINY)], [loaded], "left")
        about = loaded.metadata[0]
        places = about["frames_indices"]
        step = 2 * (places[-1] - places[0]) / (len(places) - 1) / about["fps"]
        assert batch["video_second_per_grid"].tolist() == pytest.approx([step])
        rows = prefixes.positions(model, batch)[0][batch["input_ids"][0] == model.config.video_token_id].unique()
        assert (rows - rows[0]).tolist() == [int(step * 25 * number) for number in range(len(rows))]
        assert len(rows) == -(-len(places) // 2)


def test_what_cannot_be_heard_is_said(folders, heard, tmp_path):
    _, processor = opened(folders("qwen2_5_omni"))

    def make_batch(media, **how):
        sample = Sample(id="s", media=(media,), response="x")
        return collate.Collator(processor, prompts.TINY, **how)([{"sample": sample.to_json()}])

    with pytest.raises(
        InputError, match=r"sample 's': the sound .*a\.wav is 20\.0 ms long, and less than 25 ms cannot"
    ):
        make_batch(tone(tmp_path / "a.wav", 0.02, 0.1))
    assert make_batch(tone(tmp_path / "b.wav", 0.025, 0.1))["feature_attention_mask"].sum() == 3
    long = tone(tmp_path / "c.wav", 10.5, 0.1)
    with pytest.raises(InputError, match=r"'s': the sound .* is 10\.5 s long, more than media\.max_seconds: 2; raise"):
        make_batch(long, max_seconds=2.0)
    with pytest.raises(InputError, match=r"'s': a sound of 10\.5 s, and WhisperFeatureExtractor hears the first 10 s"):
        make_batch(long)
    assert make_batch(long.model_copy(update={"end": 9.0}))["feature_attention_mask"].sum() == 900
    with pytest.raises(InputError, match=r"sample 's': .*gone\.wav"):
        make_batch(Media(kind="audio", path=str(tmp_path / "gone.wav")))
    silent = make_batch(tone(tmp_path / "d.wav", 0.5, 0.0))
    assert torch.isfinite(silent["input_features"]).all()
