import pytest

from affectreason.affect.jsonl import lines
from affectreason.affect.sample import Sample
from affectreason.affect.samples import each, readable
from affectreason.errors import InputError


def test_bad_rows_are_told_one_by_one_and_the_rest_is_read(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [
        b'\xef\xbb\xbf{"id": "a"}',
        b"",
        b'{"id": "b", "emotion": "joy"}',
        b'{"id": "c", ',
        b"[1]",
        b'{"id": "d", "gold": {"valence": NaN}}',
        b'{"id": "\xff"}',
        b'{"id": "e", "labels": "ekman6", "gold": {"emotion": "contempt"}}',
        b'{"image": "x.jpg", "question": "?", "AUs": [], "labels": "", "description": "", "is_valid": false}',
        b'{"id": "f", "labels": "ekman6", "gold": {"emotion": "joy"}, "media": [{"kind": "image", "path": "f.png"}]}',
    ]
    path.write_bytes(b"\n".join(rows))
    found = {line: one if isinstance(one, Sample) or one is None else str(one) for line, _, one in each(path)}
    assert list(found) == [1, 3, 4, 5, 6, 7, 8, 9, 10]
    assert found[1] == Sample(id="a")
    assert found[3].startswith("sample 'b': unknown key 'emotion'; did you mean")
    assert found[4].startswith("this is not JSON: Expecting property name")
    assert found[5] == '[1] is not an object; write {"id": ...}, one a line'
    assert "NaN is no number; leave the key out where nothing was annotated" in found[6]
    assert found[7] == "not UTF-8 text (byte 0xff); is this a JSONL file, saved as UTF-8?"
    assert found[8].startswith("sample 'e': the label 'contempt' is not in the vocabulary 'ekman6'")
    assert found[9] is None
    assert (found[10].gold.emotion, found[10].media[0].path) == ("happiness", str(tmp_path / "f.png"))


def test_an_array_is_read_up_to_its_first_mistake(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('\n[{"id": "a"},\n {"id": "b"},\n {"id": ]\n')
    found = list(each(path))
    assert [(line, byte) for line, byte, _ in found] == [(2, 0), (3, 0), (4, 0)]
    assert found[1][2] == Sample(id="b")
    assert str(found[2][2]).startswith("this is not JSON: Expecting value")


def test_a_missing_file_is_named_with_its_neighbours(tmp_path):
    (tmp_path / "train.jsonl").touch()
    with pytest.raises(InputError, match=r"no such file: .*tran.jsonl; in .*did you mean 'train.jsonl'\?"):
        list(each(tmp_path / "tran.jsonl"))


def test_lines_are_counted_without_reading_them(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a"}\n{\n')
    assert lines(path) == 2
    assert lines(tmp_path / "none.jsonl") == 0


def test_each_row_has_its_first_byte(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes('{"id": "é"}\n\n{"id": "b"}'.encode())
    assert [(line, byte) for line, byte, _ in each(path)] == [(1, 0), (3, 14)]


def test_the_first_bad_row_ends_a_strict_reading(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a"}\n{"id": }\n')
    with pytest.raises(InputError, match=r"rows.jsonl:2: this is not JSON: .*; affectreason check data=.* lists all"):
        list(readable(path))


def test_a_key_that_stands_twice_is_an_error(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"id": "a", "gold": {"score": 1, "score": 2}}\n')
    with pytest.raises(InputError, match=r"rows.jsonl:1: this is not JSON: the key 'score' stands twice in an object"):
        list(readable(tmp_path / "rows.jsonl"))
    (tmp_path / "rows.json").write_text('[{"id": "a", "id": "b"}]')
    with pytest.raises(InputError, match=r"rows.json:1: this is not JSON: the key 'id' stands twice"):
        list(readable(tmp_path / "rows.json"))
