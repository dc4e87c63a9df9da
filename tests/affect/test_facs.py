import pytest

from affectreason.affect import facs
from affectreason.affect.labels import find
from affectreason.affect.response import parse
from affectreason.errors import InputError


def said(text: str) -> frozenset[int] | None:
    return parse(text, find("ekman7")).said.units


def test_table():
    assert list(facs.UNITS) == [1, 2, *range(4, 40), 43, 45, 46]
    assert facs.UNITS[12].name == "lip corner puller"
    assert facs.UNITS[12].muscles == ("zygomaticus major",)
    assert facs.UNITS[13].name == "sharp lip puller"  # not "cheek puffer", which is 34
    assert facs.UNITS[34].name == "cheek puff"
    assert [n for n, unit in facs.UNITS.items() if unit.kind == "AD"] == [19, *range(29, 38)]
    assert [n for n, unit in facs.UNITS.items() if unit.region == "upper"] == [1, 2, 4, 5, 6, 7, 43, 45, 46]
    assert facs.UNITS[6].muscles == ("orbicularis oculi: orbitalis",)
    assert facs.UNITS[19].muscles == ()


def test_words():
    assert facs.spelling(4) == "AU4"
    assert facs.spelling(19) == "AU19"
    assert facs.phrase(12) == "the lip corners are pulled up"
    assert facs.phrase(4) == "the brows are lowered"
    with pytest.raises(InputError, match=r"there is no action unit 3; known: 1, 2, 4, 5"):
        facs.phrase(3)
    with pytest.raises(InputError, match=r"there is no action unit 99; known: 1, 2, 4"):
        facs.spelling(99)


@pytest.mark.parametrize("number", sorted(facs.UNITS))
def test_every_spelling_is_read_as_its_own_unit(number: int):
    unit = facs.UNITS[number]
    for words in {unit.name, *unit.spellings} - {"blink", "wink"}:
        assert said(f"One sees: {words}.") == {number}, words


@pytest.mark.parametrize("number", sorted(facs.UNITS))
def test_every_phrase_is_a_clause_of_its_own_unit(number: int):
    words = facs.phrase(number)
    assert words == words.strip(" .")
    assert words[0].islower()
    assert said(words) in (None, {number})
    assert said(f"{words} ({facs.spelling(number)}).") == {number}


def test_spellings_are_of_one_unit():
    every = [(words, n) for n, unit in facs.UNITS.items() for words in {unit.name, *unit.spellings}]
    assert len(every) == len({words for words, _ in every})


def test_phrases_differ():
    assert len({facs.phrase(n) for n in facs.UNITS}) == len(facs.UNITS)


def test_prototypes():
    assert set(facs.PROTOTYPES) == {"emfacs", "du2014", "ck_plus"}
    assert facs.PROTOTYPES["emfacs"]["happiness"] == ({6, 12}, set())
    assert facs.PROTOTYPES["emfacs"]["fear"].required == {1, 2, 4, 5, 7, 20, 26}
    assert facs.PROTOTYPES["du2014"]["anger"] == ({4, 7, 24}, {10, 17, 23})
    assert facs.PROTOTYPES["du2014"]["sadness"] == ({4, 15}, {1, 6, 11, 17})
    assert facs.PROTOTYPES["ck_plus"]["anger"].required == {23, 24}
    assert facs.PROTOTYPES["du2014"]["neutral"] == (set(), set())
    for table in facs.PROTOTYPES.values():
        assert set(table) <= set(find("ekman8").names)
        assert all(one.required | one.allowed <= set(facs.UNITS) for one in table.values())
        assert not any(one.required & one.allowed for one in table.values())


def test_prototype_takes_any_form_of_the_emotion():
    assert facs.prototype("happy", "emfacs") == facs.PROTOTYPES["emfacs"]["happiness"]
    assert facs.prototype("joy", "du2014") == facs.PROTOTYPES["du2014"]["happiness"]
    assert facs.prototype("contempt", "du2014") is None
    assert facs.prototype("worried", "emfacs") is None
    with pytest.raises(InputError, match=r"unknown source of prototypes 'du2013'; did you mean 'du2014'\?"):
        facs.prototype("happy", "du2013")


def test_no_prototype_needs_an_opposing_pair():
    for table in facs.PROTOTYPES.values():
        assert not [pair for one in table.values() for pair in facs.OPPOSING if set(pair) <= one.required]
    assert (12, 15) in facs.OPPOSING


def test_unit_sets():
    sizes = {"disfa12": 12, "disfa8": 8, "bp4d12": 12, "bp4d_intensity5": 5, "gft10": 10, "emotionet12": 12}
    sizes |= {"affwild2_12": 12, "raf_au": 27, "faba12": 12, "faba20": 20, "openface": 18, "openface3": 8}
    sizes |= {"py_feat20": 20, "opengraphau27": 27, "facial_r1_30": 30}
    assert {name: len(units) for name, units in facs.SETS.items()} == sizes
    for units in facs.SETS.values():
        assert list(units) == sorted(set(units))
        assert set(units) <= set(facs.UNITS)
    assert set(facs.SETS["disfa8"]) <= set(facs.SETS["disfa12"])
    assert facs.unit_set("disfa8") == (1, 2, 4, 6, 9, 12, 25, 26)
    with pytest.raises(
        InputError, match=r"unknown set of action units 'disfa'; did you mean 'disfa8'\? known: affwild2_12, bp4d12"
    ):
        facs.unit_set("disfa")
