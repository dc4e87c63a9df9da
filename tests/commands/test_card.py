import json
from types import SimpleNamespace

import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.cli import main as cli
from affectreason.commands import card
from affectreason.errors import InputError
from affectreason.media.survey import survey
from affectreason.published import scripts
from affectreason.published.about import About
from affectreason.published.beside import journal_of

ABOUT = About(title="Set", holds="", licence="MIT", gate="open", get="from its page", layout="", paper="A paper, 2020")


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Four samples of three pictures: one picture lies in train and in test under two names."""
    monkeypatch.setattr(scripts, "names", lambda: ["set"])
    monkeypatch.setattr(scripts, "load", lambda name: SimpleNamespace(ABOUT=ABOUT))
    samples = []
    for number, (emotion, split, shade) in enumerate(
        [("joy", "train", 10), ("joy", "train", 90), ("anger", "train", 170), ("joy", "test", 10)]
    ):
        path = tmp_path / f"{number}.png"
        picture = Image.linear_gradient("L").rotate(shade).resize((32, 32))
        picture.save(path)
        where = Provenance(dataset="Set", split=split, licence="MIT", origin="human")
        media = (Media(kind="image", path=str(path)),)
        samples.append(
            Sample(id=f"s{number}", media=media, gold=Affect(emotion=emotion), labels="meld7", provenance=where)
        )
    write(tmp_path / "mine.jsonl", samples)
    return tmp_path / "mine.jsonl"


def made(folder):
    return json.loads((folder / "card.json").read_text())


def test_a_card_is_written_and_asks_what_it_cannot_count(data, capsys):
    assert card.main([f"data={data}"]) == 0
    folder = data.with_suffix(".card")
    front = DatasetCard((folder / "README.md").read_text()).data.to_dict()
    assert front["license"] == "mit"
    assert front["pretty_name"] == "Set"
    assert made(folder)["labels"] == {"test": {"joy": 1}, "train": {"joy": 2, "anger": 1}}
    assert made(folder)["media"]["missing"] == 0
    answers = data.with_suffix(".card.yaml").read_text()
    assert "access: 'open: from its page'" in answers
    assert "consent: unknown" in answers
    said = capsys.readouterr()
    assert said.out == f"wrote {folder / 'README.md'} and card.json\n"
    assert said.err.endswith(f"22 of 28 questions are unanswered; answer them in {data.with_suffix('.card.yaml')}\n")


def test_a_filled_file_is_read_and_never_replaced(data):
    card.main([f"data={data}"])
    answers = data.with_suffix(".card.yaml")
    answers.write_text(answers.read_text().replace("consent: unknown", "consent: all of them signed"))
    filled = answers.read_bytes()
    assert card.main([f"data={data}"]) == 0
    assert answers.read_bytes() == filled
    text = (data.with_suffix(".card") / "README.md").read_text()
    assert "all of them signed" in text
    assert "21 of 28 questions are unanswered" in text


def test_the_same_file_gives_the_same_bytes(data, tmp_path):
    card.main([f"data={data}", f"out={tmp_path / 'one'}"])
    card.main([f"data={data}", f"out={tmp_path / 'two'}"])
    for name in ("README.md", "card.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(("allowed", "code"), [(22, 0), (21, 1)])
def test_too_many_unknown_answers_make_it_fail(data, capsys, allowed, code):
    assert card.main([f"data={data}", f"max_unknown={allowed}"]) == code
    assert ("max_unknown=21 are allowed; answer them in" in capsys.readouterr().err) is bool(code)
    assert (data.with_suffix(".card") / "README.md").is_file()


def test_json_alone_is_printed(data, capsys):
    assert card.main([f"data={data}", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["samples"] == 4
    assert said == made(data.with_suffix(".card"))


def test_answers_elsewhere(data, tmp_path):
    (tmp_path / "given.yaml").write_text("name: Given\nlanguage: [en]\n")
    assert card.main([f"data={data}", f"answers={tmp_path / 'given.yaml'}", f"out={tmp_path / 'out'}"]) == 0
    assert made(tmp_path / "out")["metadata"]["pretty_name"] == "Given"
    assert not data.with_suffix(".card.yaml").exists()


def test_media_are_compared_only_after_they_were_opened(data, tmp_path):
    card.main([f"data={data}"])
    before = made(data.with_suffix(".card"))
    assert before["media_sha256"] is None
    assert "run `affectreason check` first" in (data.with_suffix(".card") / "README.md").read_text()
    samples = list(card.readable(data))
    assert len(list(survey(samples, journal_of(data)))) == 4
    card.main([f"data={data}"])
    after = made(data.with_suffix(".card"))
    assert len(after["media_sha256"]) == 64
    leaks = [finding for finding in after["findings"] if finding not in before["findings"]]
    assert any("test" in finding["text"] and "train" in finding["text"] for finding in leaks), after["findings"]


def test_a_readme_that_people_wrote_is_left_alone(data, tmp_path):
    (tmp_path / "README.md").write_text("# My notes\n")
    with pytest.raises(InputError, match=r"was not made by `affectreason card` and is left alone; choose another out="):
        card.main([f"data={data}", f"out={tmp_path}"])
    assert (tmp_path / "README.md").read_text() == "# My notes\n"


@pytest.mark.parametrize("text", ["{}", "[1", "not json", '{"made_with": "hand", "file": "mine.jsonl"}'])
def test_a_card_json_that_people_wrote_is_left_alone(data, tmp_path, text):
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(InputError, match=r"card\.json was not made by `affectreason card` and is left alone; choose"):
        card.main([f"data={data}", f"out={tmp_path}"])
    assert (tmp_path / "card.json").read_text() == text
    assert not (tmp_path / "README.md").exists()


@pytest.mark.parametrize("name", ["README.md", "card.json"])
def test_the_card_of_another_file_is_left_alone(data, tmp_path, name):
    out, other = tmp_path / "out", data.with_name("other.jsonl")
    other.write_bytes(data.read_bytes())
    assert card.main([f"data={data}", f"out={out}"]) == 0
    assert card.main([f"data={data}", f"out={out}"]) == 0
    (out / ({"README.md", "card.json"} - {name}).pop()).unlink()
    before = (out / name).read_bytes()
    with pytest.raises(
        InputError, match=rf"{name} is the card of mine\.jsonl and is left alone; choose another out=DIR"
    ):
        card.main([f"data={other}", f"out={out}"])
    assert [path.name for path in out.iterdir()] == [name]
    assert (out / name).read_bytes() == before


def test_a_card_names_no_folder_of_this_machine(data, tmp_path):
    (tmp_path / "0.png").unlink()
    odd = Media(kind="image", path="/else\0where/x.png")
    write(data, [*card.readable(data), Sample(id="odd", media=(odd,))])
    assert card.main([f"data={data}"]) == 0
    found = {finding["kind"]: finding["examples"] for finding in made(data.with_suffix(".card"))["findings"]}
    assert found["missing_media"] == ["s0 (mine.jsonl:1): 0.png", "odd (mine.jsonl:5)"]
    for name in ("README.md", "card.json"):
        assert str(tmp_path) not in (data.with_suffix(".card") / name).read_text()


@pytest.mark.parametrize("value", ["-1", "few", "1.5", "true"])
def test_max_unknown_is_a_whole_number(data, value):
    with pytest.raises(InputError, match=f"max_unknown={value.title() if value == 'true' else value}: write a whole"):
        card.main([f"data={data}", f"max_unknown={value}"])


def test_what_is_wrong_is_said_before_anything_is_written(tmp_path, capsys):
    assert cli(["card", f"data={tmp_path / 'mine.jsonl'}"]) == 2
    assert "no such file" in capsys.readouterr().err
    assert cli(["card", "date=x"]) == 2
    assert "unknown key 'date'; did you mean 'data'?" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
