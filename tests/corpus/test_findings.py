import pytest

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.corpus.findings import findings
from affectreason.errors import InputError


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
