from collections import Counter

import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.counts import Counts

ABOUT = scripts.load("ravdess").ABOUT


def takes(modality="01", channel="01", actors=range(1, 25)):
    """The names of all takes as published: no strong neutral."""
    for actor in actors:
        for emotion in range(1, 9 if channel == "01" else 7):
            for level in (1, 2) if emotion > 1 else (1,):
                for statement in (1, 2):
                    for repetition in (1, 2):
                        yield (
                            f"Actor_{actor:02d}/{modality}-{channel}-{emotion:02d}-{level:02d}-{statement:02d}-"
                            f"{repetition:02d}-{actor:02d}"
                        )


def put(root, names, ending=".mp4"):
    for name in names:
        path = root / (name + ending)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_the_fields_of_a_name(given, tmp_path):
    put(tmp_path, ["Video_Speech_Actor_12/Actor_12/01-01-06-01-02-01-12"])
    assert given("ravdess", root=tmp_path) == [
        Sample(
            id="ravdess_01-01-06-01-02-01-12",
            media=(
                Media(kind="video", path=str(tmp_path / "Video_Speech_Actor_12/Actor_12/01-01-06-01-02-01-12.mp4")),
            ),
            transcript="Dogs are sitting by the door",
            gold=Affect(emotion="fearful"),
            attributes={"intensity": "normal", "repetition": 1.0, "gender": "female"},
            group="ravdess_01-06-01-02-01-12",
            labels="ravdess8",
            affect="expressed",
            provenance=Provenance(
                dataset="RAVDESS", subject="Actor_12", fold="3", origin="acted", licence="CC BY-NC-SA 4.0", gate="open"
            ),
        )
    ]


def test_the_published_counts_are_those_of_the_names(given, tmp_path):
    put(tmp_path, takes())
    put(tmp_path, takes("02"))
    put(tmp_path, takes("03"), ".wav")
    put(tmp_path, takes("01", "02", [n for n in range(1, 25) if n != 18]))
    found = given("ravdess", root=tmp_path)
    counts = {}
    for sample in found:
        counts[sample.gold.emotion] = counts.get(sample.gold.emotion, 0) + 1
    assert (len(found), counts) == (ABOUT.counts["speech:all"], ABOUT.label_counts["speech:all"])
    assert len(given("ravdess", root=tmp_path, protocol="song")) == ABOUT.counts["song:all"] == 1012
    sounds = given("ravdess", root=tmp_path, modality="audio")
    assert {s.media[0].kind for s in sounds} == {"audio"}
    assert len(sounds) == 1440
    assert {s.group for s in sounds} == {s.group for s in found}, "the same takes"


def test_without_fold_all_takes_come_once_with_the_fold_that_tests_them(given, tmp_path):
    put(tmp_path, takes())
    found, counts = given("ravdess", root=tmp_path), Counts()
    for sample in found:
        counts.add(sample)
    assert Counter(s.provenance.fold for s in found) == {str(fold): 240 for fold in range(1, 7)}
    assert {s.provenance.split for s in found} == {None}
    assert counts.departures(ABOUT, "speech") == [], "train and test are published of a fold, not of the whole"


@pytest.mark.parametrize(("fold", "actors"), [(1, (1, 2, 3, 4)), (6, (21, 22, 23, 24))])
def test_folds_are_of_four_actors(given, tmp_path, fold, actors):
    put(tmp_path, takes())
    train, test = (given("ravdess", root=tmp_path, fold=fold, split=split) for split in ("train", "test"))
    assert (len(train), len(test)) == (ABOUT.counts["speech:train"], ABOUT.counts["speech:test"]) == (1200, 240)
    subjects = [{s.provenance.subject for s in part} for part in (train, test)]
    assert subjects[1] == {f"Actor_{n:02d}" for n in actors}
    assert not subjects[0] & subjects[1]
    assert {(s.provenance.split, s.provenance.fold) for s in test} == {("test", str(fold))}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("01-01-01-02-01-01-01", "neutral was not recorded in strong intensity (02)"),
        ("01-01-09-01-01-01-01", "the emotion: '09' is not a label from 1 (neutral) to 8"),
        ("01-01-03-01-01-01-25", "the actor: '25' is not a number from 1 to 24"),
        ("01-01-03-01-03-01-01", "the statement: '03' is not a label from 1 (Kids"),
        ("01-01-03-01-01-03-01", "the repetition: '03' is not a number from 1 to 2"),
        ("04-01-03-01-01-01-01", "'04' is not a label from 1 (both) to 3"),
        ("trailer", "trailer.mp4: the name is not seven numbers such as 03-01-06-01-02-01-12; move it elsewhere"),
    ],
)
def test_a_wrong_name_is_told(given, tmp_path, name, words):
    put(tmp_path, [name])
    with pytest.raises(InputError) as error:
        given("ravdess", root=tmp_path)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fold": 7}, "fold=7: known: 1, 2, 3, 4, 5, 6"),
        ({"modality": "av"}, "modality=av: known: audio, both, video"),
        ({"protocol": "sing"}, "protocol=sing: did you mean 'song'? known: song, speech"),
        ({"split": "test"}, "give fold=1 to fold=6 with it"),
    ],
)
def test_wrong_options_are_told(given, tmp_path, options, words):
    with pytest.raises(InputError) as error:
        given("ravdess", root=tmp_path, **options)
    assert words in str(error.value)
