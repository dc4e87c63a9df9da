"""YAML 1.2 values, key=value words and their errors, and the way back."""

import math
import shlex
from pathlib import Path

import pytest

from affectreason.errors import InputError
from affectreason.recipe.words import (
    options,
    overlap,
    pairs,
    read_yaml,
    refuse_to_overwrite,
    source_and_split,
    switch,
    typed,
    whole,
    word,
    write_yaml,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5e-6", 5e-6),
        ("1e5", 1e5),
        ("1E5", 1e5),
        ("1e-3", 1e-3),
        ("+1e3", 1000.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("2.0e-5", 2e-5),
        ("1.0", 1.0),
        ("-.inf", -math.inf),
        ("7", 7),
        ("-7", -7),
        ("0", 0),
        ("010", 10),
        ("08", 8),
        ("0o10", 8),
        ("0x1F", 31),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("e5", "e5"),
        ("1e", "1e"),
        ("5e-6x", "5e-6x"),
        (".", "."),
        ("'5e-6'", "5e-6"),
        ("faces:test", "faces:test"),
        ("[1e-3, on]", [1e-3, "on"]),
        ("{a: 1e2, b: {c: .5}}", {"a": 100.0, "b": {"c": 0.5}}),
    ],
)
def test_values_follow_yaml_1_2(text, value):
    read = read_yaml(text, "here")
    assert read == value
    assert type(read) is type(value)


def test_nan_is_a_number():
    assert math.isnan(read_yaml(".nan", "here"))


def test_merge_keys_stay():
    assert read_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}", "here")["b"] == {"x": 1, "y": 3}
    assert read_yaml("a: &a {x: 1}\nb: &b {<<: *a, x: 2}\nc: {<<: *b, x: 3}", "here")["c"] == {"x": 3}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "this is not YAML"),
        ("a: b: c", "this is not YAML"),
        ("a: 1\nb: 2\na: 3", "the key 'a' is given twice"),
        ("{x: {a: 1, a: 2}}", "the key 'a' is given twice"),
        ("!!python/object:os.system {}", "this is not YAML"),
        ("!!int x", "this is not YAML"),
        ("[" * 5000, "this is not YAML"),
    ],
)
def test_what_is_not_yaml_names_its_place(text, said):
    with pytest.raises(InputError, match=said) as error:
        read_yaml(text, "recipes/mine.yaml")
    assert str(error.value).startswith("recipes/mine.yaml: ")


def test_pairs_read_values_and_the_later_wins():
    words = ["recipe=tiny", "sft.train.learning_rate=5e-6", "data=[a.jsonl, b.jsonl]", "x=a=b", "out=", "recipe=small"]
    assert pairs(words) == {
        "recipe": "small", "sft.train.learning_rate": 5e-6, "data": ["a.jsonl", "b.jsonl"], "x": "a=b", "out": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("tiny", "'tiny' is not key=value; write for example tiny=VALUE, without dashes"),
        ("--recipe", "'--recipe' is not key=value; write for example recipe=VALUE"),
        ("--recipe=tiny", "'--recipe=tiny' is not key=value; write for example recipe=VALUE"),
        ("=tiny", "'=tiny' is not key=value"),
    ],
)
def test_what_is_no_pair_is_told_in_words(bad, said):
    with pytest.raises(InputError) as error:
        pairs([bad])
    assert said in str(error.value)


def test_a_value_that_is_not_yaml_names_the_word():
    with pytest.raises(InputError, match=r"^x=\[1: this is not YAML"):
        pairs(["x=[1"])


def test_options():
    assert options(["a=1"], {"a": ..., "b": "c"}) == {"a": 1, "b": "c"}
    with pytest.raises(InputError, match=r"unknown key 'label'; did you mean 'labels'\? known: labels, units"):
        options(["label=x"], {"labels": ..., "units": None})
    with pytest.raises(InputError, match="missing labels=, out="):
        options([], {"labels": ..., "units": None, "out": ...})
    for empty in ("out=", "out=null"):
        with pytest.raises(InputError, match=r"missing out=$"):
            options([empty, "labels=x"], {"labels": ..., "out": ...})
    assert options(["split="], {"split": "train"}) == {"split": None}


@pytest.mark.parametrize("value", [0, 1.0, True, None, "3", [3], 6])
def test_whole_numbers(value):
    assert whole("n", 1, 1, 5) == 1
    assert whole("n", 10**12, 0) == 10**12
    with pytest.raises(InputError, match=r"^n=.*: write a whole number from 1 to 5$"):
        whole("n", value, 1, 5)
    with pytest.raises(InputError, match=r"^n=-1: write a whole number from 0$"):
        whole("n", -1, 0)


@pytest.mark.parametrize("value", [0, 1, None, "yes", "on", "", []])
def test_what_is_on_or_off(value):
    assert (switch("json", True), switch("json", False)) == (True, False)
    with pytest.raises(InputError, match=r"^json=.*: it is true or false$"):
        switch("json", value)


def test_no_file_that_is_read_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    read = tmp_path / "a" / "x.jsonl"
    read.write_text("x")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "one.jsonl").symlink_to(read)
    (tmp_path / "hard.jsonl").hardlink_to(read)
    (tmp_path / "away.jsonl").symlink_to("new.jsonl")
    names = [Path(one) for one in ("a/x.jsonl", "a/../a/x.jsonl", "link/x.jsonl", "one.jsonl", "hard.jsonl")]
    for out in names:
        for one in (Path("a/x.jsonl"), Path("one.jsonl")):
            with pytest.raises(InputError, match=r"is a file that is read; name another one$") as error:
                refuse_to_overwrite(out, [Path("other"), one])
            assert str(error.value).startswith(f"out={out} is ")
            assert (str(one) in str(error.value)) or one == out
    with pytest.raises(InputError, match=r"^out=new.jsonl is away.jsonl, and that is a file that is read"):
        refuse_to_overwrite(Path("new.jsonl"), [Path("away.jsonl")])
    refuse_to_overwrite(Path("a/y.jsonl"), names)


VALUES = [
    5e-6, 1e16, 3, True, None, "text", "on", "5e-6", "3", "true", "null", "~", "", " a", "a: b", "a #b", "[x", "é\n'\"",
    ["a.jsonl", 1, {"b": None}], {"x": "1e5"}, "2024-01-01", "1:30", "a b", "$HOME", "*",
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_yaml_is_read_back_as_it_was_written(value):
    assert read_yaml(write_yaml({"k": value}), "here") == {"k": value}


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_word_is_read_back_through_a_shell(value):
    assert pairs(shlex.split(word("a.b", value))) == {"a.b": value}


def test_plain_words_stay_plain():
    assert word("recipe", "tiny") == "recipe=tiny"
    assert word("sft.data", ["a b.jsonl"]) == "'sft.data=[\"a b.jsonl\"]'"


def test_shared_parts_are_written_out():
    part = {"x": [1]}
    assert "&" not in write_yaml({"a": part, "b": part})


@pytest.mark.parametrize(
    ("item", "source", "split"),
    [
        ("faces", "faces", None),
        ("faces:test", "faces", "test"),
        ("faces:", "faces", ""),
        ("data/x.jsonl", "data/x.jsonl", None),
        ("data/x.jsonl:test", "data/x.jsonl", "test"),
        ("/a:b/x.jsonl", "/a:b/x.jsonl", None),
        ("/a:b/x.jsonl:dev", "/a:b/x.jsonl", "dev"),
        ("a:b.jsonl", "a:b.jsonl", None),
        ("12:30.jsonl:dev", "12:30.jsonl", "dev"),
        ("x.json:v1.0", "x.json", "v1.0"),
    ],
)
def test_source_and_split(item, source, split):
    assert source_and_split(item) == (source, split)


@pytest.mark.parametrize(
    ("some", "others", "found"),
    [
        (["a:x"], ["a:x", "a:y", "b:x"], ["a:x"]),
        (["a"], ["a:x", "a:y", "b"], ["a:x", "a:y"]),
        (["a:x", "c.jsonl"], ["a", "./c.jsonl:t", "c.jsonl:t"], ["a", "c.jsonl:t"]),
        ([], ["a"], []),
        ([None, 3], [None, "a"], []),
    ],
)
def test_what_names_the_same_samples(some, others, found):
    assert overlap(some, others) == found


@pytest.mark.parametrize(
    ("word", "value"),
    [("a=true", True), ("a=", None), ("a=8", 8), ("a=[1, 2]", [1, 2]), ("a=ten", "ten"), ("a={b: ü}", {"b": "ü"})],
)
def test_a_value_is_told_as_it_was_typed(word, value):
    assert pairs([word]) == {"a": value}
    assert pairs([f"a={typed(value)}"]) == {"a": value}
    assert typed(True) == "true"
    assert typed(None) == ""
