import math
from collections import Counter
from itertools import count, islice
from tracemalloc import get_traced_memory, start, stop

import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.corpus.tally import NOT_SAID, imbalance, tally


def face(number, emotion=None, **more):
    """A sample of a picture that is not there."""
    where = Provenance(dataset="set", split=more.pop("split", "train"), subject=more.pop("subject", None))
    media = (Media(kind="image", path=f"/none/{number}.png"),)
    return Sample(**{"id": f"s{number}", "media": media, "gold": Affect(emotion=emotion), "provenance": where, **more})


def units(**intensities):
    return Affect(aus=tuple(ActionUnit(number=int(name[2:]), intensity=value) for name, value in intensities.items()))


def test_counts_by_split_and_label():
    samples = [face(1, "joy"), face(2, "joy", subject="a"), face(3, "anger", split="test", subject="a"), face(4)]
    done = tally(samples)
    assert (done.samples, done.unlabelled, len(set(done.people))) == (4, 1, 1)
    assert done.fields["split"] == {"train": 3, "test": 1}
    assert done.fields["origin"] == {NOT_SAID: 4}
    assert done.labels == {"train": Counter(joy=2), "test": Counter(anger=1)}
    assert done.has["emotion"] == 3


def test_what_is_annotated_otherwise_is_not_unlabelled():
    samples = [face(1, answer="yes"), face(2, attributes={"scene": "street"}), face(3, gold=Affect(aus=())), face(4)]
    assert tally(samples).unlabelled == 1


def test_one_file_named_twice_counts_once(tmp_path):
    (tmp_path / "one.mp4").write_bytes(b"12345")
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "1.png").write_bytes(b"123")
    (tmp_path / "frames" / "2.png").write_bytes(b"1234")
    clip, frames = Media(kind="video", path=f"{tmp_path}/one.mp4"), Media(kind="frames", path=f"{tmp_path}/frames")
    gone, address = Media(kind="audio", path=f"{tmp_path}/gone.wav"), Media(kind="url", path="https://a.b/c.mp4")
    samples = [face(number, media=media) for number, media in enumerate([(clip,), (clip, gone), (frames,), (address,)])]
    done = tally([*samples, face(9, media=())])
    assert done.files.counted() == {"files": 3, "missing": 1, "bytes": 12}
    assert done.media_missing == 1
    assert done.files.kinds == {"video": 2, "audio": 1, "frames": 1, "url": 1}
    assert done.fields["media"] == {"video": 1, "audio+video": 1, "frames": 1, "url": 1, "text alone": 1}


def test_a_path_that_cannot_be_a_file_is_missing(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "folder").mkdir()
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "1.png").symlink_to(tmp_path / "gone.png")
    paths = ["a\0b.mp4", f"{tmp_path}/loop", f"{tmp_path}/{'x' * 300}.mp4", f"{tmp_path}/folder"]
    samples = [face(number, media=(Media(kind="video", path=path),)) for number, path in enumerate(paths)]
    done = tally([*samples, face(9, media=(Media(kind="frames", path=f"{tmp_path}/frames"),))])
    assert done.files.counted() == {"files": 5, "missing": 4, "bytes": 0}
    assert done.media_missing == 4


def test_units_are_counted_over_the_samples_that_code_them():
    coded = [units(AU4=0, AU12=3), units(AU4=1, AU12=0), units(AU12=None), Affect(), Affect(aus=())]
    done = tally(face(number, gold=gold) for number, gold in enumerate(coded))
    assert done.units["set"].absence_is_coded
    assert done.units["set"].rows() == [
        {"unit": 4, "coded": 2, "present": 1, "rate": 0.5},
        {"unit": 12, "coded": 3, "present": 2, "rate": 2 / 3},
    ]


def test_where_only_present_units_are_listed_the_base_is_every_sample_that_says_something_of_units():
    done = tally(
        face(number, gold=gold) for number, gold in enumerate([units(AU4=None), units(AU12=2), Affect(aus=())])
    )
    assert not done.units["set"].absence_is_coded
    assert done.units["set"].rows()[0] == {"unit": 4, "coded": 3, "present": 1, "rate": 1 / 3}


def test_ranges_and_sets_of_emotions():
    several = Affect(emotions={"joy": 0.7, "awe": 0.3, "anger": 0.0})
    done = tally([face(1, gold=Affect(valence=-0.5)), face(2, gold=Affect(valence=1.0)), face(3, gold=several)])
    valence = done.scales["valence"]
    assert (valence.count, valence.least, valence.most, valence.total) == (2, -0.5, 1.0, 0.5)
    assert done.several == {"train": Counter(joy=1, awe=1)}
    assert "arousal" not in done.scales


def test_imbalance_by_hand():
    """Shares 1/2, 1/4, 1/4: entropy 1.5 bits of log2(3)."""
    assert imbalance({"joy": 2, "anger": 1, "fear": 1, "awe": 0}) == {
        "classes": 3,
        "entropy_ratio": pytest.approx(1.5 / math.log2(3)),
        "largest_to_smallest": 2.0,
        "majority": "joy",
        "majority_share": 0.5,
    }


def test_one_class_alone_is_no_imbalance_and_none_is_an_error():
    assert imbalance({"joy": 3})["entropy_ratio"] is None
    assert imbalance({"joy": 3})["majority_share"] == 1.0
    assert imbalance({"joy": 3, "awe": 3})["majority"] == "awe"  # of equal ones the first by name
    with pytest.raises(ValueError, match="no label was counted"):
        imbalance({"joy": 0})


def test_memory_does_not_grow_with_rows():
    endless = (face(number, ("joy", "anger")[number % 2], subject=f"p{number}") for number in count())
    tally(islice(endless, 5000))
    start()
    tally(islice(endless, 12000))
    _, most = get_traced_memory()
    stop()
    assert most < 3_000_000  # 24 bytes a row and the cache of 4096 sizes; a list of the samples is some 24 MB
