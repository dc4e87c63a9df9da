import numpy as np
import pytest
from PIL import Image
from tests.model.test_group_trainer import TEXT, make, same, trained
from tests.model.test_sft_rows import asked, laid, learnt
from tests.model.test_sft_rows import same as same_rows
from trl.trainer.utils import add_fused_lm_head

from affectreason.model import load, prefixes, sft_rows, stand_ins, tiny
from affectreason.model.collate import Loaded
from affectreason.model.group_trainer import GroupTrainer
from affectreason.recipe import prompts

SIGHT = ["vision", "projector"]
UNUSED = "model.audio_tower.audio_bos_eos_token.weight"  # transformers keeps it and never calls it


@pytest.fixture(scope="module")
def omni(tmp_path_factory):
    """The folder of a tiny model that sees and hears."""
    folder = tmp_path_factory.mktemp("omni") / "model"
    tiny.write("qwen2_5_omni", folder)
    return str(folder)


def prompt(model, processor, *kinds):
    """A prompt with a grey picture, a noise, or both."""
    parts = [{"type": kind} for kind in kinds]
    noise = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)
    shown = [Image.new("RGB", (60, 60), (9, 9, 9))] if "image" in kinds else []
    loaded = Loaded(shown, [], [], [noise] if "audio" in kinds else [])
    return prefixes.make(model, processor, [{"role": "user", "content": [*parts, prompts.text_part("Why?")]}], loaded)


@pytest.mark.parametrize(("freeze", "every", "kinds"), [
    ([], False, ["image", "audio"]), (["audio"], False, ["image", "audio"]),  # the audio tower's projector learns
    (SIGHT, False, ["audio"]), (["audio", *SIGHT], False, []), (["audio", *SIGHT], True, ["image", "audio"]),
])  # fmt: skip
def test_each_tower_that_learns_has_one(freeze, every, kinds, omni):
    model, processor = load.load(omni, dtype="float32")
    load.freeze(model, freeze)
    found = stand_ins.of(model, processor, every)
    assert list(found) == kinds
    keys = {"image": {"pixel_values", "image_grid_thw"}, "audio": {"input_features", "feature_attention_mask"}}
    assert all(set(one.media) == keys[kind] for kind, one in found.items())


def test_what_has_no_ears_gets_a_picture(qwen):
    assert list(stand_ins.of(*load.load(qwen), every=True)) == ["image"]


def test_what_the_prompts_lack(omni):
    """A picture beside sounds, silence beside pictures, both beside words, nothing where both are there."""
    model, processor = load.load(omni)
    given = stand_ins.of(model, processor, every=False)
    words, picture, sound = (prompt(model, processor, *kinds) for kinds in ((), ("image",), ("audio",)))
    kept = prefixes.encode(model, picture)
    assert not kept.media
    for there, lacking in (
        ([words], ["image", "audio"]), ([sound, words], ["image"]), ([picture], ["audio"]), ([kept], ["audio"]),
        ([picture, sound], []), ([prompt(model, processor, "image", "audio"), words], []), ([], ["image", "audio"]),
    ):  # fmt: skip
        assert [id(one) for one in stand_ins.lacking(given, there)] == [id(given[kind]) for kind in lacking]


def test_fused_media_call_every_tower(models):
    model, processor = load.load(models["affectgpt"])
    given = stand_ins.of(model, processor, every=False)
    assert [id(one) for one in stand_ins.lacking(given, [])] == [id(given["image"])]
    assert stand_ins.lacking(given, [prompt(model, processor, "audio")]) == []


@pytest.mark.parametrize("share", [True, False])
def test_silence_nobody_hears_changes_nothing(share, omni, pictures, tmp_path, monkeypatch):
    """What a process with words, and one with a picture, computes beside processes with sound."""
    samples = [TEXT, pictures[0]]
    plain = trained(make(GroupTrainer, omni, samples, tmp_path / "a", share=share))
    made = make(GroupTrainer, omni, samples, tmp_path / "b", share=share)
    given = stand_ins.of(made.model, made.processing_class, every=False)

    def lacked(self, of):
        return stand_ins.lacking(given, [self._asked[index] for index in of])

    monkeypatch.setattr(GroupTrainer, "_stand_ins", lacked)
    same(trained(made), plain)
    batch = made._generate_and_score_completions([made.train_dataset[0]] * 4)
    made.model.zero_grad()
    made._compute_loss(made.model, batch).backward()
    tower = [p.grad for n, p in made.model.named_parameters() if "audio_tower" in n and n != UNUSED]
    assert all(one is not None and not one.any() for one in tower)


def test_rows_with_silence_are_as_without(omni, drawn):
    model, processor = load.load(omni, dtype="float32")
    add_fused_lm_head(model)
    sft_rows.listen(model)
    unseen = sft_rows.unseen(model, processor)
    for samples in ([drawn["text"], *asked(drawn["text"])], [drawn["pictures"][0], drawn["text"]]):
        ours, theirs = laid(model, processor, samples, unseen=unseen)
        assert "input_features" in ours
        assert "input_features" not in theirs
        found, expected = learnt(model, ours), learnt(model, theirs)
        tower = {name for name in found[1] if name not in expected[1]}
        assert {name for name, _ in model.named_parameters() if "audio_tower" in name} <= {*tower, UNUSED}
        assert all(not found[1].pop(name).any() for name in tower)
        same_rows(found, expected)
