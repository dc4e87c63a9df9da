import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.corpus import index
from affectreason.errors import InputError


def test_tables_hold_sides_and_what_is_not_there(tmp_path):
    rows = [
        Sample(id="a", media=(Media(kind="image", path="a.png"),), provenance=Provenance(split="test_2")),
        Sample(id="b", gold=Affect(emotion="anger"), labels="ekman6"),
    ]
    write(tmp_path / "data.jsonl", rows)
    write(tmp_path / "more.jsonl", [Sample(id="c", provenance=Provenance(split="train_val"))])
    write(tmp_path / "other.jsonl", [Sample(id="d")])
    files = [tmp_path / name for name in ("data.jsonl", "more.jsonl", "other.jsonl")]
    moved = []
    names = [(path, None) for path in files]
    db = index.build(names[:2], names[2:], media=False, moved=moved.append)
    assert db.execute("SELECT id, line, role, side, held, unlabelled FROM samples").fetchall() == [
        ("a", 1, "data", "test_2", 1, 1),
        ("b", 2, "data", "(data, no split)", 0, 0),
        ("c", 1, "data", "train_val", 0, 1),
        ("d", 1, "against", "against", 1, 1),
    ]
    assert db.execute("SELECT path, missing, problem FROM media").fetchall() == [(str(tmp_path / "a.png"), 1, None)]
    assert db.execute("SELECT name, count, constant FROM columns").fetchall() == [("emotion", 1, "anger")]
    assert moved == [1, 2, 3, 4]


def test_a_file_by_its_splits_is_read_twice_and_its_mistakes_told_once(tmp_path):
    path, moved = tmp_path / "data.jsonl", []
    rows = [f'{{"id": "{name}", "provenance": {{"split": "{name}"}}}}' for name in ("train", "test", "val")]
    path.write_text("\n".join([rows[0], "{", *rows[1:]]))
    db = index.build([(path, "train")], [(path, "test")], media=False, moved=moved.append)
    assert db.execute("SELECT id, side, held FROM samples").fetchall() == [
        ("train", "train", 0),
        ("test", "against:test", 1),
    ]
    assert db.execute("SELECT line FROM unread").fetchall() == [(2,)]
    assert moved == [1, 4 + 3]


def test_a_full_temporary_disk_is_told(tmp_path, monkeypatch):
    path = tmp_path / "many.jsonl"
    path.write_text("".join(f'{{"id": "{number}", "question": "{"x" * 200}"}}\n' for number in range(3000)))
    monkeypatch.setattr(index, "SCHEMA", "PRAGMA max_page_count = 40;" + index.SCHEMA)
    with pytest.raises(InputError, match="the temporary index cannot be written: database or disk is full; set TMPDIR"):
        index.build([(path, None)], media=False)
