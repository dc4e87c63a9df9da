"""Samples found again by their place, as the ordinary reader reads them; every error by its text."""

import json

import pytest

from affectreason.affect import samples as samples_file
from affectreason.affect.sample import Sample
from affectreason.corpus.places import members, place, samples
from affectreason.errors import InputError


@pytest.fixture
def file(tmp_path):
    """Write rows (or bytes) to rows.jsonl."""

    def write(*rows):
        text = b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
        (tmp_path / "rows.jsonl").write_bytes(text)
        return tmp_path / "rows.jsonl"

    return write


def again(path, found):
    with path.open("rb") as opened:
        return [members(opened, found, group) for group in range(len(found.sizes))]


ROWS = (
    b'\xef\xbb\xbf{"id": "\xc3\xa9", "media": [{"kind": "image", "path": "x/../a.png"}], "group": "g"}',
    b"",
    {"messages": [{"role": "user", "content": "<image>q"}, {"role": "assistant", "content": "a"}], "images": ["i.png"]},
    {"id": "b", "gold": {"emotion": "JOYFUL"}, "labels": "ekman7", "group": "h"},
    {"image": "c.png", "AUs": ["AU1"], "labels": ["fear"], "dataset": "d", "description": "x", "is_valid": False},
    {"id": "c", "media": [{"kind": "url", "path": "http://x/y.png"}], "group": "g"},
    {"id": "d", "gold": {"emotion": "fear"}, "labels": "ekman7", "group": "h"},
)


def test_the_same_samples_as_the_ordinary_reader_gives(file):
    path = file(*ROWS)
    ordinary = samples_file.read(path)
    assert [sample for _, _, sample in samples(path)] == ordinary
    assert [sample.id for sample in ordinary] == ["é", "rows_3", "b", "c", "d"]
    found = place(path, samples(path), lambda sample: sample.group)
    groups = again(path, found)
    assert [[one.id for one in group] for group in groups] == [["é", "c"], ["rows_3"], ["b", "d"]]
    assert sorted((one for group in groups for one in group), key=ordinary.index) == ordinary
    assert found.sizes.tolist() == [2, 1, 2]
    assert (found.classes.tolist(), found.names) == ([-1, -1, 0], ("happiness",))


def test_a_dropped_sample_takes_its_group_along(file):
    path = file(*ROWS)
    found = place(path, samples(path), lambda sample: sample.group, lambda sample: sample.id == "c")
    assert [[one.id for one in group] for group in again(path, found)] == [["rows_3"], ["b", "d"]]
    assert found.dropped == 2
    none = place(path, samples(path), lambda sample: sample.group, lambda sample: True)
    assert (len(none.sizes), len(none.at), none.dropped) == (0, 0, 5)


def test_one_split(file):
    rows = [{"id": str(n), "provenance": {"split": ("train", "test")[n % 2]} if n < 3 else {}} for n in range(4)]
    path = file(*rows)
    assert [sample.id for _, _, sample in samples(path, "train")] == ["0", "2"]
    told = r"no sample of split 'trian'; did you mean 'train'\? known: test, train \(1 sample names no split\)"
    with pytest.raises(InputError, match=told):
        list(samples(path, "trian"))


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"id": "a"}, b"", {"id": "a"}], r"rows.jsonl:3: sample 'a': line 1 has the same id; give each its own"),
        ([{"id": "a"}, b'{"id": '], r"rows.jsonl:2: this is not JSON: .*; write one whole object a line"),
        ([b'{"id": "\xe9"}'], r"rows.jsonl:1: not UTF-8 text \(.*\); is this a JSONL file, saved as UTF-8\?"),
        (
            [b'{"id": "a", "gold": {"valence": NaN}}'],
            r"rows.jsonl:1: this is not JSON: NaN is no number; leave the key",
        ),
        ([b"3"], r"rows.jsonl:1: 3 is not an object; write \{\"id\": ...\}, one a line"),
        ([b'\n [{"id": "a"}]'], r"rows.jsonl is one JSON array; write one object a line: jq -c '.\[\]' rows.jsonl > "),
        ([b""], r"rows.jsonl holds no samples; `affectreason prep` makes such files"),
        (
            [{"id": "a", "gold": {"emotion": "hapy"}, "labels": "mer6"}],
            r"rows.jsonl:1: sample 'a': the label 'hapy' is",
        ),
        ([{"id": "a", "golf": 1}], r"rows.jsonl:1: sample 'a': unknown key 'golf'; did you mean 'gold'"),
    ],
)
def test_errors_name_the_line(file, rows, told):
    with pytest.raises(InputError, match=told):
        list(samples(file(*rows)))


def test_a_missing_file_names_its_neighbours(file):
    path = file({"id": "a"}).with_name("row.jsonl")
    with pytest.raises(InputError, match=r"no such file: .*row.jsonl; in .*: did you mean 'rows.jsonl'\?"):
        list(samples(path))


def test_a_million_places_are_small(tmp_path):
    found = place(tmp_path, ((n * 100, n, Sample(id="x")) for n in range(1000)), lambda sample: None)
    arrays = (found.at, found.starts, found.classes)
    assert sum(one.nbytes for one in arrays) <= 33 * 1000
