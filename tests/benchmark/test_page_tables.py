"""The page's tables: the ends of their lines, and cells that bear their heads."""

import re

from tests.benchmark.page_report import made, measure

from affectreason.benchmark import page_tables


def test_the_ends_of_a_line():
    less = {"lower_is_better": True}
    assert page_tables.span([measure(0.6)]) == (0.0, 1.0)
    assert page_tables.span([measure(-0.1)]) == (-1.0, 1.0)
    assert page_tables.span([measure(1.9, 0.1) | less]) == (0.0, 2.1)


def cells(table):
    return [dict(re.findall(r'data-name="([^"]*)">([^<]*)', line)) for line in table.split("<tr>")[2:]]


def test_cells_bear_their_heads_for_screens_without_room_for_columns():
    one = made()["benchmarks"]["meld"]
    (difference,) = cells(page_tables.differences(one))
    assert difference | {"verdict": None} == {
        "what alone differs": "base → tuned",
        "measure": "weighted_f1",
        "difference": "+0.113",
        "95 % interval": "+0.090 – +0.137",
        "N": "2,610",
        "verdict": None,
    }
    assert "helps" in page_tables.differences(one)
    assert [line["parsed"] for line in cells(page_tables.answers(one))] == ["97.3%", "97.3%"]
    assert [line["mean"] for line in cells(page_tables.suites(made()))] == ["–", "0.612"]
    assert [line["unit"] for line in cells(page_tables.units(one["systems"]["tuned"]))] == ["AU1", "AU4", "AU6", "AU12"]
    table, gap = next(page_tables.groups(one["systems"]["tuned"], "tuned", "weighted_f1")).split("</div>")
    assert [line["weighted_f1"] for line in cells(table)] == ["0.623", "0.533"]
    assert "Largest gap: 0.090" in gap
