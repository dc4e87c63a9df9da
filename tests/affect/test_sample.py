import errno
import json
import os

import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample, Turn, from_row
from affectreason.affect.samples import check_labels, read, write
from affectreason.errors import InputError


def lines(path, *rows):
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def full(folder):
    """A sample that says something in every field."""
    return Sample(
        id="1",
        media=(
            Media(kind="image", path=str(folder / "faces" / "1.png"), role="face", colour="bgr"),
            Media(kind="video", path="/elsewhere/1.mp4", start=1.5, end=3.0),
            Media(kind="url", path="https://example.org/1.jpg"),
        ),
        question="What does the face show?",
        turns=(Turn(role="user", text="Hello"), Turn(role="assistant", text="Good day")),
        gold=Affect(
            emotion="happiness",
            emotions={"happiness": 0.75, "surprise": 0.25},
            aus=(ActionUnit(number=12, intensity=3, side="left"), ActionUnit(number=4, intensity=0)),
            valence=0.5,
            arousal=-0.25,
            dominance=0,
            sentiment="positive",
            score=2.5,
        ),
        reasoning="The lip corners are pulled up (AU12).",
        response="<think>ü</think>",
        labels="ekman7",
        affect="expressed",
        provenance=Provenance(dataset="mine", split="train", subject="p1", licence="CC0"),
        annotators=(Affect(emotion="surprise"), Affect(aus=())),
    )


def test_what_is_written_is_read(tmp_path):
    written = full(tmp_path)
    write(tmp_path / "a.jsonl", [written])
    assert read(tmp_path / "a.jsonl") == [written]
    media = json.loads((tmp_path / "a.jsonl").read_text())["media"]
    assert [m["path"] for m in media] == ["faces/1.png", "/elsewhere/1.mp4", "https://example.org/1.jpg"]


@pytest.mark.parametrize("aus", [None, (), (ActionUnit(number=1),), (ActionUnit(number=1, intensity=0),)])
def test_not_said_and_said_to_be_none_stay_apart(tmp_path, aus):
    write(tmp_path / "a.jsonl", [Sample(id="1", gold=Affect(aus=aus))])
    (sample,) = read(tmp_path / "a.jsonl")
    assert sample.gold.aus == aus
    assert ("aus" in (tmp_path / "a.jsonl").read_text()) == (aus is not None)


def test_media_can_be_opened_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    lines(
        tmp_path / "data" / "a.jsonl",
        {"id": "1", "media": [{"kind": "image", "path": "x/1.png"}, {"kind": "image", "path": "../y/1.png"}]},
    )
    monkeypatch.chdir(tmp_path)
    (sample,) = read("data/a.jsonl")
    assert [m.path for m in sample.media] == [str(tmp_path / "data/x/1.png"), str(tmp_path / "y/1.png")]


def test_linked_folders_keep_their_name_and_two_dots_follow_the_link(tmp_path):
    (tmp_path / "disk" / "set").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "set")
    rows = [{"id": "1", "media": [{"kind": "image", "path": p} for p in ("1.png", "../2.png")]}]
    (sample,) = read(lines(tmp_path / "link" / "a.jsonl", *rows))
    assert [m.path for m in sample.media] == [str(tmp_path / "link/1.png"), str(tmp_path / "disk/2.png")]


def test_labels_take_the_vocabularys_own_spelling(tmp_path):
    row = {
        "id": "1",
        "labels": "ekman7",
        "gold": {"emotion": "Happy", "emotions": {"joy": 0.5, "happy": 0.25, "sad": 0.25}},
        "annotators": [{"emotion": "angry"}],
    }
    (sample,) = read(lines(tmp_path / "a.jsonl", row))
    assert sample.gold == Affect(emotion="happiness", emotions={"happiness": 0.75, "sadness": 0.25})
    assert sample.annotators == (Affect(emotion="anger"),)
    free = Sample(id="1", gold=Affect(emotion="wistful"))
    assert check_labels([free]) == [free]


WRONG = [
    ({"id": "x", "gold": {"emotoin": "joy"}}, "sample 'x': unknown key 'gold.emotoin'; did you mean 'emotion'? "),
    ({"id": "x", "picture": "1.png"}, "sample 'x': unknown key 'picture'; did you mean 'turns'? known: affect, "),
    ({"id": "x", "gold": {"aus": [{"numbre": 1}]}}, "'gold.aus.0.numbre'; did you mean 'number'?"),
    ({"id": "x", "gold": {"valence": 3}}, "sample 'x': gold.valence: Input should be less than or equal to 1, not 3"),
    ({"id": "x", "gold": {"emotion": 3}}, "sample 'x': gold.emotion: Input should be a valid string, not 3"),
    ({"id": "x", "media": [{"kind": "photo", "path": "1"}]}, "media.0.kind: Input should be 'image', 'video'"),
    ({"id": 3}, "sample 3: id: Input should be a valid string, not 3"),
    ({"question": "?"}, "missing 'id'"),
    ({"id": "x", "labels": "ekman7", "gold": {"emotion": "disguts"}},
     "sample 'x': the label 'disguts' is not in the vocabulary 'ekman7'; did you mean 'disgust'? known: anger, "),
    ({"id": "x", "labels": "ekman77"}, "sample 'x': unknown label set 'ekman77'; did you mean 'ekman7'?"),
    ("{'id': 1}\n", "this is not JSON: Expecting property name"),
    ('{"id": "x", "gold": {"score": NaN}}\n', "this is not JSON: NaN is no number; leave"),
    ('"x"\n', """"x" is not an object; write {"id": ...}, one a line"""),
    ({"id": "ok"}, "sample 'ok': line 1 has the same id; give each its own"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "words"), WRONG)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path, row, words):
    path = lines(tmp_path / "a.jsonl", {"id": "ok"}, "\n", row)
    with pytest.raises(InputError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}:3: ")
    assert words in str(error.value)
    assert "pydantic" not in str(error.value)


def test_all_problems_of_a_sample_are_said_at_once(tmp_path):
    path = lines(tmp_path / "a.jsonl", {"id": "x", "gold": {"valence": 3, "arousal": "high"}, "quesion": "?"})
    with pytest.raises(InputError, match=r"gold.valence: .*; gold.arousal: .*, not \"high\"; unknown key 'quesion'"):
        read(path)


@pytest.mark.parametrize("text", ["", "\n \n", "[]"])
def test_a_file_without_samples_is_an_error(tmp_path, text):
    with pytest.raises(
        InputError, match=r"a.jsonl holds no samples; write one JSON object a line, or `affectreason prep"
    ):
        read(lines(tmp_path / "a.jsonl", text))


def test_a_missing_file_names_what_is_there(tmp_path):
    lines(tmp_path / "train.jsonl", {"id": "1"})
    with pytest.raises(InputError, match=r"no such file: .*tarin.jsonl; in .*: did you mean 'train.jsonl'"):
        read(tmp_path / "tarin.jsonl")


def test_bytes_that_are_not_text_are_an_error(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(InputError, match=r"a.jsonl:1: not UTF-8 text \(byte 0xff\); is this a JSONL file"):
        read(tmp_path / "a.jsonl")


def test_a_split_is_kept(tmp_path):
    rows = [{"id": str(n), "provenance": {"split": s}} for n, s in enumerate(["train", "test", "train"])]
    path = lines(tmp_path / "a.jsonl", *rows, {"id": "3"})
    assert [sample.id for sample in read(path, split="train")] == ["0", "2"]
    assert len(read(path)) == 4
    with pytest.raises(
        InputError, match=r"no sample of split 'tset'; did you mean 'test'\? known: test, train \(1 sampl"
    ):
        read(path, split="tset")


def test_an_array_of_objects_is_read_with_its_lines(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"id": "a"}, {"id": "b"}], indent=1))
    assert [sample.id for sample in read(path)] == ["a", "b"]
    path.write_text('\ufeff[{"id": "a"},\n {"id": "b"},\n\n {"id": "a"}]')
    with pytest.raises(InputError, match=r"a.json:4: sample 'a': line 1 has the same id"):
        read(path)
    path.write_text('[{"id": "a"},\n {"id": "b"')
    with pytest.raises(InputError, match=r"a.json:2: this is not JSON"):
        read(path)


def test_two_equal_ids_are_not_written(tmp_path):
    with pytest.raises(InputError, match="two samples have the id '1'; nothing was written"):
        write(tmp_path / "a.jsonl", [Sample(id="1"), Sample(id="1")])
    assert list(tmp_path.iterdir()) == []


def fail_with(number):
    def fsync(_):
        raise OSError(number, os.strerror(number))

    return fsync


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    write(tmp_path / "a.jsonl", [Sample(id="old")])
    monkeypatch.setattr(os, "fsync", fail_with(errno.ENOSPC))
    with pytest.raises(
        InputError,
        match=r"a.jsonl: the disk is full and nothing was written: more than 0.0 MB are needed in .*, [\d.]+ MB are",
    ):
        write(tmp_path / "a.jsonl", [Sample(id="new")])
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]
    assert read(tmp_path / "a.jsonl") == [Sample(id="old")]


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        InputError, match=r"cannot write .*a.jsonl: (Not a directory|File exists); choose another place"
    ):
        write(tmp_path / "file" / "a.jsonl", [Sample(id="1")])
    monkeypatch.setattr(os, "fsync", fail_with(errno.EIO))
    with pytest.raises(InputError, match=r"cannot write .*a.jsonl: Input/output error"):
        write(tmp_path / "new" / "a.jsonl", [Sample(id="1")])
    assert list((tmp_path / "new").iterdir()) == []


def test_missing_folders_are_made(tmp_path):
    write(tmp_path / "a" / "b" / "c.jsonl", [Sample(id="1")])
    assert read(tmp_path / "a" / "b" / "c.jsonl") == [Sample(id="1")]


def test_an_answer_must_be_one_of_the_choices():
    asked = Sample(id="a", choices=("A. yes", "B. no"), answer="B")
    assert check_labels([asked]) == [asked]
    with pytest.raises(InputError, match=r"sample 'a': the answer 'ja' is none of the choices; known: A. yes, B. no"):
        check_labels([asked.model_copy(update={"answer": "ja"})])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "a", "gold": {"score": float("inf")}}, r"sample 'a': gold.score: Input should be a finite number"),
        ({"id": "a", "gold": {"emotions": {"x": float("nan")}}}, r"sample 'a': gold.emotions.x: .* finite number"),
        ({"id": "a", "gold": {"aus": [True]}}, r"sample 'a': gold.aus.0: "),
    ],
)
def test_what_is_no_number_is_refused(row, said):
    with pytest.raises(InputError, match=said):
        from_row(row)


@pytest.mark.parametrize(
    "said",
    [{"gold": Affect(aus=())}, {"gold": Affect(score=0)}, {"answer": "a"}, {"response": "r"}, {"reasoning": "r"},
     {"attributes": {"age": 0.0}}],
)  # fmt: skip
def test_what_counts_as_annotated(said):
    assert Sample(id="a", **said).annotated is True
    bare = Sample(id="a", question="?", choices=("a",), transcript="t", answer="", provenance=Provenance(split="test"))
    assert bare.annotated is False
