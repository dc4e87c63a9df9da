import numpy as np
import pytest
from PIL import Image

from affectreason.affect.sample import Media, Sample
from affectreason.corpus import duplicates, index
from affectreason.corpus.duplicates import as_bytes
from affectreason.corpus.likeness import load, pairs


def shown(name, split, *paths):
    media = tuple(Media(kind="image", path=str(path)) for path in paths)
    return Sample(id=name, question=name, media=media, provenance={"split": split})


def test_a_brightened_copy_is_near_across_splits_and_within_one(look, photo, tmp_path):
    rows = [
        shown("a", "train", photo("a.png")), shown("b", "test", photo("b.png", more=9)),
        shown("c", "train", photo("c.png", 1)), shown("d", "train", photo("d.png", 1, more=5)),
        shown("e", "train", photo("e.png", 2), photo("f.png", 2, more=5)),
    ]  # fmt: skip
    found = look(rows, media=True)
    data, across = tmp_path / "data.jsonl", found["near_duplicate_across_splits"]
    assert (across.level, across.count) == ("warning", 1)
    assert across.text == "1 pair of media on different sides nearly the same (at most 6 of 256 bits differ)"
    assert across.examples == (f"a ({data}:1) in train, b ({data}:2) in test",)
    inside = found["near_duplicate"]
    assert (inside.level, inside.count) == ("note", 1)
    assert inside.examples == (f"c ({data}:3) in train, d ({data}:4) in train",)
    assert "duplicate_across_splits" not in found


def test_flat_pictures_are_not_compared_and_that_is_said(look, tmp_path):
    for shade in (10, 20):
        Image.fromarray(np.full((40, 40, 3), shade, np.uint8)).save(tmp_path / f"{shade}.png")
    found = look([shown("a", "train", "10.png"), shown("b", "test", "20.png")], media=True)
    assert found["flat_media"].text.startswith("2 pictures without structure were not compared with others")
    assert "near_duplicate_across_splits" not in found


@pytest.fixture
def hashed():
    """Pairs of contents given as (hash, split, role), by their rows: across, inside, cut."""

    def run(*contents):
        db = index.sqlite3.connect("")
        db.executescript(index.SCHEMA)
        for row, (look, split, role) in enumerate(contents, start=1):
            db.execute("INSERT INTO samples (row, id, side, role) VALUES (?, ?, ?, ?)", (row, str(row), split, role))
            db.execute("INSERT INTO media (row, content, look) VALUES (?, ?, ?)", (row, str(row), as_bytes(look)))
        across, inside, cut = pairs(load(db))
        return (across.count, across.rows), (inside.count, inside.rows), cut

    return run


FACE = 0x0123456789ABCDEF << 90


def test_pairs_are_counted_once_by_sides(hashed):
    assert hashed() == ((0, []), (0, []), 0)
    assert hashed((FACE, "train", "data"), (FACE ^ 1, "train", "data"), (FACE ^ 6, "test", "data")) == (
        (2, [(2, 3), (1, 3)]), (1, [(1, 2)]), 0,
    )  # fmt: skip
    assert hashed((FACE, "train", "data"), (FACE ^ 127, "test", "data")) == ((0, []), (0, []), 0)


def test_equal_hashes_of_different_files_are_a_chain(hashed):
    across, inside, _ = hashed(*[(FACE, "train", "data")] * 4, (FACE, "test", "data"))
    assert (across[0], inside[0]) == (1, 3)


def test_what_is_of_the_other_file_alone_is_no_finding(hashed):
    other = [(FACE, "train", "against"), (FACE ^ 1, "test", "against")]
    assert hashed(*other) == ((0, []), (0, []), 0)
    assert hashed(*other, (FACE ^ 2, "train", "data"))[0][0] == 1


def test_a_side_whose_name_holds_a_comma(hashed):
    assert hashed((FACE, "a,b", "data"), (FACE ^ 1, "a,b", "data"))[1] == (1, [(1, 2)])
    assert hashed((FACE, "train,", "data"), (FACE ^ 1, ",", "data"))[0] == (1, [(1, 2)])


def test_any_number_of_sides(hashed):
    faces = [int.from_bytes(np.random.default_rng(seed).bytes(32), "big") for seed in range(69)]
    sides = [(face, f"fold_{number:03}", "data") for number, face in enumerate(faces)]
    found = hashed(*sides, (faces[68] ^ 1, "fold_069", "data"), (faces[68] ^ 2, "fold_068", "data"))
    assert found == ((2, [(69, 70), (70, 71)]), (1, [(69, 71)]), 0)


def test_long_runs_are_told(look, photo, monkeypatch):
    monkeypatch.setattr(duplicates, "LONGEST", 1)
    faces = iter(FACE ^ 1 << bit for bit in range(4))
    monkeypatch.setattr(index, "as_bytes", lambda _: as_bytes(next(faces)))
    rows = [shown(str(n), "train", photo(f"{n}.png", n)) for n in range(4)]
    found = look(rows, media=True)["runs_cut_short"]
    assert (found.level, found.mend) == ("warning", "keep fewer frames of a scene")
    assert found.text.endswith("hashes in runs of more than 1 like it not compared with all")
