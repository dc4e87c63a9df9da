import pytest

from affectreason.affect.sample import ActionUnit
from affectreason.errors import InputError
from affectreason.published import detected

OPENFACE = """\
frame, face_id, timestamp, confidence, success, AU01_r, AU12_r, AU01_c, AU12_c, AU28_c
1, 0, 0.000, 0.98, 1, 0.00, 3.25, 0.00, 1.00, 1.00
1, 1, 0.000, 0.90, 1, 1.50, 0.00, 1.00, 0.00, 0.00
2, 0, 0.033, 0.00, 0, -nan, -nan, -nan, -nan, -nan
"""
PY_FEAT = """\
FaceScore,Pitch,AU01,AU12,AU43,happiness,input,frame
0.99,0.1,0.20,0.50,0.00,0.9,a.mp4,0
0.95,0.1,0.70,0.10,0.00,0.1,a.mp4,0
,,,,,,a.mp4,1
"""


def write(path, text):
    path.write_text(text)
    return path


def test_openface_rows_have_intensities_and_au28_presence(tmp_path):
    path = write(tmp_path / "a.csv", OPENFACE)
    assert detected.program(path) == "OpenFace"
    rows = list(detected.rows(path))
    assert rows == [
        detected.Seen(2, 1, 0, 0.98, {1: 0.0, 12: 3.25}, {28: "1.00"}),
        detected.Seen(3, 1, 1, 0.9, {1: 1.5, 12: 0.0}, {28: "0.00"}),
        detected.Seen(4, 2, 0, 0.0, {}, {}),
    ]
    assert detected.said(rows[0], None, "x") == (
        ActionUnit(number=1, intensity=0),
        ActionUnit(number=12, intensity=3.25),
        ActionUnit(number=28),
    )
    assert detected.said(rows[1], 1, "x") == (
        ActionUnit(number=1),
        ActionUnit(number=12, intensity=0),
        ActionUnit(number=28, intensity=0),
    )
    assert detected.said(rows[2], None, "x") is None


def test_py_feat_rows_have_probabilities_and_faces_are_counted(tmp_path):
    path = write(tmp_path / "a.csv", PY_FEAT)
    assert detected.program(path) == "py-feat"
    assert list(detected.rows(path)) == [
        detected.Seen(2, 0, 0, 0.99, {1: 0.2, 12: 0.5, 43: 0.0}, {}),
        detected.Seen(3, 0, 1, 0.95, {1: 0.7, 12: 0.1, 43: 0.0}, {}),
        detected.Seen(4, 1, 0, 0.0, {}, {}),
    ]


def test_the_peak_has_the_greatest_sum_of_the_rows_that_are_sure():
    def row(line, face, sure, level):
        return detected.Seen(line, line, face, sure, {12: level}, {})

    rows = [row(1, 0, 0.9, 1.0), row(2, 0, 0.9, 2.0), row(3, 0, 0.9, 2.0), row(4, 0, 0.5, 5.0), row(5, 1, 0.1, 1.0)]
    assert [seen.line for seen in detected.peaks(rows, 0.8)] == [2, 5]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (OPENFACE.replace("3.25", "5.25"), ":2: AU12_r: '5.25' is not a number from 0 to 5"),
        (OPENFACE.replace("0.98, 1", "0.98, 2"), ":2: success: '2' is not a number from 0 to 1"),
        (OPENFACE.replace("0.98, 1", "98, 1"), ":2: confidence: '98' is not a number from 0 to 1"),
        (OPENFACE.replace("success", "done"), " has no column 'success'"),
        (PY_FEAT.replace("0.70", "1.70"), ":3: AU01: '1.70' is not a number from 0 to 1"),
        ("frame,score\n1,2\n", " has no columns AU01_r (OpenFace) or AU01 (py-feat); csv= chooses the tables"),
    ],
)
def test_values_outside_their_range_are_named(tmp_path, text, says):
    path = write(tmp_path / "a.csv", text)
    with pytest.raises(InputError) as error:
        list(detected.rows(path))
    assert str(error.value).startswith(f"{path}{says}")
