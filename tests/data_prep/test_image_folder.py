import hashlib
import json
import logging
from collections import Counter

import pytest

from affectreason.affect.labels import LABELS
from affectreason.errors import InputError
from affectreason.published import scripts


def test_the_split_of_the_folders(given, tmp_path, picture):
    picture(tmp_path / "train/Happy/1.jpg")
    picture(tmp_path / "test/Sad/in/2.PNG")
    picture(tmp_path / "test/Sad/._2.png")
    (tmp_path / "test/.cache").mkdir()
    train, test = given("image_folder", root=tmp_path, set="caer_s")
    assert (train.id, train.gold.emotion) == ("image_folder_caer_s_train/Happy/1.jpg", "happy")
    assert (test.gold.emotion, test.provenance.split) == ("sad", "test")
    assert test.media[0].path == str(tmp_path / "test/Sad/in/2.PNG")
    assert (test.labels, test.affect, test.provenance.dataset) == ("caer7", "expressed", "CAER-S")
    assert not list(tmp_path.glob("*.jsonl"))
    assert given("image_folder", root=tmp_path, set="caer_s", split="test") == [test]


@pytest.fixture
def fi(tmp_path, picture):
    for number in range(300):
        picture(tmp_path / ("awe" if number % 2 else "Sadness") / f"{number}.png", number)
    return tmp_path


def test_a_split_by_content_in_nearly_the_published_shares(given, fi, caplog):
    samples = given("image_folder", root=fi, set="fi")
    assert len(samples) == 300
    path = fi / "split_80_5_15.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert {row["file"]: row["split"] for row in rows} == {
        one.id.removeprefix("image_folder_fi_"): one.provenance.split for one in samples
    }
    assert rows[0]["sha256"] == hashlib.sha256((fi / rows[0]["file"]).read_bytes()).hexdigest()
    assert sorted(Counter(row["split"] for row in rows)) == ["test", "train", "val"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"300 pictures were given a split in {path}, sha256 {digest}" in caplog.text
    for row in rows:
        at = int(row["sha256"][:16], 16) / 2**64
        assert row["split"] == ("train" if at < 0.8 else "val" if at < 0.85 else "test")


def test_copies_of_a_picture_are_of_one_split_and_shares_no_content(given, fi, picture):
    for number in range(300):
        picture(fi / f"amusement/copy_{number}.png", number)
    splits: dict[str, set[str]] = {}
    for one in given("image_folder", root=fi, set="fi"):
        with open(one.media[0].path, "rb") as file:
            splits.setdefault(hashlib.sha256(file.read()).hexdigest(), set()).add(one.provenance.split)
    assert len(splits) == 256  # the shades there are
    assert all(len(found) == 1 for found in splits.values())


def test_a_split_never_changes_when_pictures_come_and_go(given, fi, picture, caplog):
    before = given("image_folder", root=fi, set="fi")
    path = fi / "split_80_5_15.jsonl"
    text = path.read_text()
    assert given("image_folder", root=fi, set="fi") == before
    assert path.read_text() == text
    first = json.loads(text.splitlines()[0])
    moved = {**first, "split": "val" if first["split"] != "val" else "train"}
    path.write_text(text.replace(text.splitlines()[0], json.dumps(moved)))  # as a user may put it
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        picture(fi / "fear/new.png", 7)
        (fi / first["file"]).unlink()
        after = given("image_folder", root=fi, set="fi")
    assert "1 pictures were given a split" in caplog.text
    assert [one.id for one in after] == [*(one.id for one in before), "image_folder_fi_fear/new.png"]
    assert after[0].provenance.split == moved["split"]
    assert [one.provenance.split for one in after[1:-1]] == [one.provenance.split for one in before[1:]]


def test_your_own_shares_file_labels_and_names(given, tmp_path, picture):
    picture(tmp_path / "in/joy/a.png")
    (only,) = given(
        "image_folder", root=tmp_path / "in", set="own", labels="ekman7", share="0/0/100", affect="felt",
        split_file=tmp_path / "mine.jsonl", dataset="Mine", licence="CC0",
    )  # fmt: skip
    assert (only.gold.emotion, only.labels, only.affect) == ("happiness", "ekman7", "felt")
    assert (only.provenance.split, only.provenance.dataset, only.provenance.licence) == ("test", "Mine", "CC0")
    assert (tmp_path / "mine.jsonl").is_file()
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["joy"]


def test_a_name_that_yaml_reads_as_a_number_stays_text(given, tmp_path, picture):
    picture(tmp_path / "test/fear/a.png")
    (only,) = given("image_folder", root=tmp_path, set="own", labels="ekman7", dataset=2024, licence=1.0)
    assert (only.provenance.dataset, only.provenance.licence) == ("2024", "1.0")


def test_every_set_has_known_labels_and_shares():
    script = scripts.load("image_folder")
    for _, labels, _, share in script.SETS.values():
        assert labels is None or (labels in LABELS and labels in script.ABOUT.labels)
        assert sum(script._shares(share)) == 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"set": "emotion8"}, "set=emotion8: did you mean 'emotion6'? known: caer_s, emo8, emotion6, fi, heco"),
        ({"set": "fi", "split": "dev"}, "split=dev: known: test, train, val"),
        ({"set": "own"}, "set=own needs labels=NAME, the label set of your classes; known: affectnet7"),
        ({"set": "fi", "affect": "shown"}, "affect=shown: known: clinical, evoked, expressed, felt, intended, written"),
        ({"set": "fi", "share": "80/20"}, "share=80/20 is not three whole numbers that make 100; write for example"),
        ({"set": "fi", "share": "80/10/20"}, "share=80/10/20 is not three whole numbers that make 100"),
        ({"set": "heco"}, "{root}/awe: the label 'awe' is not in 'heco8'; "),
    ],
)
def test_wrong_options_are_told(given, tmp_path, picture, options, message):
    picture(tmp_path / "awe/1.png")
    with pytest.raises(InputError) as error:
        given("image_folder", root=tmp_path, **options)
    assert str(error.value).startswith(message.format(root=tmp_path))
    assert not list(tmp_path.glob("*.jsonl"))


def test_a_spoilt_split_file_and_an_empty_folder_are_told(given, tmp_path, picture):
    with pytest.raises(InputError, match=r"has no folder for each class; is root= right\?"):
        given("image_folder", root=tmp_path, set="fi")
    picture(tmp_path / "awe/1.png")
    (tmp_path / "split_80_5_15.jsonl").write_text('{"file": "awe/1.png", "split": "dev"}\n')
    with pytest.raises(InputError, match=r"jsonl:1: a row needs file and split, one of train, val, test; remove"):
        given("image_folder", root=tmp_path, set="fi")
    (tmp_path / "split_80_5_15.jsonl").unlink()
    (tmp_path / "awe/2.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(InputError, match=r"awe/2.png cannot be read: No such file or directory; remove it or mend it"):
        given("image_folder", root=tmp_path, set="fi")
