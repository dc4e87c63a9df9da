"""Weights that ZeRO-3 parts: what is made whole all the same, the names that are saved, what is refused."""

import pytest
from peft import get_peft_model
from transformers.integrations import deepspeed

from affectreason.errors import InputError
from affectreason.model import adapters, load, parted, stand_ins


@pytest.fixture
def zero_3(monkeypatch):
    """What transformers looks at before it makes a model."""

    class Config:
        def is_zero3(self):
            return True

    config = Config()
    monkeypatch.setattr(deepspeed, "_hf_deepspeed_config_weak_ref", lambda: config)
    return config


def test_whole_is_for_its_lines_alone(zero_3):
    assert parted.are()
    with pytest.raises(KeyError, match="None"), parted.whole():
        raise KeyError(None if not parted.are() else 1)
    assert parted.are()


def test_names_that_no_renaming_was_used_for_are_kept(qwen):
    class Renaming:
        def __init__(self, used):
            self.was_used = lambda: used

    class Model:
        _weight_conversions = (Renaming(True), Renaming(False))

    model = Model()
    parted.keep_names(model)
    assert [one.was_used() for one in model._weight_conversions] == [True]
    parted.keep_names(object())


def test_an_adapter_is_not_merged_under_zero_3(recipe, qwen, tmp_path, monkeypatch):
    model, processor = load.load(qwen)
    get_peft_model(model, adapters.lora_config({"r": 4})).save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    found = recipe()
    monkeypatch.setattr(parted, "are", lambda: True)
    with pytest.raises(InputError) as error:
        load.for_stage(found, found.stage("sft"), str(tmp_path))
    assert str(error.value) == (
        f"stage sft: it has no lora:, so the adapter {tmp_path} would be merged into its base, and ZeRO-3 leaves no "
        f"process the whole of that; affectreason merge adapter={tmp_path} out=DIR and then sft.init=DIR, or launch "
        "with recipes/accelerate/zero2.yaml"
    )


def test_clips_have_a_stand_in_where_pictures_are_beside_them(qwen, drawn, zero_3, monkeypatch):
    """The tower is called once for all pictures and once for all clips, and in every process as often."""
    with parted.whole():
        model, processor = load.load(qwen)
        one, other = drawn["pictures"][0], drawn["clips"][0]
        assert not stand_ins.apart(model, [one, other])
    assert stand_ins.apart(model, [one, other])
    assert not stand_ins.apart(model, [one, drawn["text"]])
    assert not stand_ins.apart(model, [other, drawn["text"]])
    both = stand_ins.of(model, processor, every=True, apart=True)
    assert list(both) == ["image", "video"]
    picture, clip = both.values()
    assert stand_ins.lacking(both, []) == [picture, clip]
    assert stand_ins.lacking(both, [picture]) == [clip]
    assert stand_ins.lacking(both, [clip]) == [picture]
    assert stand_ins.lacking(both, [picture, clip]) == []
    alone = stand_ins.of(model, processor, every=True)
    assert stand_ins.lacking(alone, [clip]) == []
