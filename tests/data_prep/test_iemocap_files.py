"""IEMOCAP by MERBench's converted label file: with the corpus beside it, and with MERBench's clips alone."""

import json

import numpy as np
import pytest

from affectreason import cli
from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import merbench
from affectreason.published.about import LeftOut

EVALUATION = """\
[6.2901 - 8.2357]\tSes05F_impro01_F000\txxx\t[2.5000, 2.5000, 2.0000]
C-E2:\tHappiness;\t()

[10.0100 - 11.3925]\tSes05F_impro01_M000\tfru\t[3.0000, 3.0000, 3.0000]
C-E2:\tFrustration;\t()
"""
WHOLE = {
    "Ses04M_impro01_F001": {"emo": 3, "val": -10},
    "Ses05F_impro01_F000": {"emo": 0, "val": -10},
    "Ses05F_impro01_M007": {"emo": 4, "val": -10},
}


def write(root, corpus, protocol=6):
    (root / f"label_{protocol}way.json").write_text(json.dumps({"whole_corpus": corpus}))
    (root / "transcription-engchi-polish.csv").write_text(
        "name,chinese,english\nSes05F_impro01_F000,好,Yes.\nSes05F_impro01_M007,,\n", encoding="utf-8"
    )
    return root


@pytest.fixture
def corpus(tmp_path):
    dialog = tmp_path / "Session5/dialog"
    (dialog / "EmoEvaluation").mkdir(parents=True)
    (dialog / "EmoEvaluation/Ses05F_impro01.txt").write_text(EVALUATION)
    (dialog / "transcriptions").mkdir()
    (dialog / "transcriptions/Ses05F_impro01.txt").write_text("Ses05F_impro01_F000 [006.2901-008.2357]: Excuse me.\n")
    return tmp_path


def test_the_file_alone_gives_clips_speakers_and_dialogues(given, tmp_path):
    root = write(tmp_path, WHOLE)
    (root / "subvideo").mkdir()
    (root / "subvideo/Ses05F_impro01_M007.mp4").touch()
    found = given("iemocap", root=root)
    assert found[1] == Sample(
        id="iemocap_Ses05F_impro01_F000",
        media=(Media(kind="video", path=f"{root}/subvideo-tgt/Ses05F_impro01_F000.avi"),),
        transcript="Yes.",
        gold=Affect(emotion="happy"),
        labels="iemocap6",
        affect="expressed",
        provenance=Provenance(
            dataset="IEMOCAP", split="test", subject="Ses05F", dialogue="Ses05F_impro01", origin="human",
            licence="research only, no redistribution", gate="signed form",
        ),
    )  # fmt: skip
    assert [(s.gold.emotion, s.provenance.split, s.provenance.subject) for s in found] == [
        ("angry", "train", "Ses04F"), ("happy", "test", "Ses05F"), ("excited", "test", "Ses05M"),
    ]  # fmt: skip
    assert (found[2].media[0].path, found[2].transcript) == (f"{root}/subvideo/Ses05F_impro01_M007.mp4", None)
    assert [s.id for s in given("iemocap", root=root, split="train")] == ["iemocap_Ses04M_impro01_F001"]
    assert given("iemocap", root=root, split="train", media="audio")[0].media == (
        Media(kind="audio", path=f"{root}/subaudio/Ses04M_impro01_F001.wav"),
    )


def test_beside_the_corpus_the_file_says_who_is_in_and_the_corpus_the_rest(given, corpus):
    found = given("iemocap", root=write(corpus, WHOLE), split="test")
    assert [(one.id, one.why) for one in found[1:] if isinstance(one, LeftOut)] == [
        ("iemocap_Ses05F_impro01_M000", "the label file does not name it"),
        ("iemocap_Ses05F_impro01_M007", "the label file names it, and no evaluation does"),
    ]
    assert found[0].gold == Affect(emotion="happy", valence=-0.25, arousal=-0.25, dominance=-0.5)
    assert (found[0].transcript, found[0].attributes["votes"]) == ("Excuse me.", ("E2: Happiness",))
    (voted,) = (
        one for one in given("iemocap", root=corpus, split="test", labels_from="votes") if one.id[-4:] == "M000"
    )
    assert voted.gold.emotion == "frustrated"


def test_the_order_of_four_and_names_in_place_of_numbers(given, tmp_path):
    names = ("happy", "sad", "neutral", "angry")
    rows = {f"Ses05F_impro01_F00{i}": {"emo": i} for i in range(4)} | {"Ses05F_impro01_F009": {"emo": "anger"}}
    found = given("iemocap", root=write(tmp_path, rows, 4), protocol=4)
    assert [one.gold.emotion for one in found] == [*names, "angry"]
    assert [merbench.ORDERS["6"][i] for i in range(6)] == [*names, "excited", "frustrated"]


def test_a_pickled_file_is_not_passed_over_in_silence(given, corpus):
    np.savez_compressed(corpus / "label_6way.npz", whole_corpus=WHOLE)
    with pytest.raises(InputError) as error:
        given("iemocap", root=corpus, split="test")
    assert "label_6way.npz is to be converted once: affectreason convert npz=" in str(error.value)
    assert "labels_from=votes takes the corpus's own votes instead" in str(error.value)
    line = str(error.value).split("affectreason ")[1].split(";")[0]
    assert cli.main(line.split()) == 0
    assert given("iemocap", root=corpus, split="test")[0].gold.emotion == "happy"


@pytest.mark.parametrize(
    ("corpus", "options", "words"),
    [
        (
            {"Ses05F_impro01_F000": {"emo": 6}},
            {},
            "label_6way.json, whole_corpus, Ses05F_impro01_F000: '6' is not a la",
        ),
        ({"Ses05F_impro01_F000": {"emo": -1}}, {}, "Ses05F_impro01_F000: '-1' is not a label from 0 (happy) to 5"),
        ({"Ses05F_impro01_F000": {"emo": "glum"}}, {}, "the label 'glum' is not in 'iemocap6'"),
        ({"Ses05F_impro01_F000": 3}, {}, "Ses05F_impro01_F000: '3' has no emo; take label_6way.npz as published"),
        ({"dia0_utt0": {"emo": 1}}, {}, "'dia0_utt0' is not named as Ses01F_impro01_F000 is; take the file as publish"),
        (WHOLE, {"context": 2}, "context=2: what was said before stands in the corpus; put its Session1 to 5 in root"),
        (WHOLE, {"labels_from": "npz"}, "labels_from=npz: known: file, votes"),
        (WHOLE, {"protocol": 4, "labels_from": "file"}, "has no label_4way.json; take label_4way.npz of MERBench"),
    ],
)
def test_wrong_label_files_and_options_are_told(given, tmp_path, corpus, options, words):
    with pytest.raises(InputError) as error:
        given("iemocap", root=write(tmp_path, corpus), **options)
    assert words in str(error.value)
