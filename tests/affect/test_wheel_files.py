"""A lexicon folder of the user's: what is read, how its version is told, and what is said of wrong ones."""

import sys

import pytest

from affectreason.affect import wheel_files
from affectreason.errors import InputError

openpyxl = pytest.importorskip("openpyxl")
NAMES = {
    "2025": ["scared", "happy", "joyful", "genius", "joyful"],
    "2026": ["scared", "fearful", "scared", "fear", "scared"],
}


def write(folder, names, columns=("level1", "level2", "level3")):
    """A lexicon in which `fear` is a form of a word in the ring `names[k]` of wheel k."""
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names, 1):
        book = openpyxl.Workbook()
        for row in (columns, (f" {name.title()} ", "Mid", "Fear"), (None, None, "Dread "), (None, "Low", "gloom")):
            book.active.append(row)
        book.save(folder / f"wheel{number}.xlsx")
    book = openpyxl.Workbook()
    book.active.append([f"{kind}_run{run}" for kind in ("word", "synonym") for run in range(1, 9)])
    book.active.append(["gloom"] * 8 + ["['misery', 'woe']"] * 2 + ["['gloom']"] * 6)
    book.save(folder / "synonym.xlsx")
    rows = ["name,format", 'fear,"fear, fears"', 'misery,"misery, miseries"', 'gloom,"gloom,gloomy"', "dread,dread"]
    (folder / "format.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


@pytest.mark.parametrize("version", NAMES)
def test_both_public_versions_are_told_apart(tmp_path, version):
    lexicon = wheel_files.load(write(tmp_path / "wheels", NAMES[version]))
    assert lexicon.version.startswith(f"{version} (sha256 ")
    assert [lexicon.mapped("fears", wheel, 1) for wheel in range(1, 6)] == NAMES[version]


def test_rows_below_a_block_belong_to_it_and_synonyms_reach_the_wheel(tmp_path):
    lexicon = wheel_files.load(write(tmp_path / "wheels", NAMES["2026"]))
    assert (lexicon.mapped("dread", 1, 1), lexicon.mapped("dread", 1, 2)) == ("scared", "mid")
    assert (lexicon.m1("miseries"), lexicon.m2("miseries"), lexicon.mapped("miseries", 2, 2)) == (
        "misery",
        "gloom",
        "low",
    )
    assert lexicon.clusters("neutral") == ("",) * 12


def test_an_unknown_version_is_read_and_said_so(tmp_path):
    assert wheel_files.load(write(tmp_path / "mine", ["a", "b", "c", "d", "e"])).version.startswith("unknown (sha256 ")


def test_missing_files_are_all_named(tmp_path):
    folder = write(tmp_path / "wheels", NAMES["2026"])
    (folder / "wheel3.xlsx").unlink()
    (folder / "format.csv").unlink()
    with pytest.raises(InputError, match=r"lexicon=.*wheels lacks wheel3.xlsx, format.csv$"):
        wheel_files.load(folder)
    (folder / "wheel_mapping.npz").write_bytes(b"x")
    with pytest.raises(InputError, match=r"wheel_mapping.npz holds its maps only, and is not read"):
        wheel_files.load(folder)
    with pytest.raises(InputError, match=r"no such folder; give the one that holds wheel1.xlsx"):
        wheel_files.load(tmp_path / "nowhere")


def test_wrong_columns_are_named(tmp_path):
    folder = write(tmp_path / "wheels", NAMES["2026"], columns=("level1", "second", "level3"))
    with pytest.raises(InputError, match=r"wheel1.xlsx has no column level2; its columns are level1, second, level3"):
        wheel_files.load(folder)


def test_a_file_that_is_no_workbook_is_said_so(tmp_path):
    folder = write(tmp_path / "wheels", NAMES["2026"])
    (folder / "wheel1.xlsx").write_text("<html>not found</html>")
    with pytest.raises(InputError, match=r"wheel1.xlsx is not a readable .xlsx workbook"):
        wheel_files.load(folder)


def test_without_openpyxl_the_command_is_named(tmp_path, monkeypatch):
    folder = write(tmp_path / "wheels", NAMES["2026"])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError, match="pip install openpyxl"):
        wheel_files.load(folder)
