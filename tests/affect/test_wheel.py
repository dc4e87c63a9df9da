"""Word maps and list parsing against the conformance cases, and our own lexicon."""

import json
from pathlib import Path

import pytest

from affectreason.affect import wheel

CASES = json.loads((Path(__file__).parents[1] / "data" / "mer_unibench_cases.json").read_text(encoding="utf-8"))
PARTS = CASES["C_ew_selfcontained"]["lexicon"]
MAPS = ["M1", "M2", *(f"W{k}L{level}" for k in range(1, 6) for level in (1, 2))]
SYNTHETIC = wheel.Lexicon(
    "synthetic",
    "cases",
    tuple(
        tuple(
            (one, two, three)
            for one, parts in PARTS["wheels"][k].items()
            for two, outer in parts.items()
            for three in outer
        )
        for k in "12345"
    ),
    tuple(PARTS["synonym_runs"]),
    PARTS["forms"],
)


@pytest.mark.parametrize("case", CASES["A_string_to_list"], ids=lambda case: repr(case["input"]))
def test_lists_are_split_as_the_public_code_does(case):
    assert wheel.string_to_list(case["input"]) == case["expected"]


@pytest.mark.parametrize("case", CASES["B_llm_output_postprocess"], ids=lambda case: case["input"])
def test_an_output_is_cleaned_as_the_public_code_does(case):
    assert wheel.clean_output(case["input"]) == case["expected"]


@pytest.mark.parametrize("word", CASES["C_ew_selfcontained"]["word_map_expected"])
def test_the_twelve_maps_of_a_word(word):
    expected = CASES["C_ew_selfcontained"]["word_map_expected"][word]
    assert dict(zip(MAPS, SYNTHETIC.clusters(word), strict=True)) == expected


def test_maps_tell_cases_apart():
    assert SYNTHETIC.m1("Happy") == ""
    assert SYNTHETIC.mapped("ANGRY", 1, 1) == ""


def test_semicolons_do_not_split_and_apostrophes_do():
    assert wheel.string_to_list("[don't care; x]") == ["don", "t care; x"]


@pytest.mark.parametrize(
    ("word", "inner"),
    [
        ("happily", ("joy", "joy", "enjoyment", "excited", "enjoyment")),
        ("fear", ("fear", "fear", "fear", "distressed", "fear")),
        ("worried", ("fear", "fear", "fear", "distressed", "fear")),
        ("sad", ("sadness", "sadness", "sadness", "depressed", "sadness")),
        ("angry", ("anger", "anger", "anger", "distressed", "anger")),
        ("surprise", ("surprise", "surprise", "surprise", "excited", "surprise")),
        ("disgusted", ("disgust", "anger", "disgust", "distressed", "disgust")),
        ("contemptuous", ("disgust", "anger", "contempt", "distressed", "contempt")),
        ("embarrassed", ("sadness", "sadness", "sadness", "distressed", "shame")),
        ("neutral", ("neutral",) * 5),
    ],
)
def test_where_our_own_lexicon_puts_a_word(word, inner):
    assert tuple(wheel.default().mapped(word, k, 1) for k in range(1, 6)) == inner


def test_every_typed_word_is_where_its_category_is(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "eval"))
    import make_lexicon

    places, typed = make_lexicon.categories()
    rings = [wheel.rings_of(rows)[0] for rows in make_lexicon.wheels()]
    own = wheel.default()
    for word, name in typed.items():
        for index, (place, ring) in enumerate(zip(places[name], rings, strict=True)):
            assert own.mapped(word, index + 1, 1) == ring.get(word, ring.get(place, "")), (word, index + 1)


def test_every_spelling_of_the_default_is_on_a_wheel_and_words_of_other_things_are_not():
    own = wheel.default()
    assert all(any(own.clusters(word)[2:]) for word in own.surfaces)
    assert len(own.surfaces) > 2500
    assert not own.surfaces & {"table", "face", "red", "feel", "emotion", "like"}


def test_valence_is_the_words_own_then_that_of_its_base():
    own = wheel.default()
    assert own.valence("happy") == 0.68  # VADER 2.7 of 4
    assert own.valence("furious") < 0 < own.valence("delighted")
    assert own.valence("table") is None
    assert SYNTHETIC.valence("happy") is None


def test_the_default_is_small_and_its_licences_are_beside_it():
    folder = Path(wheel.__file__).parent
    assert (folder / "lexicon.json").stat().st_size < 300_000
    licences = (folder / "lexicon_licences.txt").read_text(encoding="utf-8")
    assert "Princeton University" in licences
    assert "Hutto" in licences
