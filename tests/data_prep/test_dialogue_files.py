"""messages, placeholders, sharegpt, emotion_qwen, r1_omni, human_omni: files of questions and answers."""

import json

import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.errors import InputError

PARTS = {"messages": [
    {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Which emotion?"}]},
    {"role": "assistant", "content": [{"type": "text", "text": "<think>A smile (AU12).</think><answer>joy</answer>"}]},
], "images": ["faces/1.jpg"]}  # fmt: skip
MARKS = {"id": 7, "messages": [
    {"role": "user", "content": "<video>\nWhich emotion?"}, {"role": "assistant", "content": "happy"},
], "videos": ["clips/1.mp4"]}  # fmt: skip
TURNS = {"id": "c1", "image": "faces/1.jpg", "conversations": [
    {"from": "human", "value": "<image>\nWhich emotion?"}, {"from": "gpt", "value": "A smile."},
]}  # fmt: skip
ROLES = {"id": "q1", "video": "clips/1.mp4", "conversations": [
    {"role": "user", "content": "<video>\nDescribe it."}, {"role": "assistant", "content": "She smiles."},
]}  # fmt: skip
FORMS = {"messages": PARTS, "placeholders": MARKS, "sharegpt": TURNS, "emotion_qwen": ROLES}


@pytest.fixture
def file(tmp_path):
    def write(*rows, name="rows.json"):
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        return tmp_path / name

    return write


def test_messages_of_parts_with_labels_read(given, file, tmp_path):
    assert given("messages", file=file(PARTS), labels="ekman7", split="train", dataset="Mine", licence="mine") == [
        Sample(
            id="messages_rows_1",
            media=(Media(kind="image", path=str(tmp_path / "faces/1.jpg")),),
            question="Which emotion?",
            group="messages_rows_faces/1.jpg",
            gold=Affect(emotion="happiness", aus=[12]),
            response="<think>A smile (AU12).</think><answer>joy</answer>",
            labels="ekman7",
            provenance=Provenance(dataset="Mine", licence="mine", split="train"),
        )
    ]


@pytest.mark.parametrize(
    ("script", "name", "kind", "question", "answer"),
    [
        ("placeholders", "placeholders_rows_7", "video", "Which emotion?", "happy"),
        ("sharegpt", "sharegpt_rows_c1", "image", "Which emotion?", "A smile."),
        ("emotion_qwen", "emotion_qwen_rows_q1", "video", "Describe it.", "She smiles."),
    ],
)
def test_other_forms_and_media_below_another_root(given, file, tmp_path, script, name, kind, question, answer):
    (tmp_path / "data").mkdir()
    (sample,) = given(script, file=file(FORMS[script]), root=tmp_path / "data")
    path = {"video": "data/clips/1.mp4", "image": "data/faces/1.jpg"}[kind]
    assert (sample.id, sample.media) == (name, (Media(kind=kind, path=str(tmp_path / path)),))
    assert (sample.question, sample.response, sample.gold) == (question, answer, Affect())


def test_two_questions_on_one_clip_are_one_group(given, file):
    other = {**MARKS, "id": 8, "messages": [{"role": "user", "content": "<video>Who?"}, MARKS["messages"][1]]}
    a, b = given("placeholders", file=file(MARKS, other))
    assert a.group == b.group
    assert a.id != b.id


def test_emotion_qwen_names_its_data_set(given, file):
    assert given("emotion_qwen", file=file(ROLES))[0].provenance.dataset == "Emotion-Qwen"


def test_the_beginning_of_the_authors_paths_is_cut(given, file, tmp_path):
    row = {**MARKS, "videos": ["/mnt/data/them/clips/1.mp4"]}
    (sample,) = given("placeholders", file=file(row), cut="/mnt/data/them/")
    assert sample.media[0].path == str(tmp_path / "clips/1.mp4")


@pytest.mark.parametrize("script", FORMS)
def test_another_form_is_told_with_the_script_that_reads_it(given, file, script):
    for other, row in FORMS.items():
        if other != script:
            with pytest.raises(InputError) as error:
                given(script, file=file(row))
            assert f"rows.json:1: the row is written as {other} files are; use affectreason prep {other}" in str(
                error.value
            )


@pytest.mark.parametrize(
    ("row", "options", "words"),
    [
        ({"text": "x"}, {}, "rows.json:1: the row has neither 'messages' nor 'conversations' but text"),
        ({**MARKS, "videos": ["/mnt/them/1.mp4"]}, {},
         "is one of the authors' machine; give its beginning as cut=, such as cut=/mnt/them"),
        ({**MARKS, "videos": ["/mnt/them/1.mp4"]}, {"cut": "/mnt/us"},
         "does not begin with cut=/mnt/us; leave cut= out"),
        ({**MARKS, "videos": ["/mnt/them/1.mp4"]}, {"cut": "/mnt/th"}, "does not begin with cut=/mnt/th"),
        ({**MARKS, "videos": ["../1.mp4"]}, {}, "rows.json:1: the path '../1.mp4' does not stay below"),
        ({**MARKS, "videos": []}, {}, "rows.json:1: sample 'placeholders_rows_7': 1 <video> mark but 0 files"),
        (MARKS, {"labels": "ekman9"}, "unknown label set 'ekman9'; did you mean"),
        (MARKS, {"root": "nowhere"}, "root=nowhere: no such folder"),
    ],
)  # fmt: skip
def test_wrong_rows_and_options_are_told(given, file, row, options, words):
    with pytest.raises(InputError) as error:
        given("placeholders", file=file(row), **options)
    assert words in str(error.value)


def r1(value, video="mafw/1.mp4"):
    question = "<video>\n<audio>\nWhich emotion is the most obvious?"
    return {"video": video, "conversations": [{"from": "human", "value": question}, {"from": "gpt", "value": value}]}


def test_r1_omni_bare_labels_are_gold(given, file, tmp_path):
    first, second = given("r1_omni", file=file(r1("contemptuous"), r1("happy", "dfew/1.mp4")), split="train")
    assert first == Sample(
        id="r1_omni_rows_1",
        media=(Media(kind="video", path=str(tmp_path / "mafw/1.mp4")),),
        question="Which emotion is the most obvious?",
        group="r1_omni_rows_mafw/1.mp4",
        gold=Affect(emotion="contemptuous"),
        labels="r1_omni11",
        affect="expressed",
        provenance=Provenance(
            dataset="R1-Omni", split="train", gate="signed form",
            licence="that of DFEW and MAFW; the weights are CC BY-NC 4.0",
        ),
    )  # fmt: skip
    assert second.gold.emotion == "happy"


def test_r1_omni_answers_with_tags_are_learnt(given, file):
    text = "<think>He shouts.</think>\n<answer>angry</answer>"
    (sample,) = given("r1_omni", file=file(r1(text)))
    assert (sample.response, sample.gold) == (text, Affect(emotion="angry"))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (r1("joyous glee"), "rows.json:2: the label 'joyous glee' is not in 'r1_omni11'"),
        (r1("happy", "/home/them/1.mp4"), "such as cut=/home/them"),
        ({"video": "1.mp4"}, "rows.json:2: the row has neither 'messages' nor 'conversations' but video"),
        ({"video": "1.mp4", "conversations": ["x"]}, "rows.json:2: sample 'r1_omni_rows_2': message 1 is 'x'"),
    ],
)
def test_r1_omni_wrong_rows_are_told(given, file, row, words):
    path = file()
    path.write_text(f"{json.dumps(r1('happy'))}\n{json.dumps(row)}\n")
    with pytest.raises(InputError) as error:
        given("r1_omni", file=path)
    assert words in str(error.value)


OMNI = {
    "problem": "What emotions did the doctor display?",
    "problem_type": "emer_ov_mc",
    "options": ["A. Urgent", "B. Happy", "C. Relaxed"],
    "solution": "<context>A doctor laughs.</context><think>He is at ease.</think><answer>B,C</answer>",
    "data_type": "video",
    "path": "MER24/1.mp4",
}


def test_human_omni_emotions_are_a_set(given, file, tmp_path):
    assert given("human_omni", file=file(OMNI)) == [
        Sample(
            id="human_omni_rows_1",
            media=(Media(kind="video", path=str(tmp_path / "MER24/1.mp4")),),
            question="What emotions did the doctor display?\nA. Urgent\nB. Happy\nC. Relaxed",
            choices=("Urgent", "Happy", "Relaxed"),
            task="emer_ov_mc",
            group="human_omni_MER24/1.mp4",
            gold=Affect(emotions={"Happy": 1.0, "Relaxed": 1.0}),
            attributes={"context": "A doctor laughs."},
            reasoning="He is at ease.",
            response=OMNI["solution"],
            affect="expressed",
            provenance=Provenance(
                dataset="HumanOmniV2", origin="model", gate="open",
                licence="CC BY-NC-SA 4.0 for the authors' own clips; those of other sets keep theirs",
            ),
        )
    ]  # fmt: skip


def test_human_omni_other_questions_have_an_answer(given, file, tmp_path):
    choice = {**OMNI, "problem_type": "multiple choice", "solution": "<answer>A</answer>"}
    several = {**choice, "solution": "<answer>A, C.</answer>"}
    free = {
        **choice,
        "options": [],
        "solution": "<answer>At work.</answer>",
        "path": {"image": "1.jpg", "audio": "1.wav"},
    }
    found = given("human_omni", file=file(choice, several, free))
    assert [(s.answer, s.reasoning, s.gold) for s in found] == [
        ("Urgent", None, Affect()), (None, None, Affect()), ("At work.", None, Affect()),
    ]  # fmt: skip
    assert found[1].attributes == {"right": ("Urgent", "Relaxed")}
    assert [(m.kind, m.path) for m in found[2].media] == [
        ("image", f"{tmp_path}/1.jpg"),
        ("audio", f"{tmp_path}/1.wav"),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"solution": "B"}, "the solution 'B' has no <answer> block; put the answer into one"),
        ({"solution": "<answer>E</answer>"}, "the answer 'E' is none of the options A, B, C; correct the row"),
        ({"problem": None}, "the row has no 'problem'; needed: problem, problem_type, solution"),
        ({"options": "A. Urgent"}, "options is 'A. Urgent', not a list; correct the row"),
        ({"path": None}, "the path None is no file of the kinds image, video, audio"),
        ({"data_type": "film"}, "the path {'film': 'MER24/1.mp4'} is no file of the kinds"),
        ({"path": "/x/1.mp4"}, "is one of the authors' machine"),
    ],
)
def test_human_omni_wrong_rows_are_told(given, file, change, words):
    with pytest.raises(InputError) as error:
        given("human_omni", file=file({**OMNI, **change}))
    assert "rows.json:1: " in str(error.value)
    assert words in str(error.value)
