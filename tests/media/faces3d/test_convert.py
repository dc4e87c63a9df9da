import gzip

import numpy as np
import pytest
from tests import made_head

from affectreason.errors import InputError
from affectreason.media.faces3d import convert

OBJ = """# MakeHuman
v -0.3492 7.3299 1.4076
v .1 7 1
v 0 8 1
v 1 8.5 -.25
v 0 -8 0
vt 0.5 0.5
g body
s off
f 1/1 2/2 3/3 4/4
g helper-l-eye
f 2/2 3/3 4/4 1/1
"""


@pytest.fixture
def obj(tmp_path):
    path = tmp_path / "base.obj"
    path.write_text(OBJ)
    return path


def test_a_mesh_is_read_as_it_is_published(obj):
    points, quads, groups = convert.mesh(obj)
    assert points.shape == (5, 3)
    assert points[0] == pytest.approx([-0.3492, 7.3299, 1.4076])
    assert points[3] == pytest.approx([1, 8.5, -0.25])
    assert quads.tolist() == [[0, 1, 2, 3], [1, 2, 3, 0]]
    assert groups == ["body", "helper-l-eye"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("v .1 7 1", "v .1 x 1", r"base.obj:3: 'v \.1 x 1' is no line of a mesh"),
        ("v .1 7 1", "v .1 nan 1", r"base.obj:3: 'v \.1 nan 1' is no line of a mesh"),
        ("v .1 7 1", "v .1 7", r"base.obj:3: 'v \.1 7' has not 3 numbers \(v\) or 4 corners \(f\)"),
        ("f 1/1 2/2 3/3 4/4", "f 1/1 2/2 3/3", r"base.obj:10: .* has not 3 numbers"),
        ("g body", "g", r"base.obj:8: 'g' is no line of a mesh"),
        ("4/4 1/1", "4/4 6/6", r"base.obj: no faces, or corners that are no vertices"),
        ("1/1 2/2 3/3 4/4", "0/1 2/2 3/3 4/4", r"base.obj: no faces, or corners that are no vertices"),
    ],
)
def test_a_mesh_of_another_form_is_told(obj, old, new, said):
    assert old in OBJ
    obj.write_text(OBJ.replace(old, new))
    with pytest.raises(InputError, match=said):
        convert.mesh(obj)


def test_a_mesh_that_is_no_text_is_told(obj):
    obj.write_bytes(b"v 0 0 \xff\n")
    with pytest.raises(InputError, match=r"base\.obj cannot be read: 'utf-8'"):
        convert.mesh(obj)


def test_a_mesh_without_faces_is_told(obj):
    obj.write_text("v 0 0 0\n")
    with pytest.raises(InputError, match="no faces"):
        convert.mesh(obj)


@pytest.mark.parametrize("packed", [False, True])
def test_a_target_is_read_plain_and_packed(tmp_path, packed):
    text = b"# basemesh hm08\n1 .001 -.002 0\n\n3 1.5 0 .25\n"
    path = tmp_path / ("a.target.gz" if packed else "a.target")
    path.write_bytes(gzip.compress(text, mtime=0) if packed else text)
    moved = convert.target(path, 4)
    assert moved.tolist() == [[0, 0, 0], [0.001, -0.002, 0], [0, 0, 0], [1.5, 0, 0.25]]


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.target", b"1 .1 .2\n", r"a\.target:1: '1 \.1 \.2' is not `vertex dx dy dz`"),
        ("a.target", b"0 1 2 3\n1.5 0 0 0\n", r"a\.target:2: '1\.5 0 0 0' is not"),
        ("a.target", b"1 .1 inf 0\n", r"a\.target:1: '1 \.1 inf 0' is not"),
        ("a.target", b"4 0 0 0\n", r"a\.target:1: vertex 4, and the mesh has 4"),
        ("a.target", b"-1 0 0 0\n", r"a\.target:1: vertex -1, and the mesh has 4"),
        ("a.target", b"\xff\xfe", r"a\.target cannot be read"),
        ("a.target.gz", b"1 0 0 0\n", r"a\.target\.gz cannot be read: Not a gzipped file"),
        ("a.target.gz", gzip.compress(b"1 0 0 0\n", mtime=0)[:-6], r"a\.target\.gz cannot be read"),
    ],
)
def test_a_target_of_another_form_is_told(tmp_path, name, raw, said):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(InputError, match=said):
        convert.target(tmp_path / name, 4)


def test_the_head_is_cut_out_of_the_body(tmp_path):
    file = convert.write(made_head.write(tmp_path / "published"), tmp_path)
    assert file == tmp_path / "head.npz"
    kept = np.load(file, allow_pickle=False)
    assert kept["points"][:, 1].min() > 5
    assert kept["quads"].shape == (20 * 14 + 2 * 8 * 6 + 4 * 4, 4)
    assert kept["quads"].max() == len(kept["points"]) - 1
    assert {convert.PARTS[k]: int((kept["parts"] == k).sum()) for k in np.unique(kept["parts"])} == {
        "skin": 280,
        "eye": 96,
        "upper teeth": 16,
    }
    assert len(kept["unit_names"]) == 52
    assert len(kept["shape_names"]) == 30
    moved = kept["units"][kept["unit_names"].tolist().index("jawOpen")]
    assert moved[:, 1].min() < -0.05
    assert np.abs(moved[:, [0, 2]]).max() == 0


def test_what_is_missing_of_a_head_is_told(tmp_path, obj):
    with pytest.raises(InputError, match=r"made of one mesh \(\.obj\), and 0 are given"):
        convert.write([], tmp_path)
    with pytest.raises(InputError, match=r"needs face units \(\.target\) and shapes \(\.target\.gz\); base\.obj came"):
        convert.write([obj], tmp_path)
    (tmp_path / "a.target").write_text("2 0 1 0\n")
    (tmp_path / "b.target.gz").write_bytes(gzip.compress(b"2 0 1 0\n", mtime=0))
    obj.write_text(OBJ.replace("body", "joint").replace("helper-l-eye", "joint"))
    with pytest.raises(InputError, match="the mesh has none of the groups body, helper-l-eye, "):
        convert.write([obj, tmp_path / "a.target", tmp_path / "b.target.gz"], tmp_path)


def test_a_shape_that_moves_nothing_is_kept_for_those_who_have_it(tmp_path, obj):
    for name, text in (("a.target", "1 0 1 0"), ("b-young.target.gz", "2 0 1 0"), ("c.target.gz", "# none")):
        raw = text.encode()
        (tmp_path / name).write_bytes(gzip.compress(raw, mtime=0) if name.endswith(".gz") else raw)
    kept = np.load(convert.write(tmp_path.iterdir(), tmp_path), allow_pickle=False)
    assert kept["shape_names"].tolist() == ["b-young", "c"]
