"""The data set of drawn faces: the same files whoever draws them, balanced, disjoint, resumable."""

from collections import Counter
from itertools import islice

import av
import numpy as np
import pytest
from PIL import Image
from tests import made_head

from affectreason.errors import InputError
from affectreason.media.draw_faces import draw_faces, people, ramp


def contents(folder):
    """Every file under a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """70 pictures of two splits and 14 clips, by one process."""
    folder = tmp_path_factory.mktemp("faces")
    return folder, draw_faces(folder, {"train": 56, "test": 14}, size=32, clips={"train": 7, "test": 7}, workers=1)


def test_two_workers_draw_what_one_draws(drawn, tmp_path):
    folder, samples = drawn
    again = draw_faces(tmp_path, {"train": 56, "test": 14}, size=32, clips={"train": 7, "test": 7}, workers=2)
    assert [sample.to_json() for sample in again] == [sample.to_json() for sample in samples]
    assert contents(tmp_path) == contents(folder)


def test_samples_say_what_is_drawn(drawn):
    folder, samples = drawn
    assert len({sample.id for sample in samples}) == len(samples) == 84
    for sample in samples:
        (media,) = sample.media
        assert (folder / media.path).is_file()
        assert sample.gold.aus is not None
        assert sample.labels == "ekman7"
        assert sample.gold.valence is None
        assert all(f"(AU{unit})" in sample.reasoning for unit in sample.gold.units)
    last = next(sample for sample in samples if sample.id == "test_00012")
    assert last.media[0].path == "images/test/test_00012.png"
    assert Image.open(folder / last.media[0].path).size == (32, 32)


def test_the_classes_are_balanced(drawn):
    for split, kind, each in (("train", "image", 8), ("test", "image", 2), ("train", "video", 1)):
        count = Counter(s.gold.emotion for s in drawn[1] if s.provenance.split == split and s.media[0].kind == kind)
        assert set(count.values()) == {each}
        assert len(count) == 7


def test_the_people_of_the_splits_are_disjoint(drawn):
    subjects = {
        split: {s.provenance.subject for s in drawn[1] if s.provenance.split == split} for split in ("train", "test")
    }
    assert len(subjects["train"]) == 8
    assert not subjects["train"] & subjects["test"]
    for seed in (0, 1):
        first = list(islice(people("train", seed), 2000))
        assert len(set(first)) == 2000
        blocks = {
            name: {number // 1_000_000 for number in islice(people(name, seed), 2000)}
            for name in ("train", "val", "test")
        }
        assert all(len(block) == 1 for block in blocks.values())
        assert len(set.union(*blocks.values())) == 3


def test_a_clip_goes_from_rest_to_the_apex_and_back(drawn):
    folder, samples = drawn
    for sample in (s for s in samples if s.media[0].kind == "video"):
        with av.open(str(folder / sample.media[0].path)) as movie:
            assert movie.streams.video[0].average_rate == 8
            frames = [frame.to_ndarray(format="rgb24").astype(int) for frame in movie.decode(video=0)]
        assert 8 <= len(frames) <= 16
        away = [float(np.abs(frame - frames[0]).max()) for frame in frames]
        if len(sample.gold.units) >= 2:
            assert away[len(frames) // 2] > 40
            assert away[-1] < away[len(frames) // 2] / 2


@pytest.mark.parametrize("frames", range(8, 17))
def test_the_ramp_rests_at_both_ends_and_holds_the_apex(frames):
    shares = ramp(frames)
    assert len(shares) == frames
    assert shares[0] == shares[-1] == 0
    assert shares.count(1.0) >= 2
    assert shares == pytest.approx(shares[::-1])


def test_what_is_there_is_not_drawn_again(tmp_path):
    draw_faces(tmp_path, {"train": 7}, size=32, workers=1)
    kept, lost = (tmp_path / "images" / "train" / f"train_0000{k}.png" for k in (0, 1))
    before = lost.read_bytes()
    kept.write_bytes(b"kept")
    lost.unlink()
    seen = []
    draw_faces(tmp_path, {"train": 7}, size=32, workers=1, progress=lambda done, total: seen.append((done, total)))
    assert kept.read_bytes() == b"kept"
    assert lost.read_bytes() == before
    assert seen == [(6, 7), (7, 7)]


def test_a_larger_set_begins_with_the_smaller(tmp_path):
    few = draw_faces(tmp_path, {"train": 7}, size=32, workers=1)
    assert draw_faces(tmp_path, {"train": 14, "val": 7}, size=32, workers=1)[:7] == few


def test_faces_of_two_seeds_do_not_mix(tmp_path):
    draw_faces(tmp_path, {"train": 1}, size=32, seed=1)
    with pytest.raises(InputError, match=r"'seed': 1.*asked are \{'seed': 2"):
        draw_faces(tmp_path, {"train": 1}, size=32, seed=2)


@pytest.fixture
def head(tmp_path_factory, monkeypatch):
    """A cache with a small made-up head."""
    cache = tmp_path_factory.mktemp("cache")
    made_head.keep(cache, tmp_path_factory.mktemp("published"))
    monkeypatch.setenv("AFFECTREASON_CACHE", str(cache))


def test_faces_in_3d_show_the_truth_of_those_in_2d(head, tmp_path):
    splits, clips = {"train": 7}, {"test": 1}
    flat = draw_faces(tmp_path / "flat", splits, size=32, clips=clips, workers=1)
    deep = draw_faces(tmp_path / "deep", splits, size=32, clips=clips, faces="3d", workers=1)
    assert [sample.to_json() for sample in deep] == [sample.to_json() for sample in flat]
    one, other = contents(tmp_path / "flat"), contents(tmp_path / "deep")
    assert list(one) == list(other)
    assert not set(one.values()) & set(other.values())
    assert Image.open(tmp_path / "deep" / deep[0].media[0].path).size == (32, 32)


def test_faces_in_3d_are_their_seed(head, tmp_path):
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        draw_faces(tmp_path / name, {"train": 3}, size=32, seed=seed, faces="3d", workers=1)
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert not set(one.values()) & set(other.values())


def test_faces_in_3d_and_2d_do_not_mix(head, tmp_path):
    draw_faces(tmp_path, {"train": 1}, size=32)
    with pytest.raises(InputError, match=r"holds faces drawn with .*'painter': \d+.*asked are .*'head': 1"):
        draw_faces(tmp_path, {"train": 1}, size=32, faces="3d")


def test_faces_in_3d_without_their_head_draw_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path / "cache"))
    with pytest.raises(InputError, match=r"run `affectreason assets get small` once.* or write faces: 2d"):
        draw_faces(tmp_path / "faces", {"train": 1}, size=32, faces="3d")
    assert not (tmp_path / "faces").exists()


@pytest.mark.parametrize(
    ("splits", "size", "said"), [({"a/b": 1}, 32, "'a/b' names a folder"), ({"a": 1}, 33, "size=33")]
)
def test_a_wrong_request_is_said(tmp_path, splits, size, said):
    with pytest.raises(InputError, match=said):
        draw_faces(tmp_path, splits, size=size)
