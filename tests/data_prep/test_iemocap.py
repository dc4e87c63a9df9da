import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

ABOUT = scripts.load("iemocap").ABOUT
EVALUATION = """\
% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes{s}F_impro01_F000\tneu\t[2.5000, 2.5000, 2.0000]
C-E2:\tNeutral;\t()
C-E3:\tNeutral; Excited;\t()
C-E4:\tAnger;\t(mildly)
C-E5:\tAnger; Disgust;\t()
C-E6:\tSurprise;\t()
C-F1:\tHappiness;\t(curious)
A-E3:\tval 3; act 2; dom  1;\t()
A-E4:\tval 2; act ; dom  9;\t(polite)
A-F1:\tval 5; act 5; dom  5;\t()

[10.0100 - 11.3925]\tSes{s}F_impro01_M000\txxx\t[2.5000, 3.0000, 3.0000]
C-E2:\tFrustration;\t()

[14.8872 - 18.0175]\tSes{s}F_impro01_F001\texc\t[5.0000, 1.0000, 5.5000]
C-E2:\tExcited;\t()
A-E2:\tval 5; act 1; dom  5;\t()

[19.0000 - 20.0000]\tSes{s}F_impro01_M001\tfru\t[1.0000, 3.0000, 3.0000]
C-E2:\tFrustration;\t()

[21.0000 - 22.0000]\tSes{s}F_impro01_M002\tfea\t[1.0000, 3.0000, 3.0000]
C-E2:\tFear;\t()
"""
TRANSCRIPT = """\
Ses{s}F_impro01_F000 [006.2901-008.2357]: Excuse me.
Ses{s}F_impro01_FXX0 [009.0000-009.5000]: [BREATHING]
Ses{s}F_impro01_M000 [010.0100-011.3925]: Do you have your forms?
Ses{s}F_impro01_F001 [014.8872-018.0175]: Yeah!
M: not an utterance
Ses{s}F_impro01_M001 [019.0000-020.0000]: Oh.
Ses{s}F_impro01_M002 [021.0000-022.0000]: No.
"""


@pytest.fixture
def root(tmp_path):
    for session in range(1, 6):
        dialog = tmp_path / f"Session{session}/dialog"
        for folder, text in (("EmoEvaluation", EVALUATION), ("transcriptions", TRANSCRIPT)):
            (dialog / folder).mkdir(parents=True)
            (dialog / folder / f"Ses0{session}F_impro01.txt").write_text(text.replace("{s}", f"0{session}"))
        (dialog / "EmoEvaluation/._Ses01F_impro01.txt").write_bytes(b"\x00\x05\x16\x07\xb0")
        (dialog / "EmoEvaluation/Categorical").mkdir()
    return tmp_path


def kept(found):
    return [one for one in found if isinstance(one, Sample)]


def test_an_utterance_with_its_votes(given, root):
    assert given("iemocap", root=root)[0] == Sample(
        id="iemocap_Ses01F_impro01_F000",
        media=(
            Media(kind="video", path=f"{root}/Session1/dialog/avi/DivX/Ses01F_impro01.avi", start=6.2901, end=8.2357),
        ),
        transcript="Excuse me.",
        gold=Affect(emotion="neutral", valence=-0.25, arousal=-0.25, dominance=-0.5),
        attributes={
            "votes": ("E2: Neutral", "E3: Neutral, Excited", "E4: Anger", "E5: Anger, Disgust", "E6: Surprise")
        },
        labels="iemocap6",
        affect="expressed",
        provenance=Provenance(
            dataset="IEMOCAP", split="train", subject="Ses01F", dialogue="Ses01F_impro01", origin="human",
            licence="research only, no redistribution", gate="signed form",
        ),
        annotators=(
            Affect(emotion="neutral", emotions={"neutral": 1.0}),
            Affect(emotions={"neutral": 1.0, "excited": 1.0}, valence=0.0, arousal=-0.5, dominance=-1.0),
            Affect(emotion="angry", emotions={"angry": 1.0}, valence=-0.5),
            Affect(emotions={"angry": 1.0}),
            Affect(),
        ),
    )  # fmt: skip


def test_six_emotions_and_who_is_left_out(given, root):
    found = given("iemocap", root=root, split="test")
    assert [(s.id, s.gold.emotion, s.provenance.subject) for s in kept(found)] == [
        ("iemocap_Ses05F_impro01_F000", "neutral", "Ses05F"),
        ("iemocap_Ses05F_impro01_F001", "excited", "Ses05F"),
        ("iemocap_Ses05F_impro01_M001", "frustrated", "Ses05M"),
    ]
    where = f"{root}/Session5/dialog/EmoEvaluation/Ses05F_impro01.txt"
    assert [one for one in found if isinstance(one, LeftOut)] == [
        LeftOut("iemocap_Ses05F_impro01_M000", "its annotators did not agree", f"{where}:14"),
        LeftOut("iemocap_Ses05F_impro01_M002", "protocol 6 has no fea", f"{where}:24"),
    ]


def test_four_emotions_make_excited_happy_in_labels_and_votes(given, root):
    found = kept(given("iemocap", root=root, protocol=4, split="train"))
    assert [s.gold.emotion for s in found] == ["neutral", "happy"] * 4
    assert found[1].labels == "iemocap4"
    assert found[1].annotators == (
        Affect(emotion="happy", emotions={"happy": 1.0}, valence=1.0, arousal=-1.0, dominance=1.0),
    )


def test_a_rating_outside_one_to_five_is_absent(given, root):
    happy = kept(given("iemocap", root=root, protocol=4))[1]
    assert (happy.gold.valence, happy.gold.arousal, happy.gold.dominance) == (1.0, -1.0, None)


def test_the_context_have_what_began_before_also_without_a_label(given, root):
    found = kept(given("iemocap", root=root, context=2))
    assert found[0].context == ()
    assert found[1].context == (
        "Ses01F: [BREATHING]",
        "Ses01M: Do you have your forms?",
    )


def test_sound_is_the_file_of_the_sentence(given, root):
    assert kept(given("iemocap", root=root, media="audio"))[0].media == (
        Media(kind="audio", path=f"{root}/Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav"),
    )


def test_train_and_test_share_no_subject_dialogue_or_file(given, root):
    train, test = (kept(given("iemocap", root=root, split=split)) for split in ("train", "test"))
    for key in (
        lambda s: s.id,
        lambda s: s.media[0].path,
        lambda s: s.provenance.dialogue,
        lambda s: s.provenance.subject,
    ):
        assert not {key(s) for s in train} & {key(s) for s in test}
    assert {s.provenance.subject for s in test} == {"Ses05F", "Ses05M"}


def test_the_published_counts_add_up():
    for protocol in ("4", "6"):
        train, test, whole = (ABOUT.counts[f"{protocol}:{split}"] for split in ("train", "test", "all"))
        assert train + test == whole
        assert sum(ABOUT.label_counts[f"{protocol}:test"].values()) == test
    assert sum(ABOUT.label_counts["4:all"].values()) == 5531
    assert (ABOUT.published("test", "4"), ABOUT.published("all", "6"), ABOUT.published("test", "6")) == (
        1241,
        7433,
        1623,
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("\tneu\t", "\tnut\t", "Ses01F_impro01.txt:3: the label 'nut' is not the corpus's; did you mean 'neu'?"),
        ("Neutral;\t()", "Neutrality;\t()", "Ses01F_impro01.txt:3: the vote 'Neutrality' is not the corpus's; did you"),
        ("[2.5000, 2.5000, 2.0000]", "[2.5, 2.5]", "Ses01F_impro01.txt:3: ['2.5', ' 2.5'] are not the three ratings"),
        ("[2.5000, 2.5000, 2.0000]", "[2.5, many, 2]", "Ses01F_impro01.txt:3: ' many' is not a number from 0 to 10"),
        ("[6.2901 - 8.2357]", "[6.2901]", "Ses01F_impro01.txt:3: '[6.2901]"),
    ],
)
def test_wrong_evaluations_are_told_with_their_line(given, root, old, new, words):
    path = root / "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError) as error:
        given("iemocap", root=root)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"protocol": 5}, "protocol=5: known: 4, 6"),
        ({"split": "val"}, "split=val: known: test, train"),
        ({"media": "text"}, "media=text: known: audio, video"),
        ({"context": 1.5}, "context=1.5: write a whole number from 0"),
    ],
)
def test_wrong_options_are_told(given, root, options, words):
    with pytest.raises(InputError) as error:
        given("iemocap", root=root, **options)
    assert words in str(error.value)


def test_missing_sessions_and_evaluations_are_told(given, tmp_path):
    (tmp_path / "Session1/dialog/EmoEvaluation").mkdir(parents=True)
    with pytest.raises(InputError, match=r"EmoEvaluation has no evaluations \(\*.txt\); unpack the whole corpus"):
        given("iemocap", root=tmp_path)
    with pytest.raises(InputError, match="has none of Session5/dialog"):
        given("iemocap", root=tmp_path, split="test")
