import sqlite3

import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.corpus import findings as module
from affectreason.corpus import index
from affectreason.corpus.findings import findings, largest
from affectreason.errors import InputError
from affectreason.media.progress import bar


def test_a_clean_file_has_notes_only(look, photo):
    rows = [
        Sample(
            id=name, media=(Media(kind="image", path=str(photo(f"{name}.png", n))),), labels="ekman7",
            gold=Affect(emotion=emotion), provenance=Provenance(split=split, subject=name, origin="human"),
        )
        for n, (name, emotion, split) in enumerate(
            [("a", "anger", "train"), ("b", "fear", "train"), ("c", "anger", "test"), ("d", "fear", "test")]
        )
    ]  # fmt: skip
    assert {one.level for one in look(rows, media=True).values()} == {"note"}


def test_errors_come_first(look):
    rows = ['{"id": "a"}', "{", '{"id": "c", "provenance": {"split": "test"}}']
    assert [one.level for one in look(rows).values()] == ["error", "warning", "warning", "note", "note"]


def test_one_file_twice_is_a_mistake(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a"}\n')
    with pytest.raises(InputError, match="data= and against= name one file twice; every sample would be its own"):
        findings([path], [tmp_path / "." / "a.jsonl"])
    with pytest.raises(InputError, match="name one file twice"):
        findings([path], [f"{path}:train"])


def test_splits_of_one_file_are_held_against_each_other(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [("a", "train"), ("b", "train"), ("c", "test"), ("d", "val")]
    write(path, [Sample(id=name, question=name, provenance=Provenance(split=split)) for name, split in rows])
    found = {one.kind: one for one in findings([f"{path}:train"], [f"{path}:test"], media=False)}
    assert found["samples"].text == "2 samples: 2 train"
    assert "duplicate_id" not in found
    with pytest.raises(
        InputError, match=r"a\.jsonl:tst: no sample of split 'tst'; did you mean 'test'\? known: test, tr"
    ):
        findings([f"{path}:tst"])


def test_the_bar_ends_at_its_total(tmp_path, monkeypatch):
    path, seen = tmp_path / "a.jsonl", []
    path.write_text('{"id": "a"}\n\n{"id": "b"}\n{')

    def begun(label, total):
        made = bar(label, total)
        monkeypatch.setattr(made, "move", lambda at: seen.append((at, total)))
        return made

    monkeypatch.setattr(module, "bar", begun)
    findings([path], media=False)
    assert seen == [(1, 4), (3, 4), (4, 4)]


def test_the_samples_of_which_most_pixels_are_shown(tmp_path):
    db = sqlite3.connect("")
    db.executescript(index.SCHEMA)
    media = {  # side, frames, seconds, start, stop
        "picture": (300, None, None, None, None), "long": (100, 600, 60, None, None), "short": (200, 10, 1, None, None),
        "part": (100, 600, 60, 59, 90), "huge": (4000, None, None, None, None), "shut": (None, None, None, None, None),
    }  # fmt: skip
    for row, (name, (side, frames, seconds, start, stop)) in enumerate(media.items()):
        db.execute("INSERT INTO samples (row, id, file, role) VALUES (?, ?, 'f', 'data')", (row, name))
        values = (row, side, side, frames, seconds, start, stop)
        db.execute(
            "INSERT INTO media (row, width, height, frames, seconds, start, stop) VALUES (?, ?, ?, ?, ?, ?, ?)", values
        )
    order = [next(iter(largest(db, None, 16, 2.0, n + 1) - largest(db, None, 16, 2.0, n)))[1] for n in range(5)]
    assert order == ["huge", "long", "picture", "short", "part"]
    assert largest(db, 100 * 100, 16, 2.0, 1) == {("f", "long")}
    assert len(largest(db, None, 16, 2.0)) == 5
