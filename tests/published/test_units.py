import pytest

from affectreason.affect.sample import ActionUnit
from affectreason.errors import InputError
from affectreason.published import units


def test_columns_of_units_are_found_by_their_whole_name():
    header = ["frame", "AU01", "AU2", "'AU 4'", "25", "AU06_r", "x_1"]
    assert units.columns(header) == {1: "AU01", 2: "AU2", 4: "'AU 4'", 25: "25"}
    assert units.columns(header, r"AU0*(\d{1,2})_r") == {6: "AU06_r"}


def test_a_unit_nobody_coded_is_not_absent():
    found = units.presence({1: "1", 2: "0", 4: "9", 6: "1.0"}, ("9",), "a.csv:2")
    assert found == (ActionUnit(number=1), ActionUnit(number=2, intensity=0), ActionUnit(number=6))
    assert units.presence({1: "9", 2: "9"}, ("9",), "a.csv:2") is None


@pytest.mark.parametrize("cell", ["2", "", "-1", "yes"])
def test_another_cell_is_an_error_in_words(cell):
    with pytest.raises(InputError) as error:
        units.presence({4: cell}, ("9",), "a.csv:2: bp4d_F001_T1_5")
    assert str(error.value) == (
        f"a.csv:2: bp4d_F001_T1_5: AU4 is {cell!r}, not one of 0 (absent), 1 (present), 9 (not coded); "
        "take the file as it was published"
    )


def test_intensities_stay_or_become_presence():
    assert units.graded({1: 0.0, 4: 2.0}, None) == (
        ActionUnit(number=1, intensity=0),
        ActionUnit(number=4, intensity=2),
    )
    assert units.graded({1: 1.9, 4: 2.0}, 2) == (ActionUnit(number=1, intensity=0), ActionUnit(number=4))
    assert units.graded({}, 2) is None


def test_a_threshold_lies_above_zero():
    assert units.threshold(None, 5) is None
    assert units.threshold(2, 5) == 2.0
    with pytest.raises(InputError, match="at_least=0: every unit would be present; give a level above 0 and up to 5"):
        units.threshold(0, 5)
    with pytest.raises(InputError, match="at_least: '6' is not a number from 0 to 5"):
        units.threshold(6, 5)


def test_a_list_has_sides():
    assert units.listed("1+L12+R12+B23+T23+04", "x") == (
        ActionUnit(number=1),
        ActionUnit(number=12, side="left"),
        ActionUnit(number=12, side="right"),
        ActionUnit(number=23),
        ActionUnit(number=4),
    )
    assert units.listed("null", "x") == ()


@pytest.mark.parametrize("word", ["", "12C", "LR12", "3", "AU1", "99"])
def test_a_word_that_is_no_unit_is_named(word):
    with pytest.raises(InputError) as error:
        units.listed(f"1+{word}", "RAFAU_label.txt:7: raf_au_0007")
    assert str(error.value) == (
        f"RAFAU_label.txt:7: raf_au_0007: {word!r} in {'1+' + word!r} is not an action unit; write 1+4+L12 "
        "(L, R, B, T before a number), or null where there is none"
    )
