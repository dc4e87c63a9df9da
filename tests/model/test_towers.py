"""What the encoders make, whatever stands behind them."""

import pytest
import torch

from affectreason.affect.sample import Media as Item
from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import collate, load, prefixes, probe, tiny, towers
from affectreason.recipe import prompts
from affectreason.recipe.parts import Media

KINDS = ["qwen3_vl", "qwen2_5_vl", "llava_onevision", "affectgpt", "qwen2_5_omni", "qwen3_omni"]
HEARING = ("affectgpt", "qwen2_5_omni", "qwen3_omni")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = tmp_path_factory.mktemp("towers")

    def find(kind):
        if not (made / kind).is_dir():
            tiny.write(kind, made / kind)
        return str(made / kind)

    return find


@pytest.fixture
def tone(sound, tmp_path):
    return Item(kind="audio", path=str(sound(tmp_path / "tone.wav")))


def samples(drawn, tone, kind):
    media = (*drawn["pictures"][0].media, drawn["clips"][0].media[0])
    both = Sample(id="both", media=media, labels="ekman7")
    if kind not in HEARING:
        return [both]
    return [both, both.model_copy(update={"id": "heard", "media": (media[1], tone)})]


def shaken(model):
    """The model with other numbers in every layer behind the encoders."""
    with torch.no_grad():
        for name, one in model.named_parameters():
            if load.part_of(name) == "projector":
                one.copy_(torch.randn_like(one))
    return model


def prefix_of(model, processor, sample):
    loaded = collate.load_media(sample, 4.0, 4)
    dialogue = [{"role": "user", "content": [prompts.slot(item) for item in sample.media]}]
    return prefixes.make(model, processor, dialogue, loaded)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_behind_the_encoders_changes_nothing(kind, folders, drawn, tone, tmp_path):
    model, processor = load.load(folders(kind), dtype="float32")
    model.eval()
    those = samples(drawn, tone, kind)
    prefix = prefix_of(model, processor, those[-1])
    before = towers.vectors(model, prefix)
    given = prefixes.encode(model, prefix).encoded
    vectors = probe.features(model, processor, those, Media(max_frames=4), tmp_path / "before")
    shaken(model)
    after = towers.vectors(model, prefix)
    assert [sense for sense, _ in before] == ["seen", "heard" if kind in HEARING else "seen"]
    assert all(torch.equal(one, other) for (_, one), (_, other) in zip(before, after, strict=True))
    made = prefixes.encode(model, prefix).encoded
    changed = [
        one["pooler_output"][0] - other["pooler_output"][0]
        for one, other in zip(given.values(), made.values(), strict=True)
    ]
    assert all(float(one.abs().max()) > 1e-3 for one in changed)  # what the language model is given did change
    again = probe.features(model, processor, those, Media(max_frames=4), tmp_path / "after")
    assert all(torch.equal(one, other) for one, other in zip(vectors, again, strict=True))


def test_an_untrained_projector_does_not_change_a_vote(folders, drawn, tmp_path):
    """What the classifier says of 14 drawn faces, each of whom is a person of their own."""
    model, processor = load.load(folders("affectgpt"), dtype="float32")
    faces = drawn["pictures"]
    names, people = [one.gold.emotion for one in faces], [one.id for one in faces]
    votes = []
    for folder in ("before", "after"):
        seen = probe.features(model.eval(), processor, faces, Media(), tmp_path / folder)
        votes.append(probe.out_of_fold(seen, names, people, folds=7, seed=0))
        shaken(model)
    assert votes[0] == votes[1]
    assert len(set(votes[0]) - {None}) > 1


def test_each_sense_has_its_own_columns(folders, drawn, tone, tmp_path):
    """CLIP's 128 numbers a frame, and the Whisper's 64 a piece of sound."""
    model, processor = load.load(folders("affectgpt"))
    both, heard = probe.features(model.eval(), processor, samples(drawn, tone, "affectgpt"), Media(), tmp_path)
    assert both.shape[1] == heard.shape[1] == 128 + 64
    assert both[:, :128].abs().sum(1).all()
    assert not both[:, 128:].any()
    ears = heard[:, 128:].abs().sum(1) > 0
    assert ears.any()
    assert not heard[ears, :128].any()


def test_a_sound_is_looked_at_alone(folders, drawn, tone):
    model, processor = load.load(folders("qwen2_5_omni"), dtype="float32")
    sample = Sample(id="two", media=(tone, tone), labels="ekman7")
    one, other = towers.vectors(model.eval(), prefix_of(model, processor, sample))
    assert one[0] == "heard"
    assert torch.equal(one[1], other[1])


def test_a_model_of_another_build(folders, drawn, monkeypatch):
    model, processor = load.load(folders("qwen3_vl"))
    prefix = prefix_of(model, processor, samples(drawn, None, "qwen3_vl")[0])
    monkeypatch.setattr(towers, "_BEHIND", towers.re.compile("nothing like it"))
    with pytest.raises(
        InputError, match="what the encoders of Qwen3VLForConditionalGeneration make is not known; name"
    ):
        towers.vectors(model, prefix)
