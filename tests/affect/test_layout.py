"""Tables and lists under headings."""

import pytest

from affectreason.affect.layout import denied_parts, is_inside
from affectreason.affect.mentions import read_units

TABLE = "| unit | name | present |\n|---|---|---|\n| AU4 | Brow lowerer | yes |\n| AU12 | smile | no |"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("| AU12 | no |", set()),
        ("| AU12 | 0 |", set()),
        ("| AU12 | absent |", set()),
        ("| AU12 | yes |\n| AU4 | no |", {12}),
        ("| AU12 | smile | 0.0 | flat |", set()),
        ("| AU12 | smile | 2 | no asymmetry |", {12}),
        (TABLE, {4}),
        ("| AU1 | AU4 | AU12 |\n|--|--|--|\n| 0 | 1 | 0 |", {4}),
        ("| unit | present | absent |\n|--|--|--|\n| AU4 | x | |\n| AU12 |  | x |", {4}),
        ("AU4 | AU12", {4, 12}),
        ("AU4, AU12\n1, 0", {4}),
        ("AU4\tAU12\n0\t1", {12}),
        ("AU4, AU12\n1, 0, 0", {4, 12}),
        ("- [x] AU4\n- [ ] AU12", {4}),
        ("☐ AU4 ☑ AU12", {12}),
        ("Absent:\n- AU4\n- AU15\nPresent:\n- AU12", {12}),
        ("### Not visible\n1. AU4\n2. AU15\n\n### Visible\n1. AU12", {12}),
        ("Absent units\n* AU4", set()),
        ("None of these:\n- AU4", set()),
        ("There is no doubt:\n- AU12", {12}),
        ("Not sad\n- AU12", {12}),
        ("Present:\n- AU12\n- AU6: no", {12}),
    ],
)
def test_units(text, units):
    aus = read_units(text).aus
    assert aus is not None
    assert {unit.number for unit in aus} == units


def test_spans():
    parts = denied_parts("a\nAbsent:\n- AU4\nb")
    assert parts == [(10, 15)]
    assert [is_inside(at, parts) for at in (9, 10, 14, 15)] == [False, True, True, False]
    assert denied_parts("| a | b |") == []
    assert denied_parts("") == []
