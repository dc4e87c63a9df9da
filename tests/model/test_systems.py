import json
import subprocess
import sys

import pytest

from affectreason.errors import InputError
from affectreason.model import systems
from affectreason.recipe.prompts import Prompt

DIRECT, THINK = Prompt(text="{question}", question="a"), Prompt(text="{question}", question="b")
BOTH = {"direct": DIRECT, "think": THINK}
CHOOSING = "choosing a checkpoint by its test score is what this cannot express: choose on a validation split"


@pytest.fixture
def model(tmp_path):
    """Make a folder that looks like a model's, or an adapter's of a base."""

    def make(name, base=None):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        found = {"config.json": {}} if base is None else {"adapter_config.json": {"base_model_name_or_path": base}}
        for file, content in found.items():
            (folder / file).write_text(json.dumps(content))
        return str(folder)

    return make


def words(found):
    return [(system.name, system.model, system.adapter, system.bare, system.media, system.seed) for system in found]


def test_a_model_alone(model):
    tuned = model("tuned")
    assert words(systems.systems(tuned, {"direct": DIRECT})) == [("model", tuned, None, False, True, None)]
    assert words(systems.systems("org/name", {"direct": DIRECT}))[0][1] == "org/name"


def test_an_adapter_its_base_both_prompts_and_the_control(model):
    base = model("base")
    adapter = model("adapter", base=base)
    found = systems.systems(base, BOTH, adapter=adapter, compare="base", text_only=True)
    assert words(found) == [
        ("model, direct", base, adapter, False, True, None),
        ("model, think", base, adapter, False, True, None),
        ("base, direct", base, adapter, True, True, None),
        ("base, think", base, adapter, True, True, None),
        ("model, direct, text only", base, adapter, False, False, None),
    ]
    assert [system.prompt for system in found] == [DIRECT, THINK, DIRECT, THINK, DIRECT]
    assert words(systems.systems(adapter, BOTH, compare="base"))[2] == ("base, direct", adapter, None, True, True, None)
    assert systems.base_of(adapter, None) == systems.base_of(base, adapter) == base


def test_modalities_taken_away(model):
    tuned = model("tuned")
    found = systems.systems(tuned, {"direct": DIRECT}, without="audio,frames+face,audio")
    assert [(s.name, s.gone) for s in found] == [
        ("model", ()), ("model, without audio", ("audio",)), ("model, without frames and face", ("frames", "face")),
    ]  # fmt: skip
    assert [systems.parts(s)["media"] for s in found] == ["with media", "without audio", "without frames and face"]
    assert "without" not in systems.settings(found[0])
    assert systems.settings(found[1])["without"] == ["audio"]
    with pytest.raises(InputError, match=r"without=adio: unknown modality 'adio'; did you mean 'audio'"):
        systems.systems(tuned, {"direct": DIRECT}, without="adio")


def test_a_full_model_is_compared_with_what_is_named(model):
    tuned, other = model("tuned"), model("other")
    found = systems.systems(tuned, {"direct": DIRECT}, compare=other)
    assert words(found)[1] == ("compared", other, None, False, True, None)
    with pytest.raises(InputError, match=r"not known what .*tuned was trained from; give compare=FOLDER"):
        systems.systems(tuned, {"direct": DIRECT}, compare="base")
    with pytest.raises(InputError, match=r"compare=.*tuned is the model itself"):
        systems.systems(tuned, {"direct": DIRECT}, compare=tuned)
    with pytest.raises(InputError, match="compare=true: it is base, a folder or a hub id"):
        systems.systems(tuned, {"direct": DIRECT}, compare=True)


def test_the_base_of_a_run(model, tmp_path):
    tuned = model("runs/chain/sft/model")
    made = "{model: org/base, stage: {name: sft, kind: sft}}"
    (tmp_path / "runs" / "chain" / "sft" / "recipe.yaml").write_text(made)
    assert words(systems.systems(tuned, {"direct": DIRECT}, compare="base"))[1][:2] == ("base", "org/base")


def test_k_answers_with_a_temperature(model):
    found = systems.systems(model("tuned"), BOTH, k=2, temperature=0.7)
    assert [(system.name, system.seed) for system in found] == [
        ("model, direct", 0), ("model, direct", 1), ("model, think", 0), ("model, think", 1),
    ]  # fmt: skip
    assert [str(systems.place(system)) for system in found[:2]] == [
        "model-direct/predictions-0.jsonl",
        "model-direct/predictions-1.jsonl",
    ]
    greedy = systems.systems(str(model("other")), BOTH)[0]
    assert str(systems.place(greedy)) == "model-direct/predictions.jsonl"


@pytest.mark.parametrize("k", [0, -1, 1.5, True, "2"])
def test_k_is_a_whole_number(k):
    with pytest.raises(InputError, match=f"k={k}: it must be a whole number of at least 1"):
        systems.systems("org/name", BOTH, k=k, temperature=1.0)


@pytest.mark.parametrize("temperature", [-0.1, float("nan"), float("inf"), True, "hot"])
def test_a_temperature_is_a_number(temperature):
    with pytest.raises(InputError, match=f"temperature={temperature}: it must be a number of at least 0"):
        systems.systems("org/name", BOTH, temperature=temperature)


def test_greedy_answers_are_equal():
    with pytest.raises(InputError, match=r"k=5 answers need a temperature above 0, for example temperature=0.7"):
        systems.systems("org/name", BOTH, k=5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["a", "b"], "model= names 2 models; "),
        ("org/a,org/b", "model=org/a,org/b names 2 models; "),
        ("runs/*/model", r"model=runs/\*/model is a pattern for several models; "),
    ],
)
def test_several_models_cannot_be_named(given, said):
    with pytest.raises(InputError, match=said + CHOOSING):
        systems.systems(given, BOTH)
    with pytest.raises(InputError, match=said.replace("model=", "compare=") + CHOOSING):
        systems.systems("org/name", BOTH, compare=given)
    with pytest.raises(InputError, match=said.replace("model=", "adapter=") + CHOOSING):
        systems.systems("org/name", BOTH, adapter=given)


def test_a_folder_of_checkpoints(model, tmp_path):
    first, second = model("checkpoints/checkpoint-10"), model("checkpoints/checkpoint-20")
    with pytest.raises(InputError, match=rf"holds 2 checkpoints \(checkpoint-10, checkpoint-20\); {CHOOSING}"):
        systems.systems(str(tmp_path / "checkpoints"), BOTH)
    assert words(systems.systems(first, BOTH))[0][1] == first
    with pytest.raises(
        InputError, match=f"checkpoint-10 and compare=checkpoint-20 are checkpoints of one .*{CHOOSING}"
    ):
        systems.systems(first, BOTH, compare=second)


def test_a_folder_that_is_no_model(model, tmp_path):
    inside = model("sft/model")
    with pytest.raises(InputError, match=f"is no model folder: it has no config.json; did you mean {inside}?"):
        systems.systems(str(tmp_path / "sft"), BOTH)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"it has no config.json; give the folder a stage left"):
        systems.systems(str(tmp_path / "empty"), BOTH)
    with pytest.raises(InputError, match="no such folder"):
        systems.systems(str(tmp_path / "sift"), BOTH)
    with pytest.raises(InputError, match="missing model=; name one folder or hub id"):
        systems.systems(None, BOTH)
    with pytest.raises(InputError, match=r"adapter=.*model is no adapter"):
        systems.systems(inside, BOTH, adapter=inside)


def test_an_adapter_of_the_hub_is_compared_with_its_base(hub):
    hub.add("ann/face", {"adapter_config.json": '{"base_model_name_or_path": "ann/base"}'})
    found = words(systems.systems("ann/face", {"direct": DIRECT}, compare="base"))
    assert [one[:4] for one in found] == [("model", "ann/face", None, False), ("base", "ann/face", None, True)]
    assert systems.base_of("ann/face", None) == "ann/base"


def test_a_folder_below_home(model, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    inside = model("adapter", base="x")
    assert systems.systems("~/adapter", {"direct": DIRECT})[0].model == str(tmp_path / "adapter") == inside


def test_a_damaged_adapter_config(model, tmp_path):
    adapter = model("adapter", base="x")
    (tmp_path / "adapter" / "adapter_config.json").write_text("{")
    with pytest.raises(InputError, match=r"adapter_config.json: not JSON .*; fetch the adapter again"):
        systems.base_of(adapter, None)


def test_no_torch_is_loaded():
    code = "import sys, affectreason.model.systems; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
