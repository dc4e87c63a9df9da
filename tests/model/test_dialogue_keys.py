"""What is made of the words of a chat before any weights are read; the rest is tested with the command."""

import pytest

from affectreason.errors import InputError
from affectreason.model import dialogue_keys as keys


def test_an_adapter_of_the_hub_is_compared_with_itself_taken_off(hub):
    hub.add("ann/face", {"adapter_config.json": '{"base_model_name_or_path": "ann/base"}'})
    begun, warning = keys.dialogue(keys.KEYS | {"model": "ann/face"})
    assert (begun.model, begun.adapter, begun.base, warning) == ("ann/face", None, None, None)


@pytest.mark.parametrize("key", ["model", "adapter", "base"])
def test_a_folder_that_was_deleted_is_told_with_its_key(tmp_path, monkeypatch, key):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "merged" / "one").mkdir(parents=True)
    given = keys.KEYS | {"model": "tiny:qwen3_vl", key: "merged/on"}
    said = (
        rf"{key}=merged/on: no such folder; in merged: did you mean 'one'\? known: one; if merged/on of the Hub is me"
    )
    with pytest.raises(InputError, match=said):
        keys.dialogue(given)


def test_a_folder_below_home_is_asked_as_it_was_trained(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    stage = tmp_path / "runs" / "one" / "sft"
    (stage / "model").mkdir(parents=True)
    (stage / "recipe.yaml").write_text("{stage: {name: sft, kind: sft}, prompt: facial_r1, labels: mer6}")
    begun, _ = keys.dialogue(keys.KEYS | {"model": "~/runs/one/sft/model"})
    assert (begun.model, begun.prompt, begun.labels) == (str(stage / "model"), "facial_r1", "mer6")
    begun, _ = keys.dialogue(keys.KEYS | {"model": "~nobody_here/sft/model"})
    assert begun.model == "~nobody_here/sft/model"  # whoever loads it says that there is no such folder
