"""The packages of the MER challenges: mer2023, mer2024, mer2025, mer2026."""

import json

import numpy as np
import pytest

from affectreason import cli
from affectreason.affect.sample import Affect
from affectreason.errors import InputError
from affectreason.published import scripts

CORPORA = {
    "train_corpus": {
        "sample_00002721": {"emo": "neutral", "val": -0.25},
        "sample_00005854": {"emo": "angry", "val": -5.0},
    },
    "test1_corpus": {"sample_00000001": {"emo": "worried", "val": 1.0}},
    "test2_corpus": {"sample_00000002": {"emo": "surprise", "val": 4.25}},
    "test3_corpus": {"samplenew_00000003": {"emo": "sad", "val": -10}},
}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def raw(tmp_path):
    for split, corpus in CORPORA.items():
        name = split.removesuffix("_corpus")
        head = "name,discrete\n" if name == "test3" else "name,discrete,valence\n"
        rows = [
            f"{clip},{row['emo']}{'' if name == 'test3' else ',' + str(row['val'])}\n" for clip, row in corpus.items()
        ]
        write(tmp_path / f"{name}-label.csv", head + "".join(rows))
    write(
        tmp_path / "transcription-engchi-polish.csv",
        "name,chinese,english\nsample_00002721,那当然啦。,Of course.\nsample_00000001,你看。,\n",
    )
    write(tmp_path / "train/sample_00002721.avi", "")
    return tmp_path


GOLDEN = [
    ("mer2023_sample_00002721", Affect(emotion="neutral", score=-0.25), "Of course.", "train"),
    ("mer2023_sample_00005854", Affect(emotion="angry", score=-5), None, "train"),
    ("mer2023_sample_00000001", Affect(emotion="worried", score=1), None, "test1"),
    ("mer2023_sample_00000002", Affect(emotion="surprise", score=4.25), None, "test2"),
    ("mer2023_samplenew_00000003", Affect(emotion="sad"), None, "test3"),
]


def seen(samples):
    return [(s.id, s.gold, s.transcript, s.provenance.split) for s in samples]


def test_mer2023_without_its_valence_is_told(given, raw):
    write(raw / "test1-label.csv", "name,discrete\nsample_00000001,worried\n")
    with pytest.raises(InputError, match=r"test1-label.csv has no column 'valence'"):
        given("mer2023", root=raw, split="test1")


def test_mer2023_as_published(given, raw):
    found = given("mer2023", root=raw)
    assert seen(found) == GOLDEN
    assert [s.media[0].path.removeprefix(f"{raw}/") for s in found[:2]] == [
        "train/sample_00002721.avi",
        "video/sample_00005854.mp4",
    ]
    assert {s.labels for s in found} == {"mer6"}
    assert [s.transcript for s in given("mer2023", root=raw, split="test1", language="chinese")] == ["你看。"]


def test_mer2023_converted_gives_the_same(given, raw):
    for file in raw.glob("*-label.csv"):
        file.unlink()
    np.savez_compressed(raw / "label-6way.npz", **CORPORA)
    with pytest.raises(InputError, match=r"pickled .*: affectreason convert npz=.*label-6way.npz out=") as refused:
        given("mer2023", root=raw)
    assert cli.main(str(refused.value).split("affectreason ")[-1].split()) == 0
    assert seen(given("mer2023", root=raw)) == GOLDEN
    assert seen(given("mer2023", root=raw, split="test3")) == GOLDEN[4:]


def test_mer2023_a_label_file_of_plain_arrays(given, raw):
    for file in raw.glob("*-label.csv"):
        file.unlink()
    np.savez(raw / "label-6way.npz", train_corpus=np.zeros(3))
    with pytest.raises(InputError, match=r"label-6way.npz holds no dictionaries of labels; take label-6way.npz as pub"):
        given("mer2023", root=raw)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "test"}, r"split=test: did you mean 'test[123]'\? known: test1, test2, test3, train"),
        ({"language": "none", "audio": "si"}, r"audio=si: .*known: false, true"),
    ],
)
def test_mer2023_options(given, raw, options, message):
    with pytest.raises(InputError, match=message):
        given("mer2023", root=raw, **options)


def test_mer2023_published_counts():
    about = scripts.load("mer2023").ABOUT
    splits = ("train", "test1", "test2", "test3")
    assert [about.published(split) for split in splits] == [3373, 411, 412, 834]
    assert [sum(about.published_labels(split).values()) for split in splits] == [3373, 411, 412, 834]
    assert sum(about.published(split) for split in splits) == about.published("all") == 5030
    assert about.published_labels("test1") == {
        "worried": 57, "happy": 93, "neutral": 88, "sad": 50, "angry": 105, "surprise": 18,
    }  # fmt: skip


@pytest.fixture
def mer2024(tmp_path):
    write(tmp_path / "label-disdim.csv", "name,discrete,valence\nsample_00000001,worried,-1.5\n")
    write(tmp_path / "transcription_all_new.csv", "name,sentence_en\nsample_00000001,Wait.\n")
    return tmp_path


def test_mer2024(given, mer2024):
    (train,) = given("mer2024", root=mer2024)
    assert seen([train]) == [("mer2024_train_sample_00000001", Affect(emotion="worried", score=-1.5), "Wait.", "train")]
    write(mer2024 / "reference-semi.csv", "name,discrete\nsamplenew3_00000001,happy\n")
    write(mer2024 / "reference-noise.csv", "name,discrete\nsamplenew3_00000002,sad\n")
    write(mer2024 / "video-unlabeled-with-test2noise/samplenew3_00000002.mp4", "")
    _, semi, noise = given("mer2024", root=mer2024)
    assert seen([semi, noise]) == [
        ("mer2024_test1_samplenew3_00000001", Affect(emotion="happy"), None, "test1"),
        ("mer2024_test2_samplenew3_00000002", Affect(emotion="sad"), None, "test2"),
    ]
    assert noise.media[0].path == str(mer2024 / "video-unlabeled-with-test2noise/samplenew3_00000002.mp4")
    assert scripts.load("mer2024").ABOUT.published("test1") == 1169


def test_mer2024_processed_without_the_key_has_no_test_labels(given, mer2024):
    (mer2024 / "label-disdim.csv").unlink()
    corpora = {
        "train_corpus": {"a": {"emo": "sad"}},
        "test1_corpus": {"b": {"emo": "neutral"}, "c": {"emo": "neutral"}},
    }
    write(mer2024 / "label-6way.json", json.dumps(corpora))
    assert seen(given("mer2024", root=mer2024)) == [
        ("mer2024_train_a", Affect(emotion="sad"), None, "train"),
        ("mer2024_test1_b", Affect(), None, "test1"),
        ("mer2024_test1_c", Affect(), None, "test1"),
    ]
    corpora["test1_corpus"]["c"]["emo"] = "angry"
    write(mer2024 / "label-6way.json", json.dumps(corpora))
    keyed = given("mer2024", root=mer2024, split="test1")
    assert [s.gold.emotion for s in keyed] == ["neutral", "angry"]
    with pytest.raises(InputError, match=r"has none of reference-noise.csv; is root="):
        given("mer2024", root=mer2024, split="test2")


@pytest.fixture
def mer2025(tmp_path):
    write(tmp_path / "track1_train_disdim.csv", "name,discrete,valence\nsample_00000001,angry,-2.5\n")
    write(tmp_path / "track2_train_mercaptionplus.csv", "name,openset\nsamplenew_00000001,\"['sad', 'Low']\"\n")
    write(tmp_path / "track2_train_ovmerd.csv", "name,openset\nsample_00000007,[]\n")
    write(tmp_path / "track3_train_mercaptionplus.csv", "name,reason\nsamplenew_00000001,A low voice.\n")
    write(tmp_path / "track3_train_ovmerd.csv", "name,reason\nsample_00000007,A smile.\n")
    write(tmp_path / "track_all_candidates.csv", "name\nsamplenew_00000002\n")
    write(tmp_path / "track2_test.csv", "name,openset\nsamplenew_00000003,['glad']\n")
    write(tmp_path / "subtitle_chieng.csv", "name,chinese,english\nsample_00000001,走开。,\n")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "name", "gold", "reasoning", "labels", "origin"),
    [
        ({}, "track1_train_sample_00000001", Affect(emotion="angry", score=-2.5), None, "mer6", "human"),
        (
            {"protocol": "track2_mercaptionplus"},
            "track2_mercaptionplus_train_samplenew_00000001",
            Affect(emotions={"sad": 1, "Low": 1}),
            None,
            None,
            "model",
        ),
        ({"protocol": "track2_ovmerd"}, "track2_ovmerd_train_sample_00000007", Affect(), None, None, "human+model"),
        (
            {"protocol": "track2_ovmerd", "empty": "neutral"},
            "track2_ovmerd_train_sample_00000007",
            Affect(emotions={"neutral": 1}),
            None,
            None,
            "human+model",
        ),
        (
            {"protocol": "track3_mercaptionplus"},
            "track3_mercaptionplus_train_samplenew_00000001",
            Affect(),
            "A low voice.",
            None,
            "model",
        ),
        (
            {"protocol": "track3_ovmerd"},
            "track3_ovmerd_train_sample_00000007",
            Affect(),
            "A smile.",
            None,
            "human+model",
        ),
        (
            {"protocol": "track2_ovmerd", "split": "test"},
            "track2_ovmerd_test_samplenew_00000003",
            Affect(emotions={"glad": 1}),
            None,
            None,
            "human",
        ),
        ({"split": "candidates"}, "candidates_samplenew_00000002", Affect(), None, "mer6", None),
    ],
)
def test_mer2025(given, mer2025, options, name, gold, reasoning, labels, origin):
    (sample,) = given("mer2025", root=mer2025, **options)
    assert (sample.id, sample.gold, sample.reasoning) == (f"mer2025_{name}", gold, reasoning)
    assert (sample.labels, sample.provenance.origin) == (labels, origin)
    assert sample.provenance.split == options.get("split", "train")
    assert sample.transcript is None, "its English is empty: nobody wrote it down"


def test_mer2025_options(given, mer2025):
    assert given("mer2025", root=mer2025, language="chinese")[0].transcript == "走开。"
    with pytest.raises(InputError, match=r"no such file: .*track1_test_dis.csv"):
        given("mer2025", root=mer2025, split="test")
    with pytest.raises(InputError, match="split=test: known: candidates, train"):
        given("mer2025", root=mer2025, protocol="track3_ovmerd", split="test")
    with pytest.raises(InputError, match="protocol=track4: did you mean 'track1'"):
        given("mer2025", root=mer2025, protocol="track4")


def test_mer2025_published_counts():
    about = scripts.load("mer2025").ABOUT
    assert [about.published(split, "track1") for split in ("train", "test", "candidates")] == [7369, 2026, 20_000]
    for track in ("track2", "track3"):
        assert about.published("train", f"{track}_mercaptionplus") == 31_327
        assert about.published("train", f"{track}_ovmerd") == 332
    assert about.published("test", "track2_ovmerd") == 1200


@pytest.fixture
def mer2026(tmp_path):
    pair = "samplenew_00000001,He smiles.,He frowns.,"
    write(tmp_path / "track1_train.csv", "name,discrete\nsample_00000001,surprise\n")
    write(tmp_path / "track2_train_human.csv", 'name,openset\nsamplenew3_00000058,"shocked,care,serious"\n')
    write(tmp_path / "track2_train_mercaptionplus.csv", "name,openset\nsamplenew_00000001,['sad']\n")
    write(tmp_path / "track1_track2_candidate.csv", "name\nsamplenew4_00000001\n")
    write(tmp_path / "track3_emoprefer.csv", f"name,a1,a2,preference\n{pair}a2\n{pair}same\n")
    write(tmp_path / "track3_emopreferv2.csv", f"name,a1,a2,preference\n{pair}a1\n")
    write(tmp_path / "track3_candidate.csv", f"name,a1,a2\n{pair[:-1]}\n")
    write(tmp_path / "subtitle_chieng.csv", "name,chinese,english\nsample_00000001,走开。,Go.\n")
    write(tmp_path / "video/video_track3_emoprefer/video/samplenew_00000001.mp4", "")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "name", "gold", "origin"),
    [
        ({}, "track1_train_sample_00000001", Affect(emotion="surprise"), "human"),
        (
            {"protocol": "track2_human"},
            "track2_train_human_samplenew3_00000058",
            Affect(emotions={"shocked": 1, "care": 1, "serious": 1}),
            "human",
        ),
        (
            {"protocol": "track2_mercaptionplus"},
            "track2_train_mercaptionplus_samplenew_00000001",
            Affect(emotions={"sad": 1}),
            "model",
        ),
        ({"split": "candidates"}, "track1_track2_candidate_samplenew4_00000001", Affect(), None),
    ],
)
def test_mer2026_emotions_and_words(given, mer2026, options, name, gold, origin):
    (sample,) = given("mer2026", root=mer2026, **options)
    assert (sample.id, sample.gold, sample.provenance.origin) == (f"mer2026_{name}", gold, origin)
    assert (sample.question, sample.choices) == (None, None)


def test_mer2026_preferences_are_closed_questions(given, mer2026):
    first, second = given("mer2026", root=mer2026, protocol="track3_emoprefer")
    assert (first.id, first.group) == (
        "mer2026_track3_emoprefer_2_samplenew_00000001",
        "mer2026_samplenew_00000001",
    )
    assert first.question == (
        "Two descriptions of what the person in the clip feels.\na1: He smiles.\na2: He frowns.\n"
        "Which of the two describes it better, or are they the same?"
    )
    assert (first.choices, first.answer, second.answer) == (("a1", "a2", "same"), "a2", "same")
    assert (first.task, first.gold, first.provenance.labeller) == ("preference", Affect(), "majority of three")
    assert first.media[0].path == str(mer2026 / "video/video_track3_emoprefer/video/samplenew_00000001.mp4")
    (other,) = given("mer2026", root=mer2026, protocol="track3_emopreferv2")
    assert (other.answer, other.provenance.labeller) == ("a1", "one annotator")


def test_mer2026_preferences_in_reverse(given, mer2026):
    first, second = given("mer2026", root=mer2026, protocol="track3_emoprefer", label_view="reverse")
    assert "a1: He frowns.\na2: He smiles." in first.question
    assert (first.answer, second.answer) == ("a1", "same")
    with pytest.raises(InputError, match="label_view=reverse swaps a pair of descriptions; track1 has none, track3_e"):
        given("mer2026", root=mer2026, label_view="reverse")


def test_mer2026_pairs_to_judge_have_no_answer(given, mer2026):
    (sample,) = given("mer2026", root=mer2026, protocol="track3_emoprefer", split="candidates")
    assert (sample.answer, sample.choices, sample.provenance.labeller) == (None, ("a1", "a2", "same"), None)


def test_mer2026_a_preference_of_another_word(given, mer2026):
    write(mer2026 / "track3_emoprefer.csv", "name,a1,a2,preference\nx,He smiles.,He frowns.,a3\n")
    with pytest.raises(
        InputError, match=r"emoprefer.csv:2: the preference 'a3' is none of three; .*known: a1, a2, same"
    ):
        given("mer2026", root=mer2026, protocol="track3_emoprefer")


def test_mer2026_published_counts():
    about = scripts.load("mer2026").ABOUT
    assert [about.published("train", protocol) for protocol in scripts.load("mer2026").TRAIN] == [
        9395, 1532, 31_327, 574, 2096,
    ]  # fmt: skip
    assert about.published("candidates", "track1") == 20_000
    assert about.published("candidates", "track3_emoprefer") == 10_000
    assert about.published_labels("train", "track3_emoprefer") == {"a1": 275, "a2": 288, "same": 11}
    assert sum(about.published_labels("train", "track3_emoprefer").values()) == 574


@pytest.mark.parametrize("name", ["mer2023", "mer2024"])
def test_train_and_test_share_no_id_and_no_media(given, raw, mer2024, name):
    write(mer2024 / "reference-semi.csv", "name,discrete\nsamplenew3_00000001,happy\n")
    parts = {}
    for sample in given(name, root=raw):
        parts.setdefault(sample.provenance.split, set()).update({sample.id, *(m.path for m in sample.media)})
    assert len(parts) > 1
    assert sum(map(len, parts.values())) == len(set().union(*parts.values()))
