import os

import numpy as np
import pytest

from affectreason.errors import InputError
from affectreason.published import tables


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_rows_of_a_table_with_their_lines(tmp_path):
    path = write(tmp_path / "a.csv", '\ufeffname , text\n x ,"two\nlines"\n\ny,"a, b"\n')
    assert list(tables.rows(path, ("name", "text"))) == [
        (3, {"name": "x", "text": "two\nlines"}),
        (5, {"name": "y", "text": "a, b"}),
    ]
    assert tables.header(path) == ["name", "text"]


WRONG = [
    ("name;text\nx;y\n", "utf-8", r"a.csv is parted by semicolons, not commas; save it with ','"),
    ("nmae,text\n", "utf-8", r"a.csv has no column 'name'; did you mean 'nmae'\? known: nmae, text"),
    ("name,name,text\n", "utf-8", r"a.csv has two columns 'name'; give each its own name"),
    ("", "utf-8", r"a.csv is empty; columns needed: name, text"),
    ("name,text\n", "utf-8", r"a.csv has no rows below its header; was it cut short\?"),
    ("name,text\nx\n", "utf-8", r"a.csv:2: 1 cells below a header of 2"),
    ("name,text\nx,y,z\n", "utf-8", r"a.csv:2: 3 cells below a header of 2"),
    ('name,text\nx,"y\n', "utf-8", r"a.csv:2: this is not a CSV table: unexpected end of data"),
    ("name,text\nx,é\n", "latin-1", r"a.csv is not UTF-8 text \(byte 0xe9\); convert it first, for example: iconv -f"),
    ("name,text\n" + "x,你好\n" * 3, "gb18030", r"a.csv is not UTF-8 text \(byte 0x"),
]


@pytest.mark.parametrize(("text", "encoding", "said"), WRONG)
def test_a_wrong_table_is_said(tmp_path, text, encoding, said):
    with pytest.raises(InputError, match=said):
        list(tables.rows(write(tmp_path / "a.csv", text, encoding), ("name", "text")))


def test_a_missing_file_names_the_nearest(tmp_path):
    write(tmp_path / "label.csv", "")
    with pytest.raises(InputError, match=r"no such file: .*labels.csv; did you mean 'label.csv'\?"):
        list(tables.rows(tmp_path / "labels.csv"))
    with pytest.raises(InputError, match=r"root=.*nowhere: no such folder; give the folder of the data set"):
        tables.root_folder(tmp_path / "nowhere")
    with pytest.raises(
        InputError, match=r"has none of a.csv, \*.txt; is root= the folder that holds it\? there: label.csv"
    ):
        tables.first(tmp_path, "a.csv", "*.txt")
    assert tables.first(tmp_path, "a.csv", "*.csv") == tmp_path / "label.csv"


def test_lines_of_a_list(tmp_path):
    path = write(tmp_path / "list.txt", "\ufeffa 3 happy\n\n  b 4 sad \n")
    assert list(tables.lines(path, 3)) == [(1, ["a", "3", "happy"]), (3, ["b", "4", "sad"])]
    assert list(tables.lines(write(path, "a,1\n"), 2, ",")) == [(1, ["a", "1"])]
    with pytest.raises(InputError, match=r"list.txt:1: 'a,1' has 1 of 2 columns"):
        list(tables.lines(path, 2))
    with pytest.raises(InputError, match=r"list.txt is empty; was it cut short\?"):
        list(tables.lines(write(path, "\n")))
    assert list(tables.lines(path, may_be_empty=True)) == []
    with pytest.raises(InputError, match=r"list.txt is not UTF-8 text"):
        list(tables.lines(write(path, "é", "latin-1")))


@pytest.mark.parametrize(
    "name", ["../x.png", "a/../../x.png", "/etc/passwd", "~/x", "C:\\x.png", "..\\x.png", "", " ", "a\0.png"]
)
def test_a_path_that_climbs_out_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"^x:1: the path .* does not stay below .*; write paths relative to root="):
        tables.under(tmp_path, name, "x:1")


def test_a_path_below_the_root(tmp_path):
    assert tables.under(tmp_path, "./a\\b//c.png ") == tmp_path / "a" / "b" / "c.png"
    assert tables.under(tmp_path, f"{tmp_path}/a.png") == tmp_path / "a.png"


def test_files_meets_a_loop_of_links_once(tmp_path):
    (tmp_path / "a").mkdir()
    write(tmp_path / "a" / "1.PNG", "")
    write(tmp_path / "a" / "1.txt", "")
    os.symlink(tmp_path, tmp_path / "a" / "again")
    os.symlink(tmp_path.parent, tmp_path / "a" / "above")
    assert list(tables.files(tmp_path, [".png"])) == [tmp_path / "a" / "1.PNG"]


def test_arrays_and_json(tmp_path):
    np.savez(tmp_path / "plain.npz", names=np.array(["a", "b"]))
    assert tables.read_arrays(tmp_path / "plain.npz")["names"].tolist() == ["a", "b"]
    np.savez(tmp_path / "objects.npz", train=np.array({"a": {"emo": 1}}, dtype=object))
    with pytest.raises(
        InputError,
        match=r"objects.npz holds pickled Python objects, .* affectreason convert npz=.*objects.npz out=.*json",
    ):
        tables.read_arrays(tmp_path / "objects.npz")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "plain.npz").read_bytes()[:90])
    with pytest.raises(InputError, match=r"cut.npz is not an NPZ file \(90 bytes\); was the download cut short\?"):
        tables.read_arrays(tmp_path / "cut.npz")
    whole = bytearray((tmp_path / "plain.npz").read_bytes())
    whole[40:60] = bytes(20)
    (tmp_path / "hurt.npz").write_bytes(whole)
    with pytest.raises(InputError, match=r"hurt.npz: this NPZ file is damaged: Bad CRC-32"):
        tables.read_arrays(tmp_path / "hurt.npz")
    assert tables.read_json(write(tmp_path / "a.json", "[1]")) == [1]
    with pytest.raises(InputError, match=r"a.json: this is not JSON: .*; was the download cut short\?"):
        tables.read_json(write(tmp_path / "a.json", '{"a": '))
    with pytest.raises(InputError, match=r"^no such file: .*b.json; did you mean 'a.json'\?"):
        tables.read_json(tmp_path / "b.json")
    with pytest.raises(InputError, match=r"a.json is not UTF-8 text"):
        tables.read_json(write(tmp_path / "a.json", '"é"', "latin-1"))


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("['happy', 'not sure']", ["happy", "not sure"]),
        ('["don\'t care", "calm"]', ["don't care", "calm"]),
        ("[happy, sad ]", ["happy", "sad"]),
        ("happy,sad", ["happy", "sad"]),
        ("[]", []),
        ("", []),
        ("['']", []),
    ],
)
def test_a_list_in_a_cell(cell, found):
    assert tables.words(cell, "x:1") == found


@pytest.mark.parametrize("cell", ["['happy'", "happy]", "[1, 2]", "[[]]"])
def test_a_list_that_is_none(cell):
    with pytest.raises(InputError, match=r"x:1: .*(is not closed|is not a list of words)"):
        tables.words(cell, "x:1")


def test_labels_and_numbers():
    assert tables.label("Joyful", "meld7", "x:1") == "joy"
    with pytest.raises(InputError, match=r"x:1: the label 'joyy' is not in 'meld7'; did you mean 'joy'\?"):
        tables.label("joyy", "meld7", "x:1")
    assert tables.by_index("3.0", ("a", "b", "c"), "x:1", start=1) == "c"
    for cell in ("0", "4", "1.5", "x", "nan", "inf", "1e400"):
        with pytest.raises(InputError, match=rf"x:1: '{cell}' is not a label from 1 \(a\) to 3"):
            tables.by_index(cell, ("a", "b", "c"), "x:1", start=1)
    assert tables.number("-0.5", "x:1", -1, 1) == -0.5
    for cell in ("2", "nan", "x", ""):
        with pytest.raises(InputError, match=rf"x:1: '{cell}' is not a number from -1 to 1"):
            tables.number(cell, "x:1", -1, 1)
