from pathlib import Path

import pytest

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.published import dialogues

HOME = Path("/home/me/data")


@pytest.mark.parametrize(
    ("row", "script"),
    [
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "?"}]}]}, "messages"),
        ({"messages": [{"role": "user", "content": "<image>?"}]}, "placeholders"),
        ({"conversations": [{"from": "human", "value": "?"}]}, "sharegpt"),
        ({"conversations": [{"role": "user", "content": "?"}]}, "emotion_qwen"),
    ],
)
def test_the_script_of_a_form(row, script):
    assert dialogues.written(row) == script


def test_a_row_that_is_no_dialogue_is_told():
    with pytest.raises(InputError, match="the row has neither 'messages' nor 'conversations' but a, b"):
        dialogues.written({"a": 1, "b": 2})


@pytest.mark.parametrize(
    ("path", "cut", "found"),
    [
        ("a/1.mp4", None, "/home/me/data/a/1.mp4"),
        ("./a/1.mp4", None, "/home/me/data/a/1.mp4"),
        ("/them/a/1.mp4", "/them", "/home/me/data/a/1.mp4"),
        ("them/a/1.mp4", "them/", "/home/me/data/a/1.mp4"),
    ],
)
def test_files_lie_below_root(path, cut, found):
    assert dialogues.below(Media(kind="video", path=path), HOME, cut).path == found


def test_addresses_stay():
    url = Media(kind="url", path="https://example.org/1.mp4")
    assert dialogues.below(url, HOME, "x") == url


@pytest.mark.parametrize(
    ("path", "cut", "words"),
    [
        ("/them/1.mp4", None, "the path '/them/1.mp4' is one of the authors' machine; give its beginning as cut="),
        ("/them/1.mp4", "/us", "does not begin with cut=/us; leave cut= out, or give what they begin with"),
        ("/them/../../1.mp4", "/them", "the path '../../1.mp4' does not stay below /home/me/data"),
        ("a/../../1.mp4", None, "the path 'a/../../1.mp4' does not stay below"),
    ],
)
def test_paths_that_leave_root_are_told(path, cut, words):
    with pytest.raises(InputError) as error:
        dialogues.below(Media(kind="video", path=path), HOME, cut)
    assert words in str(error.value)


def test_a_group_does_not_name_the_machine():
    media = (Media(kind="video", path="/home/me/data/a/1.mp4"),)
    assert dialogues.group("x", media, HOME) == "x_a/1.mp4"
    assert dialogues.group("x", (), HOME) is None
