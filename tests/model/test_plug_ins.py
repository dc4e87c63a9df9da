"""The three forms in which a language model is named, and what is wrong with the others."""

import pytest

from affectreason.benchmark import asked_prompts
from affectreason.errors import InputError
from affectreason.model import plug_ins

SAID = {"choices": [{"message": {"content": "[glad]"}, "finish_reason": "stop"}]}


def test_an_endpoint(served, tmp_path, monkeypatch):
    monkeypatch.delenv(plug_ins.KEY_VARIABLE, raising=False)
    with served(SAID) as (url, got):
        for key in (None, "secret"):
            if key:
                monkeypatch.setenv(plug_ins.KEY_VARIABLE, key)
            judge = plug_ins.asked("extractor", f"{url}#small-model", tmp_path)
            assert asked_prompts.extract_words(judge, f"text {key}").said.emotions == {"glad": 1.0}
    assert [(body["model"], body["temperature"], sent) for _, body, sent in got] == [
        ("small-model", 0, None),
        ("small-model", 0, "Bearer secret"),
    ]
    assert (tmp_path / "judge.sqlite").is_file()


def test_a_folder_and_a_function(tmp_path, monkeypatch):
    (tmp_path / "own_plug_in.py").write_text("NAME, VERSION = 'me', '1'\ndef words(prompt): return '[sad]'\n")
    monkeypatch.syspath_prepend(tmp_path)
    judge = plug_ins.asked("extractor", "own_plug_in.words", tmp_path)
    assert (judge.name, judge.version) == ("me", "1")
    with pytest.raises(InputError, match=r"holds no config\.json; give the folder of a causal language model"):
        plug_ins.asked("judge", str(tmp_path), tmp_path)
    assert plug_ins.asked("judge", None, tmp_path) is None


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("http://localhost/v1", "extractor=http://localhost/v1 names no model; write the address, # and the model"),
        ("words", "extractor=words names no function; give extractor=package.module.function"),
        ("no_such_place.f", "extractor=no_such_place.f: cannot import 'no_such_place'"),
    ],
)
def test_what_names_no_model(spec, said, tmp_path):
    with pytest.raises(InputError, match=said):
        plug_ins.asked("extractor", spec, tmp_path)


def test_a_layer_without_an_encoder():
    for source, layer in ((None, 3), ("x", "last"), ("x", True)):
        with pytest.raises(InputError, match=f"encoder_layer={layer}: write a whole number, beside encoder=FOLDER"):
            plug_ins.encoder(source, layer)
    assert plug_ins.encoder(None) is None
