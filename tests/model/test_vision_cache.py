"""What is read from the cache against what the tower makes."""

import json
import os
from functools import partial

import pytest
import torch
from tests.conftest import KINDS

from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.model import collate, generate, load, prefixes, vision_cache
from affectreason.recipe import prompts

MEDIA = partial(collate.load_media, fps=2.0, max_frames=4)
SEEN = [kind for kind in KINDS if kind != "affectgpt"]  # what it makes of all media of a message is one file
TEXT = Sample(id="words", question="How does a smile look?", gold=Affect(emotion="happiness"), labels="ekman7")


@pytest.fixture
def opened(models, tmp_path):
    """A model whose tower is frozen, its processor and its cache."""

    def make(kind="qwen3_vl"):
        model, processor = load.load(models[kind], dtype="float32")
        load.freeze(model, ["vision", "projector"])
        cache = vision_cache.opened(model, tmp_path / "cache")
        assert cache is not None
        return model, processor, cache

    return make


def prefix(model, processor, sample):
    return prefixes.make(model, processor, prompts.messages(sample, prompts.find("plain")), MEDIA(sample))


def several(pictures):
    return pictures[0].model_copy(update={"id": "two", "media": (*pictures[0].media, *pictures[5].media)})


def files(cache):
    return sorted(cache.folder.glob("*/*.safetensors"))


@pytest.mark.parametrize("kind", SEEN)
def test_what_is_read_is_what_was_encoded(kind, opened, drawn):
    """To the last bit for one picture or clip; pictures that are encoded together are equal but for rounding."""
    model, processor, cache = opened(kind)
    samples = [drawn["pictures"][1], several(drawn["pictures"]), TEXT, *(drawn["clips"] if kind != "llava" else [])]
    asked = [prefix(model, processor, sample) for sample in samples]
    plain = [prefixes.encode(model, one) for one in asked]
    together = kind == "llava_onevision"  # which tiles a picture where it is alone, and there only
    media = sum(len(one.media) for one in samples) - together
    for turn in range(2):
        found = [vision_cache.encoded(model, one, cache) for one in asked]
        assert len(files(cache)) == media
        assert len(cache.read) == turn * media
        for sample, here, there in zip(samples, found, plain, strict=True):
            assert (here.encoded is None) == (there.encoded is None)
            for modality in there.encoded or {}:
                mine, theirs = (vision_cache._tensors(one.encoded[modality]) for one in (here, there))
                assert mine.keys() == theirs.keys()
                for name in theirs:
                    apart = 0 if together or len(sample.media) == 1 else 1e-5
                    torch.testing.assert_close(mine[name], theirs[name].reshape_as(mine[name]), atol=apart, rtol=0)
    assert prefixes.media_of(found).keys() == {"mm_encoder_outputs"}


@pytest.mark.parametrize("kind", SEEN)
def test_a_model_that_listens_is_as_before(kind, opened, drawn):
    """A padded batch of pictures, clips and words, as a trainer that knows of no cache gives it."""
    model, processor, cache = opened(kind)
    samples = [drawn["pictures"][3], TEXT, *([] if kind == "llava" else drawn["clips"][:1]), drawn["pictures"][4]]
    if kind != "llava_onevision":
        samples.insert(1, several(drawn["pictures"]))
    batch = collate.Collator(processor, prompts.find("plain"), max_frames=4)([{"sample": s.to_json()} for s in samples])
    plain = model(**batch)
    plain.loss.backward()
    grads = {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
    handle = vision_cache.listen(model, cache)
    media = sum(len(one.media) for one in samples)
    for turn in range(2):
        model.zero_grad(set_to_none=True)
        found = model(**batch)
        found.loss.backward()
        torch.testing.assert_close(found.logits, plain.logits, atol=1e-5, rtol=0)
        for name, one in model.named_parameters():
            if name in grads:
                torch.testing.assert_close(one.grad, grads[name], atol=1e-5, rtol=1e-4, msg=name)
        assert len(cache.read) == turn * media
    assert len(files(cache)) == media
    handle.remove()
    assert vision_cache.listen(model, None) is None


def test_another_process_reads_it(opened, pictures):
    for turn in range(2):
        model, processor, cache = opened()
        vision_cache.encoded(model, prefix(model, processor, pictures[0]), cache)
        assert len(cache.read) == turn


@pytest.mark.parametrize("kind", ["qwen3_vl", "llava_onevision"])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_answers_are_those_without_it(kind, temperature, opened, drawn):
    model, processor, cache = opened(kind)
    samples = [drawn["pictures"][0], several(drawn["pictures"]), TEXT, drawn["clips"][0]]
    if kind == "llava_onevision":
        samples = samples[:1] + samples[2:]  # its processor cannot batch one picture beside two
    prompt = prompts.find("plain")
    asked = [generate.Asked(s, prompts.messages(s, prompt), "It is" if s.id == "words" else "") for s in samples]
    loaded = [MEDIA(sample) for sample in samples]
    how = {"max_new_tokens": 6, "temperature": temperature, "loaded": loaded, "seed": 3}
    plain = generate.answer(model.eval(), processor, asked, **how)
    assert len(set(plain)) > 1
    for _ in range(2):
        assert generate.answer(model, processor, asked, cache=cache, **how) == plain
    assert cache.read


def test_another_tower_is_refused_with_both_digests(opened, capsys):
    model, _, cache = opened()
    with torch.no_grad():
        next(p for n, p in model.named_parameters() if "visual.blocks.0" in n).add_(1e-3)
    other = vision_cache.digest(model)
    expected = f"was written by the tower {cache.tower[:16]}, and the tower of this model is {other[:16]}; give another"
    with pytest.raises(InputError, match=expected):
        vision_cache.opened(model, cache.folder)
    assert vision_cache.opened(model, cache.folder, needed=False) is None
    said = f"and the tower of this model is {other[:16]}; going on without it"
    assert said in capsys.readouterr().err


def test_what_the_digest_is_of(opened):
    model, _, cache = opened()
    with torch.no_grad():
        model.lm_head.weight.add_(1.0)
    assert vision_cache.digest(model) == cache.tower  # the language model may learn
    assert vision_cache.digest(model.to(torch.bfloat16)) != cache.tower
    model.config.vision_config.spatial_merge_size = 1
    assert vision_cache.digest(model.to(torch.float32)) != cache.tower


def test_the_key_is_of_content_and_precision(opened, pictures):
    model, processor, cache = opened()
    given = [prefixes.by_modality(model, prefix(model, processor, one).media)["image"] for one in pictures[:2]]
    assert [one.keys() for one in prefixes.one_by_one(given[0])] == [given[0].keys()]
    places = {vision_cache.place(cache, "image", one) for one in given}
    assert len(places) == 2
    again = prefixes.by_modality(model, prefix(model, processor, pictures[0]).media)["image"]
    assert vision_cache.place(cache, "image", again) in places
    assert vision_cache.place(cache, "video", again) not in places
    with torch.autocast("cpu", torch.bfloat16):
        assert vision_cache.place(cache, "image", again) not in places


@pytest.mark.parametrize("left", [0, 7, 200, -1])
def test_a_file_cut_short_is_said_once_and_written_again(left, opened, pictures, capsys):
    model, processor, cache = opened()
    asked = [prefix(model, processor, one) for one in pictures[:2]]
    whole = [vision_cache.encoded(model, one, cache) for one in asked]
    sizes = [path.stat().st_size for path in files(cache)]
    for path in files(cache):
        os.truncate(path, left if left >= 0 else path.stat().st_size - 1)
    found = [vision_cache.encoded(model, one, cache) for one in asked]
    assert torch.equal(found[0].encoded["image"].pooler_output[0], whole[0].encoded["image"].pooler_output[0])
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("vision_cache: ")
    assert "is broken (" in said[0]
    assert [path.stat().st_size for path in files(cache)] == sizes
    assert not list(cache.folder.rglob("*.part"))


def test_a_full_disk_does_not_stop(opened, pictures, capsys, full_disk):
    model, processor, cache = opened()
    asked = [prefix(model, processor, one) for one in pictures[:3]]
    vision_cache.encoded(model, asked[0], cache)
    with full_disk(1000):
        found = [vision_cache.encoded(model, one, cache) for one in asked]
    assert all(one.encoded for one in found)
    assert len(files(cache)) == 1
    assert not list(cache.folder.rglob("*.part"))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("vision_cache: cannot write ")
    assert said[0].endswith("going on without writing more")
    assert len(cache.read) == 1  # what was written before is still read


def test_what_is_no_folder_is_refused(models, tmp_path):
    model, _ = load.load(models["qwen3_vl"], dtype="float32")
    load.freeze(model, ["vision", "projector"])
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "cache"):
        with pytest.raises(InputError, match=rf"vision_cache: {place} cannot be made a folder \(.*\); give another"):
            vision_cache.opened(model, place)


def test_it_is_off_where_the_tower_learns(models, tmp_path, capsys):
    model, _ = load.load(models["qwen3_vl"], dtype="float32")
    assert vision_cache.opened(model, None) is None
    assert vision_cache.opened(model, tmp_path) is None
    load.freeze(model, ["vision"])
    assert vision_cache.opened(model, tmp_path) is None
    reason = "vision_cache: off, the tower or the projector learns; freeze: [vision, projector] lets their output be"
    assert capsys.readouterr().err.count(reason) == 2
    assert not list(tmp_path.iterdir())


def test_it_is_off_where_an_adapter_changes_the_tower(models, tmp_path, capsys):
    from peft import LoraConfig, get_peft_model

    model, _ = load.load(models["qwen3_vl"], dtype="float32")
    plain = get_peft_model(model, LoraConfig(r=2, target_modules=r".*language_model.*q_proj"))
    assert vision_cache.opened(plain, tmp_path) is not None
    model, _ = load.load(models["qwen3_vl"], dtype="float32")
    wide = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj", "qkv"])).requires_grad_(False)
    assert vision_cache.opened(wide, tmp_path) is None
    assert "vision_cache: off, an adapter has layers in the tower" in capsys.readouterr().err


def test_a_part_of_unknown_name_that_learns_counts_as_tower(models):
    model, _ = load.load(models["qwen3_vl"], dtype="float32")
    load.freeze(model, ["vision", "projector"])
    assert prefixes.sees_frozen(model)
    model.register_parameter("resampler", torch.nn.Parameter(torch.zeros(1)))
    assert not prefixes.sees_frozen(model)


def test_reading_that_is_slower_is_said_once_and_left(opened, pictures, capsys):
    model, processor, cache = opened()
    asked = prefix(model, processor, pictures[0])
    vision_cache.encoded(model, asked, cache)
    cache.read.extend([2.0] * 40)
    cache.made.extend([1.0] * 40)
    for _ in range(2):
        vision_cache.encoded(model, asked, cache)
    assert len(cache.read) == 41
    said = capsys.readouterr().err
    assert said == "vision_cache: reading takes 2000.0 ms and encoding 1000.0 ms, so it is not worth it; off\n"


def test_an_about_file_cut_short_is_written_again(opened):
    _, _, cache = opened()
    (cache.folder / "tower.json").write_text('{"tower": "12')
    opened()
    assert json.loads((cache.folder / "tower.json").read_text())["tower"] == cache.tower
