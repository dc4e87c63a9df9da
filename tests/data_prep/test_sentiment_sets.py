"""CMU-MOSI, CMU-MOSEI, CH-SIMS and CH-SIMS v2: a label table, or converted arrays with transcripts."""

import json

import numpy as np
import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts

MOSI = """\
video_id,clip_id,text,label,label_T,label_A,label_V,annotation,mode
03bSnISJMiM,1,ANYHOW IT WAS REALLY GOOD,2.4,,,,Positive,train
03bSnISJMiM,2,THEY DIDN'T REALLY DO A WHOLE BUNCH OF BACKGROUND SIDES,-0.8,,,,Negative,train
0h-zjBukYpk,1,I LIKE THE MOVIE,0,,,,Neutral,valid
1DmNV9C1hbY,23,,-3,,,,Negative,test
"""
SIMS = """\
video_id,clip_id,text,label,label_T,label_A,label_V,annotation,mode
video_0001,1,我不想嫁给李茶,-0.6,0.0,-0.8,-1.0,Negative,train
video_0001,0002,好,1.0,,0.4,0.2,Positive,test
"""
CONVERTED = {
    "train_corpus": {"a_b_1": {"emo": 0, "val": 1.8}},
    "val_corpus": {"c_1": {"emo": 0, "val": 0.0}},
    "test_corpus": {"d_1": {"emo": 0, "val": -2.4}},
}


def table(root, text, *clips):
    (root / "label.csv").write_text(text, encoding="utf-8")
    for clip in clips:
        path = root / "Raw" / clip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def test_a_row_of_the_table(given, tmp_path):
    found = given("cmu_mosi", root=table(tmp_path, MOSI))
    assert found[1] == Sample(
        id="cmu_mosi_03bSnISJMiM_2",
        media=(Media(kind="video", path=str(tmp_path / "Raw/03bSnISJMiM/2.mp4")),),
        transcript="THEY DIDN'T REALLY DO A WHOLE BUNCH OF BACKGROUND SIDES",
        gold=Affect(sentiment="negative", score=-0.8),
        labels="sentiment3",
        affect="expressed",
        provenance=Provenance(
            dataset="CMU-MOSI",
            split="train",
            film="03bSnISJMiM",
            origin="human",
            gate="open",
            licence="for research; exact terms not verified",
        ),
    )
    assert [(s.gold.sentiment, s.provenance.split, s.transcript) for s in found[2:]] == [
        ("neutral", "val", "I LIKE THE MOVIE"), ("negative", "test", None),
    ]  # fmt: skip
    assert given("cmu_mosi", root=tmp_path, split="val") == found[2:3]


def test_splits_share_no_id_clip_or_video(given, tmp_path):
    parts = [given("cmu_mosi", root=table(tmp_path, MOSI), split=split) for split in ("train", "val", "test")]
    for key in (lambda s: s.id, lambda s: s.media[0].path, lambda s: s.provenance.film):
        keys = [{key(s) for s in part} for part in parts]
        assert not keys[0] & keys[1]
        assert not keys[0] & keys[2]
        assert not keys[1] & keys[2]


def test_the_converted_file_and_its_transcripts(given, tmp_path):
    (tmp_path / "label.json").write_text(json.dumps(CONVERTED))
    (tmp_path / "transcription-engchi-polish.csv").write_text("name,chinese,english\na_b_1,好,Good.\nc_1,,\n")
    (tmp_path / "subvideo_new").mkdir()
    (tmp_path / "subvideo_new/d_1.avi").touch()
    found = given("cmu_mosei", root=tmp_path)
    assert [(s.id, s.transcript, s.gold, s.provenance.split, s.provenance.film) for s in found] == [
        ("cmu_mosei_a_b_1", "Good.", Affect(sentiment="positive", score=1.8), "train", "a_b"),
        ("cmu_mosei_c_1", None, Affect(sentiment="neutral", score=0.0), "val", "c"),
        ("cmu_mosei_d_1", None, Affect(sentiment="negative", score=-2.4), "test", "d"),
    ]
    assert [s.media[0].path for s in found[1:]] == [f"{tmp_path}/subvideo_new/{n}" for n in ("c_1.mp4", "d_1.avi")]


def test_pickled_arrays_are_not_loaded(given, tmp_path):
    np.savez(tmp_path / "label.npz", test_corpus=np.array({"a": {"val": 1}}, dtype=object))
    with pytest.raises(InputError) as error:
        given("cmu_mosi", root=tmp_path)
    assert f"convert it once: affectreason convert npz={tmp_path}/label.npz out={tmp_path}/label.json" in str(
        error.value
    )


@pytest.mark.parametrize(
    ("view", "first", "second"),
    [
        ("multimodal", Affect(sentiment="negative", score=-0.6), Affect(sentiment="positive", score=1.0)),
        ("text", Affect(sentiment="neutral", score=0.0), Affect()),
        ("audio", Affect(sentiment="negative", score=-0.8), Affect(sentiment="positive", score=0.4)),
        ("video", Affect(sentiment="negative", score=-1.0), Affect(sentiment="positive", score=0.2)),
    ],
)
def test_the_four_views_of_ch_sims(given, tmp_path, view, first, second):
    table(tmp_path, SIMS, "video_0001/0001.mp4", "video_0001/0002.mp4")
    found = given("ch_sims", root=tmp_path, label_view=view)
    assert [s.gold for s in found] == [first, second]
    assert found[0].attributes == {
        "score_multimodal": -0.6, "score_text": 0.0, "score_audio": -0.8, "score_video": -1.0,
    }  # fmt: skip
    assert "score_text" not in found[1].attributes, "an empty cell says nothing"
    assert [s.id for s in found] == ["ch_sims1_video_0001_1", "ch_sims1_video_0001_0002"]
    assert [s.media[0].path for s in found] == [f"{tmp_path}/Raw/video_0001/{n}.mp4" for n in ("0001", "0002")]
    assert found[0].transcript == "我不想嫁给李茶"


def test_version_2_reads_meta_csv(given, tmp_path):
    table(tmp_path, SIMS.replace(",1,", ",00001,"), "video_0001/00001.mp4")
    (tmp_path / "label.csv").rename(tmp_path / "meta.csv")
    (sample,) = given("ch_sims", root=tmp_path, protocol=2, split="train")
    assert (sample.id, sample.media[0].path) == (
        "ch_sims2_video_0001_00001",
        f"{tmp_path}/Raw/video_0001/00001.mp4",
    )


def test_the_published_counts():
    counts = {name: scripts.load(name).ABOUT.counts for name in ("cmu_mosi", "cmu_mosei", "ch_sims")}
    assert [counts[name]["test"] for name in ("cmu_mosi", "cmu_mosei")] == [686, 4659]
    assert [counts["ch_sims"][f"{version}:test"] for version in (1, 2)] == [457, 1034]
    for name, first in (("cmu_mosi", ""), ("cmu_mosei", ""), ("ch_sims", "1:"), ("ch_sims", "2:")):
        parts = [counts[name][first + split] for split in ("train", "val", "test")]
        assert sum(parts) == counts[name][first + "all"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2.4", "3.4", "label.csv:2: '3.4' is not a number from -3 to 3"),
        ("2.4", "-10", "label.csv:2: '-10' is not a number from -3 to 3"),
        ("Positive,train", "Positive,tune", "label.csv:2: 'tune' is no split (train, valid, val, test); correct"),
        ("03bSnISJMiM,1", "../03bSnISJMiM,1", "the path '../03bSnISJMiM/1.mp4' does not stay below"),
        ("mode\n", "split\n", "label.csv has no column 'mode'"),
    ],
)
def test_wrong_rows_are_told(given, tmp_path, old, new, words):
    with pytest.raises(InputError) as error:
        given("cmu_mosi", root=table(tmp_path, MOSI.replace(old, new)))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "label.json has no objects train_corpus"),
        ({"train_corpus": None}, "label.json has no objects train_corpus"),
        (
            {"whole_corpus": {}},
            "label.json has no objects train_corpus, val_corpus, test_corpus; was label.npz converted",
        ),
        ({"test_corpus": {"a_1": {"emo": 1}}}, "label.json, a_1: {'emo': 1} has no score 'val'"),
        ({"test_corpus": {"a_1": {"val": 9}}}, "label.json, a_1: '9' is not a number from -1 to 1"),
    ],
)
def test_wrong_converted_files_are_told(given, tmp_path, data, words):
    (tmp_path / "label.json").write_text(json.dumps(data))
    with pytest.raises(InputError) as error:
        given("ch_sims", root=tmp_path)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"protocol": 3}, "protocol=3: known: 1, 2"),
        ({"label_view": "words"}, "label_view=words: known: audio, multimodal, text, video"),
        ({"label_view": "text"}, "label_view=text: the converted file has only multimodal scores; put label.csv into"),
        ({"split": "dev"}, "split=dev: known: test, train, val"),
    ],
)
def test_wrong_options_are_told(given, tmp_path, options, words):
    (tmp_path / "label.json").write_text(json.dumps(CONVERTED))
    with pytest.raises(InputError) as error:
        given("ch_sims", root=tmp_path, **options)
    assert words in str(error.value)


def test_a_folder_without_labels_is_told(given, tmp_path):
    with pytest.raises(InputError, match=r"has none of label\.json, label\.npz, label\.csv, meta\.csv"):
        given("cmu_mosi", root=tmp_path)
