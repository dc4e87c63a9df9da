import re

import pytest

from affectreason.commands import merge
from affectreason.errors import InputError
from affectreason.model import merge as merging


def test_a_stage_is_merged_and_said_how_to_talk_to(finished, tmp_path, capsys):
    adapter, out = finished() / "grpo" / "model", tmp_path / "merged"
    assert merge.main([f"adapter={adapter}", f"out={out}"]) == 0
    said = capsys.readouterr().out
    assert f"wrote {out}: tiny:qwen3_vl and the adapter in one, 0.01 GB in float32" in said
    assert "loaded again: all names and weights are equal, logits differ by" in said
    assert f"chat: affectreason chat model={out} prompt=facial_r1 labels=ekman7" in said


def test_an_adapter_of_the_hub(finished, hub, tmp_path, qwen):
    folder = finished() / "grpo" / "model"
    hub.add("ann/face", {path.name: path.read_bytes() for path in folder.iterdir()})
    assert merge.main(["adapter=ann/face", f"out={tmp_path / 'merged'}", f"base={qwen}"]) == 0
    with pytest.raises(InputError, match=r"adapter=ann/none: the Hub has no such repository"):
        merge.main(["adapter=ann/none", f"out={tmp_path / 'other'}"])


@pytest.mark.parametrize("installed", [True, False])
def test_an_adapter_of_four_bits_is_another_model_over_whole_weights(
    installed, finished, tmp_path, capsys, monkeypatch
):
    if not installed:
        monkeypatch.setattr(merging, "find_spec", lambda _: None)
    else:
        pytest.importorskip("bitsandbytes")
    merge.main([f"adapter={finished(quantize='nf4') / 'grpo' / 'model'}", f"out={tmp_path / 'merged'}"])
    said = (
        r"trained and evaluated over weights in nf4; over whole ones, as here, logits differ( by up to (0\.\d+))?: eval"
    )
    found = re.search(said, capsys.readouterr().out)
    assert (found[2] is not None) == installed
    assert not installed or 0.01 < float(found[2]) < 1


def test_a_merged_model_stays_where_its_distance_cannot_be_told(finished, tmp_path, capsys, monkeypatch):
    def refuses(*_):
        raise InputError("no memory for it")

    monkeypatch.setattr(merging, "over_four_bits", refuses)
    out = tmp_path / "merged"
    assert merge.main([f"adapter={finished(quantize='nf4') / 'grpo' / 'model'}", f"out={out}"]) == 0
    said = capsys.readouterr()
    assert "how far it is from the one that was trained is not known: no memory for it" in said.err
    assert "over whole ones, as here, logits differ: evaluate this model" in said.out
    assert (out / "model.safetensors").is_file()


def test_words_that_are_wrong(finished, tmp_path):
    run = finished()
    adapter = run / "grpo" / "model"
    with pytest.raises(InputError, match=r"unknown key 'ouut'; did you mean 'out'"):
        merge.main([f"adapter={adapter}", "ouut=x"])
    with pytest.raises(InputError, match=r"missing adapter="):
        merge.main(["out=x"])
    with pytest.raises(InputError, match=r"dtype=float8: did you mean"):
        merge.main([f"adapter={adapter}", f"out={tmp_path / 'x'}", "dtype=float8"])
    (run / "grpo" / "done.json").unlink()
    with pytest.raises(InputError, match=r"grpo is not done \(no done.json\); finish the stage first"):
        merge.main([f"adapter={adapter}", f"out={tmp_path / 'x'}"])
