import json

import pytest

from affectreason.errors import InputError
from affectreason.published import scripts

FACE = "FABAInstruct/{}/images/AffectNet/AffectNet_v2/1194/4dfc.jpg"


def row(folder, said=True, **more):
    talk = [
        {"from": "human", "value": "In this face, which units?\n<image>"},
        {"from": "gpt", "value": "1. AU4 - the brows are drawn together."},
    ]
    return (
        {
            "source": "AffectNet",
            "image": FACE.format(folder),
            "id": f"AffectNet/{folder}/4dfc",
            "landmark": "x.npy",
        }
        | ({"conversations": talk} if said else {})
        | more
    )


@pytest.fixture
def root(tmp_path):
    def write(folder, kind, *rows):
        path = tmp_path / "FABAInstruct" / folder / f"{folder}_{kind}_anno.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows, indent=1))

    write("train", "emotion", row("train"))
    write("train", "au", row("train"))
    write(
        "eval", "emotion", row("eval", label="Happiness", gpt4="A smile."), row("eval", id="b", label=5, gpt4="A nose.")
    )
    write("eval", "au", row("eval", said=False, label="1, 4, 43", gpt4="AU1, AU4 and AU43."))
    return tmp_path


def test_training_rows_have_a_text_and_no_label(given, root):
    (sample,) = given("faba", root=root, protocol="au", split="train")
    assert sample.id == "faba_au_train_AffectNet/train/4dfc"
    assert sample.media[0].path == str(root / FACE.format("train"))
    assert (sample.question, sample.response) == (
        "In this face, which units?",
        "1. AU4 - the brows are drawn together.",
    )
    assert (sample.gold.emotion, sample.gold.aus) == (None, None)
    assert (sample.provenance.origin, sample.provenance.dataset) == ("model", "FABA-Instruct")


def test_the_20_units_of_the_test_are_present_or_absent(given, root):
    (sample,) = given("faba", root=root / "FABAInstruct", protocol="au", split="test")
    assert sample.id == "faba_au_test_AffectNet/eval/4dfc"
    assert sample.media[0].path == str(root / FACE.format("eval"))
    assert (sample.gold.units, len(sample.gold.aus)) == ({1, 4, 43}, 20)
    assert (sample.question, sample.response, sample.provenance.origin) == (None, "AU1, AU4 and AU43.", None)


def test_test_emotions_are_names_or_numbers_in_the_authors_order(given, root):
    samples = given("faba", root=root)
    assert [one.provenance.split for one in samples] == ["train", "test", "test"]
    assert [one.gold.emotion for one in samples] == [None, "happiness", "disgust"]
    assert len({one.id for one in samples}) == 3


def test_published_numbers():
    script = scripts.load("faba")
    assert [script.ABOUT.published(split, "emotion") for split in ("train", "test")] == [19474, 403]
    assert [script.ABOUT.published(split, "au") for split in ("train", "test")] == [15838, 325]
    assert 19474 + 403 == 19877
    assert (len(script.UNITS), len(script.SCORED)) == (20, 12)
    assert set(script.SCORED) < set(script.UNITS)


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("emotion", {"label": "7"}, "sample 'x': '7' is not a label from 0 (happiness) to 6"),
        ("emotion", {"label": "joyfull"}, "sample 'x': the label 'joyfull' is not in 'ekman7'"),
        ("au", {"label": "1, 99"}, "sample 'x': '99' in '1, 99' is not an action unit; write '1, 4, 12'"),
        ("au", {}, "no 'label'; known: conversations, gpt4, id, image, landmark, source"),
        ("au", {"label": "1", "gpt4": ["x"]}, "sample 'x': gpt4 is \"['x']\", not a text; take the file as published"),
        (
            "au",
            {"label": "1", "conversations": [{"from": "gpt"}]},
            "sample 'x': conversations is \"[{'from': 'gpt'}]\", not",
        ),
        ("au", {"label": "1", "image": "/etc/a.jpg"}, "the path '/etc/a.jpg' does not stay below"),
    ],
)
def test_wrong_rows_are_told(given, root, kind, change, message):
    path = root / "FABAInstruct/eval" / f"eval_{kind}_anno.json"
    path.write_text(json.dumps([row("eval", id="x", gpt4="x") | change]))
    with pytest.raises(InputError) as error:
        given("faba", root=root, protocol=kind, split="test")
    assert str(error.value).startswith(f"{path}:1: {message}")


def test_wrong_options_are_told(given, root):
    with pytest.raises(InputError, match="split=eval: known: test, train"):
        given("faba", root=root, split="eval")
    with pytest.raises(InputError, match="protocol=aus: did you mean 'au'\\? known: au, emotion"):
        given("faba", root=root, protocol="aus")
