import pytest

from affectreason.errors import InputError


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "au_at_least=0: every unit would be present; give a level above 0 and up to 5"),
        (9, "au_at_least: '9' is not a number from 0 to 5"),
        ("nan", "au_at_least: 'nan' is not a number from 0 to 5"),
        ("high", "au_at_least: 'high' is not a number from 0 to 5"),
    ],
)
def test_a_level_that_makes_all_units_alike_is_told(given, tmp_path, value, message):
    (tmp_path / "l.csv").write_text("file,AU01_r\na.jpg,1.5\n")
    with pytest.raises(InputError) as error:
        given("table", csv=tmp_path / "l.csv", image="file", aus_prefix="AU", au_at_least=value)
    assert str(error.value) == message
