import pytest

from affectreason.affect.labels import find
from affectreason.affect.sample import Affect, Media
from affectreason.errors import InputError
from affectreason.published import scripts

ABOUT = scripts.load("mafw").ABOUT
LABELS = [
    "anger",
    "disgust",
    "fear",
    "happiness",
    "neutral",
    "sadness",
    "surprise",
    "contempt",
    "anxiety",
    "helplessness",
    "disappointment",
]
SAID = "03747.mp4  anger  <br>一个男人激动地说话。 <br> A man speaks excitedly. The deep frown."


@pytest.fixture
def root(tmp_path):
    """Eleven clips of eleven emotions, clip n tested in fold n % 5 + 1, in lists of `NAME.mp4 label`."""
    lines = {n: f"{n:05d}.mp4 {label}" for n, label in enumerate(LABELS)}
    for fold in range(1, 6):
        for part in ("train", "test"):
            path = tmp_path / f"Train & Test Set/single/no_caption/set_{fold}/{part}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(one for n, one in lines.items() if (n % 5 + 1 == fold) == (part == "test")))
    (tmp_path / "data/clips").mkdir(parents=True)
    return tmp_path


def captions(root, name, *lines):
    (root / "caption-label").mkdir(exist_ok=True)
    (root / "caption-label" / name).write_text("\n".join(lines), encoding="utf-8")


def test_each_clip_comes_once_with_the_fold_that_tests_it(given, root):
    found = given("mafw", root=root)
    assert sorted(s.gold.emotion for s in found) == sorted(LABELS)
    assert [(s.id, s.provenance.fold, s.provenance.split) for s in found][:3] == [
        ("mafw_00000", "1", None), ("mafw_00005", "1", None), ("mafw_00010", "1", None),
    ]  # fmt: skip
    assert found[0].media == (Media(kind="video", path=str(root / "data/clips/00000.mp4")),)
    assert (found[0].labels, found[0].affect, found[0].reasoning) == ("mafw11", "expressed", None)


def test_a_fold_parts_the_clips(given, root):
    train, test = (given("mafw", root=root, fold=3, split=split) for split in ("train", "test"))
    assert [s.id for s in test] == ["mafw_00002", "mafw_00007"]
    assert len(train) == 9
    assert not {s.media[0].path for s in train} & {s.media[0].path for s in test}
    assert {s.provenance.fold for s in train} == {None}, "the train list does not say which fold tests a clip"


def test_the_english_sentence_is_the_reasoning(given, root):
    captions(root, "single_label.txt", SAID.replace("03747", "00000"))
    assert given("mafw", root=root)[0].reasoning == "A man speaks excitedly. The deep frown."


def test_several_emotions_are_a_set(given, root):
    captions(root, "multi_label.txt", "20045.mp4\tanger_disgust_anxiety\t<br>皱眉。\t<br>The frown.")
    (sample,) = given("mafw", root=root, protocol="multi")
    assert sample.gold == Affect(emotions={"anger": 1.0, "disgust": 1.0, "anxiety": 1.0})
    assert (sample.id, sample.reasoning) == ("mafw_20045", "The frown.")


@pytest.mark.parametrize(
    ("options", "line", "words"),
    [
        ({"protocol": "both"}, None, "protocol=both: known: multi, single"),
        ({"protocol": "multi"}, None, "protocol=multi needs caption-label/multi_label.txt below"),
        ({"protocol": "multi", "fold": 1}, None, "protocol=multi has no fold= and no split="),
        ({"protocol": "multi"}, "1.mp4 anger_glee <br> a <br> b",
         "multi_label.txt:1: the label 'glee' is not in 'mafw11'"),
        ({"protocol": "multi"}, "anger <br> a <br> b", "multi_label.txt:1: 'anger' is not a clip and its label"),
        ({"fold": 0}, None, "fold=0: known: 1, 2, 3, 4, 5"),
    ],
)  # fmt: skip
def test_wrong_options_and_captions_are_told(given, root, options, line, words):
    if line:
        captions(root, "multi_label.txt", line)
    with pytest.raises(InputError) as error:
        given("mafw", root=root, **options)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("00001.mp4 boredom", "test.txt:1: the label 'boredom' is not in 'mafw11'"),
        ("00001.mp4", "test.txt:1: '00001.mp4' has 1 of 2 columns"),
        ("/etc/x.mp4 anger", "test.txt:1: the path '/etc/x.mp4' does not stay below"),
        ("00000.mp4 anger", "test.txt:1: the clip '00000.mp4' stands in"),
    ],
)
def test_wrong_lines_are_told(given, root, line, words):
    (root / "Train & Test Set/single/no_caption/set_2/test.txt").write_text(line)
    with pytest.raises(InputError) as error:
        given("mafw", root=root)
    assert words in str(error.value)


def test_the_label_set_is_the_published_one():
    assert ABOUT.labels == ("mafw11",)
    assert find("mafw11").names == tuple(LABELS)
    assert 1836 + 1833 + 1827 + 1829 + 1831 == 9156, "the folds of the note are of the same clips"
