import pytest

from affectreason.affect.sample import Affect
from affectreason.errors import InputError
from affectreason.published import mer


@pytest.fixture
def table(tmp_path):
    (tmp_path / "said.csv").write_text("name,chinese,english\na,好。,Good.\nb,啊。,\n", encoding="utf-8")
    return tmp_path


def test_what_is_said_in_either_language(table):
    assert mer.transcripts(table, ("none.csv", "said.csv"), "english") == {"a": "Good."}
    assert mer.transcripts(table, ("none.csv", "said.csv"), "chinese") == {"a": "好。", "b": "啊。"}
    assert mer.transcripts(table, ("none.csv",), "none") == {}


@pytest.mark.parametrize("column", ["english", "sentence", "sentence_en"])
def test_every_name_of_the_english_column(tmp_path, column):
    (tmp_path / "said.csv").write_text(f"name,{column}\na,Good.\n", encoding="utf-8")
    assert mer.transcripts(tmp_path, ("said.csv",), "english") == {"a": "Good."}


@pytest.mark.parametrize(
    ("files", "language", "message"),
    [
        (("a.csv", "b.csv"), "english", r"has none of a.csv, b.csv, which say what is spoken; or give language=none"),
        (("said.csv",), "englsh", r"language=englsh: did you mean 'english'\? known: chinese, english, none"),
        (("only.csv",), "chinese", r"only.csv has no chinese column, only name, sentence; give another language=, or"),
    ],
)
def test_missing_transcripts_are_named(table, files, language, message):
    (table / "only.csv").write_text("name,sentence\n", encoding="utf-8")
    with pytest.raises(InputError, match=message):
        mer.transcripts(table, files, language)


def test_media_asked_for(tmp_path):
    (tmp_path / "video").mkdir()
    (tmp_path / "video/b.avi").touch()
    (tmp_path / "openface_face").mkdir()
    (tmp_path / "openface_face/b.npy").touch()
    assert [m.path for m in mer.media(tmp_path, "a", {})] == [f"{tmp_path}/video/a.mp4"]
    video, audio, faces = mer.media(tmp_path, "b", {"audio": True, "faces": "true"})
    assert (video.kind, video.path) == ("video", f"{tmp_path}/video/b.avi")
    assert (audio.kind, audio.path) == ("audio", f"{tmp_path}/audio/b.wav")
    assert faces.model_dump(exclude_defaults=True) == {
        "kind": "frames",
        "path": f"{tmp_path}/openface_face/b.npy",
        "role": "face",
        "colour": "bgr",
    }
    (_, missing) = mer.media(tmp_path, "c", {"faces": True})
    assert missing.path == f"{tmp_path}/openface_face/c/c.npy"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("../../etc/x", {}, r"the path 'video/../../etc/x.mp4' does not stay below"),
        ("a", {"faces": "yes"}, r"faces=yes: known: false, true"),
    ],
)
def test_media_that_are_refused(tmp_path, name, options, message):
    with pytest.raises(InputError, match=message):
        mer.media(tmp_path, name, options)


def test_sets_of_words():
    assert mer.openset("['Happy', ' joyful ']", "x", "none") == Affect(emotions={"Happy": 1, "joyful": 1})
    assert mer.openset("shocked,care", "x", "none") == Affect(emotions={"shocked": 1, "care": 1})
    assert mer.openset("[]", "x", "none") == mer.openset("", "x", "none") == Affect()
    assert mer.openset("[]", "x", "neutral") == Affect(emotions={"neutral": 1})
    with pytest.raises(InputError, match="empty=happy: known: neutral, none"):
        mer.openset("", "x", "happy")


def test_valence_is_a_score_and_minus_ten_is_none():
    assert mer.basic("worried", "-4.75", "x") == Affect(emotion="worried", score=-4.75)
    assert (
        mer.basic("sad", -10, "x") == mer.basic("sad", "", "x") == mer.basic("sad", None, "x") == Affect(emotion="sad")
    )
    with pytest.raises(InputError, match=r"x.csv:3: '-7' is not a number from -5 to 5"):
        mer.basic("sad", "-7", "x.csv:3")
    with pytest.raises(InputError, match=r"x.csv:3: the label 'disgust' is not in 'mer6'; .*known: angry, happy"):
        mer.basic("disgust", None, "x.csv:3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", r"label-6way.json has no train_corpus; take label-6way.npz as published and convert it again"),
        ('{"train_corpus": {"a": 3}}', r"train_corpus, a: '3' has no emo; take label-6way.npz as published"),
        ('{"train_corpus": {"a": {"emo": 3}}}', r"train_corpus, a: the label '3' is not in 'mer6'"),
    ],
)
def test_label_files_of_another_form(tmp_path, text, message):
    (tmp_path / "label-6way.json").write_text(text)
    with pytest.raises(InputError, match=message):
        list(mer.converted(tmp_path / "label-6way.json", "train"))
