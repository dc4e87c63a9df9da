import json
from functools import partial

import pytest
import torch
from safetensors.torch import load_file

from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import read, write
from affectreason.errors import InputError
from affectreason.media.draw_scenes import draw_scenes
from affectreason.model import filled, load, tiny
from affectreason.model.senses import Senses
from affectreason.recipe import runs
from affectreason.stages import warm_up

HEARING = ("affectgpt", "qwen2_5_omni", "qwen3_omni")
EKMAN = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")


@pytest.fixture
def run(recipe, tmp_path, pictures):
    def go(init, out="out", samples=None, **more):
        write(tmp_path / "s.jsonl", samples or pictures)
        train = {"per_device_train_batch_size": 7, "max_steps": 3, "learning_rate": 1e-3, "logging_steps": 1}
        found = recipe(
            base__init=init, base__data=[str(tmp_path / "s.jsonl")], base__train=train, evaluate=None, **more
        )
        warm_up.run(found, found.stage("base"), tmp_path / out)
        return tmp_path / out / "base"

    return go


@pytest.mark.parametrize("kind", ["qwen3_vl", "qwen2_vl", "qwen2_5_vl", "llava", "llava_onevision"])
def test_the_tower_learns_and_the_words_do_not(kind, models, run):
    folder = run(models[kind])
    before, after = (load_file(f"{place}/model.safetensors") for place in (models[kind], folder / "model"))
    assert before.keys() == after.keys()
    moved = {load.part_of(name) for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"vision", "projector"}
    assert runs.is_done(folder.parent, "base")
    load.load(str(folder / "model"))


def test_parted_weights_are_refused(qwen, run, monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(InputError, match=r"ZeRO-3 and FSDP part it; run it alone first .*stage=base"):
        run(qwen)


def test_the_same_again_is_the_same(qwen, run):
    first, second = (load_file(run(qwen, out) / "model" / "model.safetensors") for out in ("a", "b"))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_units_nobody_annotated_carry_no_weight(qwen, pictures):
    _, processor = load.load(qwen)
    bare = pictures[3].model_copy(update={"gold": Affect(emotion="contempt")})
    made = warm_up.pictures([pictures[3], bare, pictures[0]], processor, [6, 12], EKMAN)
    assert made["present"].tolist()[0] == [float(unit in pictures[3].gold.units) for unit in (6, 12)]
    assert made["seen"].tolist() == [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]
    assert made["emotion"].tolist() == [3, -100, EKMAN.index(pictures[0].gold.emotion)]


def test_it_needs_one_picture_and_units(qwen, run, drawn, pictures):
    with pytest.raises(
        InputError,
        match=r"sample 'train_00000_clip' has 0 pictures and 0 sounds; a warm-up takes exactly one of either",
    ):
        run(qwen, samples=[*pictures, *drawn["clips"]])
    with pytest.raises(InputError, match=r"stage base: none of its 1 samples has annotated action units to learn from"):
        run(qwen, "other", samples=[Sample(id="a", gold=Affect(emotion="fear"))])


def test_an_adapter_is_not_warmed_up(qwen, run):
    with pytest.raises(InputError, match="stage base: a warm-up trains the tower itself; remove its lora:"):
        run(qwen, base__lora={"r": 4})


def test_labels_outside_the_recipes_set_are_refused(run, qwen, pictures):
    strange = pictures[0].model_copy(update={"gold": Affect(emotion="contempt", aus=[12]), "labels": "ekman8"})
    with pytest.raises(InputError, match=r"stage base: contempt not in the recipe's labels ekman7; set labels="):
        run(qwen, samples=[strange, *pictures[1:]])


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """Seven scenes: two clips, a voice and words each."""
    folder = tmp_path_factory.mktemp("scenes")
    write(folder / "samples.jsonl", draw_scenes(folder, {"ears": 7}, size=32, workers=1))
    return read(folder / "samples.jsonl")


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """The folders of tiny models that hear, by kind."""
    folder = tmp_path_factory.mktemp("hearing")
    for kind in HEARING:
        tiny.write(kind, folder / kind)
    return {kind: str(folder / kind) for kind in HEARING}


@pytest.mark.parametrize("kind", HEARING)
def test_eyes_and_ears_learn_from_what_each_sample_has(kind, heard, run, pictures, spoken):
    folder = run(heard[kind], samples=[*pictures[:7], *spoken])
    before, after = (load_file(f"{place}/model.safetensors") for place in (heard[kind], folder / "model"))
    moved = {load.part_of(name) for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"vision", "audio", "projector"}


@pytest.mark.parametrize("kind", HEARING)
def test_ears_alone_leave_the_eyes(kind, heard, run, spoken):
    folder = run(heard[kind], samples=spoken)
    before, after = (load_file(f"{place}/model.safetensors") for place in (heard[kind], folder / "model"))
    moved = {load.part_of(name) for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"audio", "projector"}


def test_a_loss_of_sounds_by_hand(heard, spoken):
    model, processor = load.load(heard["qwen2_5_omni"])
    voices = warm_up.voice_classes(spoken, EKMAN)
    made = warm_up.sounds(spoken, processor, voices, None)
    senses = Senses(model, 0, 7, {name: len(of) for name, of in voices.items()})
    loss = senses(**made)["loss"].item()
    pooled = senses._of_sounds(**made["sounds"])
    assert pooled.shape == (7, 128)
    told = [
        torch.nn.functional.cross_entropy(h(pooled), made["heard"][:, k]) for k, h in enumerate(senses.voices.values())
    ]
    assert loss == pytest.approx(sum(t.item() for t in told) / len(told), abs=1e-6)
    alone = [warm_up.sounds([one], processor, voices, None) for one in spoken[:2]]
    each = torch.cat([senses._of_sounds(**one["sounds"]) for one in alone])
    assert torch.allclose(each, pooled[:2], atol=1e-5)  # a sound does not depend on those beside it


def test_a_constant_answer_loses_what_heads_of_frequencies_alone_lose(heard, spoken, pictures):
    model, processor = load.load(heard["qwen2_5_omni"])
    units, voices = sorted({u for s in pictures for u in s.gold.units or ()}), warm_up.voice_classes(spoken, EKMAN)
    senses = Senses(model, len(units), 7, {name: len(of) for name, of in voices.items()})
    made = warm_up.pictures(pictures, processor, units, EKMAN) | warm_up.sounds(spoken, processor, voices, None)
    with torch.no_grad():
        counts = [torch.bincount(made["heard"][:, k], minlength=len(of)) for k, of in enumerate(voices.values())]
        heads = [senses.units, senses.emotion, *senses.voices.values()]
        shares = [made["present"].mean(0), torch.bincount(made["emotion"], minlength=7), *counts]
        for head, share in zip(heads, shares, strict=True):
            head.weight.zero_()
            head.bias.copy_(torch.logit(share, 1e-9) if head is senses.units else torch.log(share / share.sum() + 1e-9))
        loss = senses(**made)["loss"].item()
    both = [*pictures, *spoken]
    assert warm_up.constant_loss(both, units, EKMAN, voices, len(both)) == pytest.approx(loss, abs=1e-5)
    each = [warm_up.constant_loss(those, units, EKMAN, voices, 1) * len(those) for those in (pictures, spoken)]
    assert warm_up.constant_loss(both, units, EKMAN, voices, 1) == pytest.approx(sum(each) / len(both))  # eyes or ears


def test_eyes_that_stayed_blind_are_told(qwen, run, capsys):
    folder = run(qwen)
    told = json.loads((folder / "done.json").read_text())["alarms"]
    assert len(told) == 1
    assert "one answer for every sample loses" in told[0]
    assert f"base: {told[0]}" in capsys.readouterr().err


def test_what_is_learnt_of_a_voice(spoken):
    voices = warm_up.voice_classes(spoken, EKMAN)
    assert list(voices) == ["voice_emotion", "voice_melody", "voice_pitch", "voice_rate", "voice_volume"]
    assert set(voices["voice_melody"]) <= {"falling", "level", "rising"}
    bare = [sample.model_copy(update={"attributes": {}}) for sample in spoken]
    assert warm_up.voice_classes(bare, EKMAN) == {"emotion": EKMAN}
    assert warm_up.voice_classes(bare[:0], EKMAN) == {}


def test_a_model_without_ears_refuses_sounds(qwen, run, spoken):
    with pytest.raises(InputError, match=r"sample 'ears_0000._scene_emotion': .* reads no sound; choose a model"):
        run(qwen, samples=spoken)


def test_of_quiet_rows_nothing_is_said_and_what_others_call_joins(heard, spoken, pictures):
    _, processor = load.load(heard["qwen2_5_omni"])
    voices = warm_up.voice_classes(spoken, EKMAN)
    both = [pictures[3], spoken[0]]
    made = partial(warm_up.batch, processor=processor, units=[6, 12], emotions=EKMAN, voices=voices, max_seconds=None)
    rows = filled.rows(both, 1)
    loud, found = made([{**row, filled.QUIET: False} for row in rows]), made(rows)
    assert torch.equal(found["pixel_values"], loud["pixel_values"])
    assert loud["seen"].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert found["seen"].tolist() == [[1.0, 1.0], [0.0, 0.0]]
    assert found["emotion"].tolist() == [3, -100]
    assert (found["heard"] >= 0).all()
    alone = made(rows[:1])
    assert "sounds" not in alone  # one process calls what it has
    beside = warm_up.unsaid(both)
    assert [one.id for one in beside] == [one.id for one in both]
    joined = made(rows[:1], beside=beside)
    assert torch.equal(joined["pixel_values"], alone["pixel_values"])
    assert joined["heard"].tolist() == [[-100] * len(voices)]
    silent = made(rows[1:2], beside=beside)
    assert (silent["seen"].sum(), silent["emotion"].tolist()) == (0, [-100])
    assert torch.equal(silent["heard"], found["heard"])
