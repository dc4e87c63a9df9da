import pytest

from affectreason.errors import InputError
from affectreason.model import draft


def test_a_folder_gets_its_name_when_it_is_whole(tmp_path):
    out = tmp_path / "deep" / "made"
    with draft.beside(out) as part:
        (part / "file").write_text("x")
        assert not out.exists()
    assert [path.name for path in out.iterdir()] == ["file"]
    assert [path.name for path in out.parent.iterdir()] == ["made"]


def test_what_fails_leaves_nothing(tmp_path):
    def fail():
        with draft.beside(tmp_path / "made") as part:
            (part / "file").write_text("x")
            raise LookupError("half way")

    with pytest.raises(LookupError, match="half way"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_begun_anew(tmp_path):
    begun = draft.beside(tmp_path / "made")
    (begun.__enter__() / "old").write_text("x")  # and never left
    with draft.beside(tmp_path / "made") as part:
        (part / "new").write_text("x")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["new"]


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_was_not_begun_here_is_left_alone(tmp_path, kind):
    part = tmp_path / "made.part"
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / draft.MARK).touch()
    if kind == "folder":
        part.mkdir()
    elif kind == "file":
        part.write_text("mine")
    else:
        part.symlink_to(mine)
    said = r"out=.*made: it is written as .*made.part first, and that is there already and was not begun here; move it"
    with pytest.raises(InputError, match=said), draft.beside(tmp_path / "made"):
        pass
    assert part.exists()
    assert (mine / draft.MARK).is_file()


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(
        InputError, match=r"cannot write .*file/deep/made: Not a directory; name another folder with out"
    ):
        draft.require_free(tmp_path / "file" / "deep" / "made")
    assert draft.require_free(tmp_path / "no" / "made") == tmp_path / "no" / "made.part"
