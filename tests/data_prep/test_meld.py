import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

ABOUT = scripts.load("meld").ABOUT
HEAD = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
TIMES = '"00:16:16,059","00:16:21,731"'
ROWS = {
    "train": [
        f"1,also I was the point person on my company’s transition.,Chandler,neutral,neutral,0,0,8,21,{TIMES}",
        f"2,You must’ve had your hands full.,The Interviewer,joy,positive,0,1,8,21,{TIMES}",
        f'3,"No, no.",Chandler,surprise,negative,0,3,8,21,{TIMES}',
        f"4,What?,Ross,anger,negative,125,2,9,23,{TIMES}",
        f"5,Hey!,Ross,fear,negative,125,3,9,23,{TIMES}",
        f"6,Stop.,Ross,disgust,negative,125,4,9,23,{TIMES}",
    ],
    "dev": [f"1,Oh.,Joey,sadness,negative,110,7,4,7,{TIMES}", f"2,No.,Joey,sadness,negative,110,8,4,7,{TIMES}"],
    "test": [f"1,Why?,Mark,surprise,positive,0,0,3,19,{TIMES}"],
}


@pytest.fixture
def root(tmp_path):
    for split, rows in ROWS.items():
        (tmp_path / f"{split}_sent_emo.csv").write_text("\r\n".join([HEAD, *rows, ""]), encoding="utf-8")
    (tmp_path / "train_splits").mkdir()
    (tmp_path / "dev" / "dev_splits_complete").mkdir(parents=True)
    return tmp_path


def test_an_utterance(given, root):
    assert given("meld", root=root, split="train")[0] == Sample(
        id="meld_train_dia0_utt0",
        media=(Media(kind="video", path=str(root / "train_splits/dia0_utt0.mp4")),),
        transcript="also I was the point person on my company’s transition.",
        gold=Affect(emotion="neutral", sentiment="neutral"),
        labels="meld7",
        affect="expressed",
        provenance=Provenance(
            dataset="MELD", split="train", subject="Chandler", dialogue="train_dia0", film="s08e21", origin="human",
            licence=ABOUT.licence, gate="open",
        ),
    )  # fmt: skip


def test_every_split_has_its_folder(given, root):
    found = given("meld", root=root)
    by_id = {s.id: s for s in found if isinstance(s, Sample)}
    assert [s.id for s in found] == [
        "meld_train_dia0_utt0", "meld_train_dia0_utt1", "meld_train_dia0_utt3", "meld_train_dia125_utt2",
        "meld_train_dia125_utt3", "meld_train_dia125_utt4", "meld_dev_dia110_utt7", "meld_dev_dia110_utt8",
        "meld_test_dia0_utt0",
    ]  # fmt: skip
    assert by_id["meld_dev_dia110_utt8"].media[0].path == str(root / "dev/dev_splits_complete/dia110_utt8.mp4")
    assert by_id["meld_test_dia0_utt0"].media[0].path.endswith("/output_repeated_splits_test/dia0_utt0.mp4")
    assert given("meld", root=root, split="test") == [by_id["meld_test_dia0_utt0"]]


def test_the_two_clips_without_a_file_are_left_out_and_named(given, root):
    left_out = [one for one in given("meld", root=root) if isinstance(one, LeftOut)]
    assert left_out == [
        LeftOut("meld_train_dia125_utt3", "the published clip is corrupt", f"{root}/train_sent_emo.csv:6"),
        LeftOut("meld_dev_dia110_utt7", "the clip was never published", f"{root}/dev_sent_emo.csv:2"),
    ]


def test_the_context_are_earlier_ones_of_the_same_dialogue_with_their_speakers(given, root):
    by_id = {s.id: s for s in given("meld", root=root, context=1) if isinstance(s, Sample)}
    assert by_id["meld_train_dia0_utt0"].context == ()
    assert by_id["meld_train_dia0_utt3"].context == ("The Interviewer: You must’ve had your hands full.",)
    assert by_id["meld_train_dia125_utt2"].context == (), "nothing of another dialogue"
    assert by_id["meld_train_dia125_utt4"].context == ("Ross: Hey!",), "a lost clip was still said"
    by_id = {s.id: s for s in given("meld", root=root, context=9) if isinstance(s, Sample)}
    assert list(by_id["meld_train_dia0_utt3"].context) == [
        "Chandler: also I was the point person on my company’s transition.",
        "The Interviewer: You must’ve had your hands full.",
    ]


def test_splits_share_no_id_clip_or_dialogue(given, root):
    for one, other in (("train", "test"), ("train", "dev"), ("dev", "test")):
        a, b = ([s for s in given("meld", root=root, split=split) if isinstance(s, Sample)] for split in (one, other))
        for key in (lambda s: s.id, lambda s: s.media[0].path, lambda s: s.provenance.dialogue):
            assert not {key(s) for s in a} & {key(s) for s in b}


def test_the_published_counts_add_up():
    assert {split: sum(counts.values()) for split, counts in ABOUT.label_counts.items()} == {
        "train": 9989, "dev": 1109, "test": 2610,
    }  # fmt: skip
    assert sum(ABOUT.counts[split] for split in ("train", "dev", "test")) == ABOUT.counts["all"] == 13_708
    assert ABOUT.counts["all"] - len(ABOUT.broken) == 13_706


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"1,Hi,Joey,joyful,positive,0,0,1,1,{TIMES}", None),
        (f"1,Hi,Joey,bliss,positive,0,0,1,1,{TIMES}", "test_sent_emo.csv:2: the label 'bliss' is not in 'meld7'"),
        (f"1,Hi,Joey,joy,good,0,0,1,1,{TIMES}", "test_sent_emo.csv:2: the label 'good' is not in 'sentiment3'"),
        (f"1,Hi,Joey,joy,positive,x,0,1,1,{TIMES}", "test_sent_emo.csv:2, Dialogue_ID: 'x' is not a number from 0"),
        (f"1,Hi,Joey,joy,positive,0,0,0,1,{TIMES}", "test_sent_emo.csv:2, Season: '0' is not a number from 1 to 99"),
        (f"1,Hi,Joey,joy,positive,0,2,1,1,{TIMES}\n2,Hi,Joey,joy,positive,0,1,1,1,{TIMES}",
         "test_sent_emo.csv:3: utterance 1 comes after 2 of dialogue 0; take the published order"),
    ],
)  # fmt: skip
def test_wrong_rows_are_told_with_their_line(given, root, row, words):
    (root / "test_sent_emo.csv").write_text(f"{HEAD}\n{row}\n")
    if words is None:
        assert given("meld", root=root, split="test")[0].gold.emotion == "joy", "a form of the word is its name"
        return
    with pytest.raises(InputError) as error:
        given("meld", root=root, split="test")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"split": "valid"}, "split=valid: known: dev, test, train"),
        ({"context": -1}, "context=-1: write a whole number from 0, for example context=3"),
        ({"context": "all"}, "context=all: write a whole number from 0"),
    ],
)
def test_wrong_options_are_told(given, root, options, words):
    with pytest.raises(InputError) as error:
        given("meld", root=root, **options)
    assert words in str(error.value)


def test_a_folder_without_the_tables_is_told(given, tmp_path):
    with pytest.raises(InputError, match=r"has none of train_sent_emo\.csv, data/MELD/train_sent_emo\.csv"):
        given("meld", root=tmp_path)
