import json

import numpy as np
import pytest

from affectreason import cli
from affectreason.affect.sample import Affect, Media, Sample, Turn
from affectreason.affect.samples import write
from affectreason.commands import convert
from affectreason.errors import InputError
from affectreason.published import scripts, tables

LABELS = {"sample_00000001": {"emo": "happy", "val": 2.25}, "sample_00000002": {"emo": "sad", "val": -10}}


@pytest.fixture
def source(tmp_path):
    np.savez_compressed(tmp_path / "label-6way.npz", train_corpus=LABELS, test3_corpus={"中": {"emo": "angry"}})
    return tmp_path / "label-6way.npz"


def test_it_says_what_it_converted(source, tmp_path, capsys):
    out = tmp_path / "label-6way.json"
    assert convert.main([f"npz={source}", f"out={out}"]) == 0
    assert json.loads(out.read_text(encoding="utf-8")) == {
        "train_corpus": LABELS,
        "test3_corpus": {"中": {"emo": "angry"}},
    }
    assert capsys.readouterr().out.splitlines() == [
        f"{source}: pickled data, read as plain values, nothing in it was run",
        "  train_corpus: 2 entries with emo, val; in it 3 dict, 2 str, 1 float, 1 int",
        "  test3_corpus: 1 entries with emo; in it 2 dict, 1 str",
        f"wrote {out}, {out.stat().st_size} bytes",
    ]


def test_the_command_that_the_reader_of_npz_names_works(source, tmp_path, monkeypatch):
    with pytest.raises(InputError) as refused:
        tables.read_arrays(source)
    command = str(refused.value).split("convert it once: affectreason ")[1]
    assert cli.main(command.split()) == 0
    assert tables.read_json(source.with_suffix(".json"))["train_corpus"] == LABELS


def test_one_value_stays_one_value(tmp_path, capsys):
    np.save(tmp_path / "faces.npy", np.arange(3))
    assert convert.main([f"npz={tmp_path / 'faces.npy'}", f"out={tmp_path / 'faces.json'}"]) == 0
    assert json.loads((tmp_path / "faces.json").read_text()) == [0, 1, 2]
    assert "  the whole: 3 entries; in it 3 int, 1 list" in capsys.readouterr().out


def test_nothing_is_overwritten(source, tmp_path):
    out = tmp_path / "there.json"
    out.write_text("mine")
    with pytest.raises(InputError, match=r"out=.*there.json is there already and is not overwritten; remove it, or"):
        convert.main([f"npz={source}", f"out={out}"])
    assert out.read_text() == "mine"


def test_a_file_that_is_half_readable_leaves_nothing(tmp_path):
    np.savez(tmp_path / "half.npz", a=LABELS, b=np.array(print, object))
    with pytest.raises(InputError, match=r"half.npz, b.npy: it names builtins.print, which could run code"):
        convert.main([f"npz={tmp_path / 'half.npz'}", f"out={tmp_path / 'half.json'}"])
    assert [path.name for path in tmp_path.iterdir()] == ["half.npz"]


def test_help_names_every_key():
    assert convert.HELP.startswith("affectreason convert npz=FILE.npz out=FILE.json")


def asked(name="a", **more):
    media = more.pop("media", (Media(kind="video", path="videos/MAFW/1.mp4"),))
    known = {"question": "Which?\n(A) anger\n(B) fear", "response": "B", "task": "QA_Emotion"}
    return Sample(id=name, media=media, **{**known, **more})


def to_emo_cfg(folder, *samples, out="jsons/train/qa/full/MAFW.json", **more):
    write(folder / "ours.jsonl", samples)
    words = {"samples": folder / "ours.jsonl", "to": "emo_cfg", "root": folder, "out": folder / out, **more}
    return convert.main([f"{key}={value}" for key, value in words.items()])


def test_samples_as_rows_of_emo_cfg(tmp_path, capsys):
    both = (Media(kind="image", path="faces/1.png"), Media(kind="video", path="videos/1.mp4"))
    turns = (Turn(role="user", text="Hello."), Turn(role="assistant", text="Yes?"))
    answered = Sample(id="c", question="Why?", media=both, turns=turns, gold=Affect(emotion="joy", aus=[12]))
    assert to_emo_cfg(tmp_path, asked(), asked("b", response=None), answered) == 0
    out = tmp_path / "jsons/train/qa/full/MAFW.json"
    assert json.loads(out.read_text()) == [
        {
            "messages": [
                {"role": "user", "content": "<video>Which?\n(A) anger\n(B) fear"},
                {"role": "assistant", "content": "B"},
            ],
            "videos": ["videos/MAFW/1.mp4"],
            "source": "QA_Emotion",
        },
        {
            "messages": [
                {"role": "user", "content": "<image><video>Hello."},
                {"role": "assistant", "content": "Yes?"},
                {"role": "user", "content": "Why?"},
                {
                    "role": "assistant",
                    "content": "<think>The lip corners are pulled up (AU12).</think><answer>joy</answer>",
                },
            ],
            "images": ["faces/1.png"],
            "videos": ["videos/1.mp4"],
        },
    ]
    assert capsys.readouterr().out == f"wrote 2 rows to {out}; 1 without an answer left out\n"


def test_what_is_written_is_read_back(tmp_path):
    to_emo_cfg(tmp_path, asked(), asked("b", question="What is the mood?", response="Dark.", task="caption"))
    read = list(scripts.load("emo_cfg").samples(**{**scripts.load("emo_cfg").OPTIONS, "root": tmp_path}))
    assert [(s.question, s.response, s.task) for s in read] == [
        ("Which?\n(A) anger\n(B) fear", "B", "QA_Emotion"), ("What is the mood?", "Dark.", "caption")
    ]  # fmt: skip
    assert [s.media[0].path for s in read] == [str(tmp_path / "videos/MAFW/1.mp4")] * 2
    assert (read[0].choices, read[0].gold.emotion) == (("anger", "fear"), "fear")
    assert read[0].group == read[1].group  # questions on one clip


@pytest.mark.parametrize(
    ("sample", "problem"),
    [
        (
            asked(media=(Media(kind="audio", path="a.wav"),)),
            r"sample 'a': .*a.wav is of kind audio; Emo-CFG has videos",
        ),
        (
            asked(media=(Media(kind="video", path="a.mp4", start=1.5),)),
            "seen from 1.5 s to its end; a row cannot say so",
        ),
        (asked(media=(Media(kind="video", path="/elsewhere/a.mp4"),)), "/elsewhere/a.mp4 does not lie below root="),
        (asked(question="What is <video>?"), "sample 'a': its text holds <video>, which stands for media there"),
        (asked(response=None), "no sample has an answer to learn, so there is nothing to write"),
    ],
)
def test_samples_that_no_row_can_hold(tmp_path, sample, problem):
    with pytest.raises(InputError, match=problem):
        to_emo_cfg(tmp_path, sample)
    assert not (tmp_path / "jsons").exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["out=a.json"], "give npz= .labels to read. or samples= .samples to write otherwise., one of the two"),
        (["out=a.json", "npz=a.npz", "samples=b.jsonl"], "one of the two"),
        (["out=a.json", "samples=b.jsonl"], "missing to=; missing root="),
        (["out=a.json", "npz=a.npz", "to=emo_cfg"], "to= goes with samples="),
        (["out=a.json", "samples=b.jsonl", "root=.", "to=emocfg"], "to=emocfg: did you mean 'emo_cfg'"),
        (["out=a.json", "samples=b.jsonl", "root=.", "to=[emo_cfg]"], r"to=\['emo_cfg'\]: did you mean 'emo_cfg'"),
    ],
)
def test_words_that_do_not_go_together(words, problem):
    with pytest.raises(InputError, match=problem):
        convert.main(words)
