import pytest

from affectreason.model import damaged


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b'{"a": [1, 2', "is cut off or no JSON (Expecting ',' delimiter: line 1 column 12 (char 11))"),
        (b"<html>", "is cut off or no JSON (Expecting value: line 1 column 1 (char 0))"),
        (b"\xff\xfe", "is cut off or no JSON ('utf-8' codec can't decode byte 0xff in position 0: invalid start byte)"),
        (b"[1]", "holds no settings (a list, no JSON object)"),
        (b"null", "holds no settings (a NoneType, no JSON object)"),
        (
            b'{"version": 1, "added_tokens": [], "model": {}}',
            "holds no tokenizer ('version' is missing there, or of another form)",
        ),
        (
            b'{"version": "1.0", "added_tokens": []}',
            "holds no tokenizer ('model' is missing there, or of another form)",
        ),
    ],
)
def test_a_file_that_is_no_object_is_named(tmp_path, content, why):
    (tmp_path / "config.json").write_text('{"model_type": "llava"}')
    (tmp_path / "tokenizer.json").write_bytes(content)
    assert damaged.damaged(tmp_path) == f"{tmp_path / 'tokenizer.json'} {why}"
    for whole in ('{"version": "1.0", "added_tokens": [], "model": {}}', '{"added_tokens": [], "model": {}}'):
        (tmp_path / "tokenizer.json").write_text(whole)
        assert damaged.damaged(tmp_path) is None


def test_brackets_without_end_and_a_file_that_nobody_may_read(tmp_path, monkeypatch):
    (tmp_path / "vocab.json").write_text("[" * 100_000)
    assert damaged.damaged(tmp_path).startswith(f"{tmp_path / 'vocab.json'} is cut off or no JSON (maximum recursion")

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(damaged.Path, "read_text", refused)
    assert damaged.damaged(tmp_path) == f"{tmp_path / 'vocab.json'} cannot be read: Permission denied"


def test_what_was_raised_is_told_on_one_line():
    said = damaged.told(AttributeError("a list\nhas no items"))
    assert said == (
        "a file of its settings has another form than transformers expects (AttributeError('a list\\nhas no items'))"
    )
    assert "\n" not in damaged.told(damaged.StrictDataclassError("two\nlines"))
