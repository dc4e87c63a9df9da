import json

import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample, Turn
from affectreason.affect.samples import read
from affectreason.errors import InputError

ANSWER = "<think>The lip corners are pulled up (AU12).</think><answer>happy</answer>"


@pytest.fixture
def one(tmp_path):
    """Read a file of one row."""

    def read_row(row):
        (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
        (sample,) = read(tmp_path / "rows.jsonl")
        return sample

    return read_row


def media(folder, *files):
    return tuple(Media(kind=kind, path=str(folder / name)) for kind, name in files)


def test_openai_messages_with_parts(one, tmp_path):
    row = {
        "images": ["1.jpg"],
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "You read faces.", "image": None}]},
            {"role": "user", "content": [{"type": "image", "text": None}, {"type": "text", "text": "Which emotion?"}]},
            {"role": "assistant", "content": [{"type": "text", "text": ANSWER}]},
        ],
        "source": "kept out",
    }
    assert one(row) == Sample(
        id="rows_1",
        media=media(tmp_path, ("image", "1.jpg")),
        question="Which emotion?",
        turns=(Turn(role="system", text="You read faces."),),
        response=ANSWER,
    )


def test_parts_may_name_their_own_file(one, tmp_path):
    parts = [
        {"type": "video", "video": "file:///clips/1.mp4"},
        {"type": "image"},
        {"type": "image_url", "image_url": {"url": "https://example.org/2.jpg"}},
        {"type": "text", "text": "Which emotion?"},
    ]
    sample = one({"messages": [{"role": "user", "content": parts}], "images": [{"path": "1.jpg", "bytes": None}]})
    assert sample.media == (
        Media(kind="video", path="/clips/1.mp4"),
        Media(kind="image", path=str(tmp_path / "1.jpg")),
        Media(kind="url", path="https://example.org/2.jpg"),
    )
    assert (sample.question, sample.response) == ("Which emotion?", None)


def test_ms_swift_messages_with_marks(one, tmp_path):
    row = {
        "id": 7,
        "messages": [
            {"role": "user", "content": "<video>\n<audio><image>What is felt?\nOne word."},
            {"role": "assistant", "content": ANSWER},
        ],
        "images": ["1.jpg"],
        "videos": ["1.mp4"],
        "audios": ["1.wav"],
        "labels": "ekman7",
        "dataset": "MELD",
        "split": "train",
    }
    assert one(row) == Sample(
        id="7",
        media=media(tmp_path, ("video", "1.mp4"), ("audio", "1.wav"), ("image", "1.jpg")),
        question="What is felt?\nOne word.",
        response=ANSWER,
        gold=Affect(emotion="happiness", aus=(ActionUnit(number=12),)),
        labels="ekman7",
        provenance=Provenance(dataset="MELD", split="train"),
    )


def test_messages_may_have_files_and_no_mark(one, tmp_path):
    sample = one({"messages": [{"role": "user", "content": "Which?"}], "images": ["1.jpg", "2.jpg"]})
    assert sample.media == media(tmp_path, ("image", "1.jpg"), ("image", "2.jpg"))


def test_llava_conversations_keep_the_last_question(one, tmp_path):
    row = {
        "id": "c1",
        "image": "1.jpg",
        "conversations": [
            {"from": "system", "value": "You read faces."},
            {"from": "human", "value": "Describe the face.\n<image>"},
            {"from": "gpt", "value": "A smile."},
            {"from": "human", "value": "So what is felt?"},
            {"from": "gpt", "value": " Joy, <image> is no mark here. "},
        ],
    }
    assert one(row) == Sample(
        id="c1",
        media=media(tmp_path, ("image", "1.jpg")),
        turns=(
            Turn(role="system", text="You read faces."),
            Turn(role="user", text="Describe the face."),
            Turn(role="assistant", text="A smile."),
        ),
        question="So what is felt?",
        response=" Joy, <image> is no mark here. ",
    )


def test_llava_files_are_often_one_array(tmp_path):
    talk = [{"from": "human", "value": "<video>What is felt?"}, {"from": "gpt", "value": "Joy."}]
    rows = [{"conversations": talk, "video": [f"{n}.mp4"], "system": "Be brief."} for n in range(2)]
    (tmp_path / "llava.json").write_text(json.dumps(rows, indent=None).replace('}, {"conv', '},\n{"conv'))
    samples = read(tmp_path / "llava.json")
    assert [sample.id for sample in samples] == ["llava_1", "llava_2"]
    assert samples[1].media == media(tmp_path, ("video", "1.mp4"))
    assert samples[0].turns == (Turn(role="system", text="Be brief."),)


FEA = {
    "id": "9",
    "dataset": "RAF-DB",
    "image": "RAF-DB/9.jpg",
    "question": "What is felt?",
    "AUs": [],
    "labels": ["happiness"],
    "description": ANSWER,
    "meta_info": {},
}


def test_fea20k(one, tmp_path):
    assert one({**FEA, "dataset": "BP4D", "AUs": ["AU6", "AU12"]}) == Sample(
        id="9",
        media=media(tmp_path, ("image", "RAF-DB/9.jpg")),
        question="What is felt?",
        gold=Affect(emotion="happiness", aus=(ActionUnit(number=6), ActionUnit(number=12))),
        response=ANSWER,
        labels="ekman7",
        provenance=Provenance(dataset="BP4D"),
    )


@pytest.mark.parametrize(
    ("dataset", "aus", "labels"),
    [("RAF-DB", None, "ekman7"), ("FER2013", None, "ekman7"), ("DISFA", (), "ekman7"), ("RAF-AU", (), "ekman6"),
     ("AffectNet", None, "ekman8"), ("CK+", None, "ekman8")],
)  # fmt: skip
def test_an_empty_list_of_units_says_something_only_where_units_were_coded(one, dataset, aus, labels):
    sample = one({**FEA, "dataset": dataset})
    assert (sample.gold.aus, sample.labels) == (aus, labels)


def test_fea20k_rows_marked_as_not_valid_are_left_out_and_counted(tmp_path, caplog):
    rows = [FEA, {**FEA, "id": "10", "is_valid": False}]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert [sample.id for sample in read(tmp_path / "rows.jsonl")] == ["9"]
    assert "1 rows left out, which the data set itself marks as not valid" in caplog.text


def user(content, **more):
    return {"id": "x", "messages": [{"role": "user", "content": content}], **more}


WRONG = [
    (user("<image><image>?", images=["1"]), "2 <image> marks but 1 file; write one <image> for each"),
    (user("<image>?"), "1 <image> mark but 0 files"),
    (user("<video>?", videos=["1", "2"]), "1 <video> mark but 2 files"),
    ({"id": "x", "image": "1", "conversations": [{"from": "human", "value": "?"}]}, "0 <image> marks but 1 file"),
    (user("<image>?", images=[{"bytes": "iVBOR", "path": None}]), "is not the path of a file; write pixels into"),
    (user("<image>?", images=["data:image/png;base64,iVBOR"]), "'data:image/png;base64,iVBOR' is not the path"),
    (user([{"type": "picture"}]), "message 1: unknown type of content 'picture'; known: audio"),
    (user(["What?"]), "message 1: 'What?' is not a part with a type"),
    ({"id": "x", "messages": ["What?"]}, "message 1 is 'What?', not an object with a role"),
    ({"id": "x", "messages": [{"role": "tool", "content": "?"}]}, "message 1 has the role 'tool'; "),
    ({"id": "x", "messages": [{"role": "assistant", "content": "!"}]}, "nothing is asked"),
    ({"id": "x", "messages": []}, "nothing is asked"),
    ({"id": "x", "labels": "ekman9", "conversations": [{"from": "human", "value": "?"}, {"from": "gpt", "value": "!"}]},
     "unknown label set 'ekman9'; did you mean"),
    ({**FEA, "id": "x", "AUs": ["12"]}, "'12' in AUs is not written as 'AU12'"),
    ({**FEA, "id": "x", "AUs": ["AU0"]}, "gold.aus.0.number: Input should be greater than or equal to 1"),
    ({**FEA, "id": "x", "labels": ["glee"]}, "the label 'glee' is not in the vocabulary 'ekman7'"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "words"), WRONG)
def test_what_is_wrong_is_said_with_file_line_and_sample(one, row, words):
    with pytest.raises(InputError) as error:
        one(row)
    assert "rows.jsonl:1: sample 'x': " in str(error.value)
    assert str(error.value).count("sample 'x'") == 1
    assert words in str(error.value)
