import pytest

from affectreason.errors import InputError
from affectreason.model import terms


@pytest.mark.parametrize(
    ("licence", "gate", "reason"),
    [
        ("Apache-2.0", None, None),
        ("MIT", "open", None),
        ("CC BY-NC-SA 4.0", "open link", None),
        ("yours", "yours", None),
        ("CC0", "login", None),
        (None, None, "no licence is stated"),
        ("  ", "open", "no licence is stated"),
        ("unknown", "open", "no licence is stated"),
        ("CC BY-ND 4.0", "open", "it allows no derivatives"),
        ("CC BY-NC-ND 4.0", "open", "it allows no derivatives"),
        ("CC BY-NC 4.0", "signed form", "the data are given under an agreement of their own (signed form)"),
        ("Apache-2.0", "EULA on Hugging Face", "an agreement of their own (EULA on Hugging Face)"),
        ("research only, no redistribution", "signed form", "it limits use to research or forbids passing on"),
        ("non-commercial research only", "open", "it limits use to research or forbids passing on"),
        ("for research; exact terms not verified", "open", "it limits use to research or forbids passing on"),
        ("research only; derived label files may not be handed on", "open", "limits use to research"),
        ("Kept by its makers", "open", "whether it allows passing on what is derived is not known here"),
        ("each set's own", "open", "whether it allows passing on what is derived is not known here"),
        ("\x00" * 10_000, "open", "is not known here"),
    ],
)
def test_what_stands_against_sharing(licence, gate, reason):
    found = terms.hindrance((licence, gate))
    assert found is None if reason is None else reason in str(found)


def test_every_licence_that_prep_writes_is_read_as_it_is_meant():
    from affectreason.published import scripts

    about = [scripts.load(name).ABOUT for name in scripts.names()]
    free = {one.licence for one in about if terms.hindrance((one.licence, one.gate)) is None}
    assert free <= {
        "yours", "CC BY-NC 4.0", "CC BY-NC-SA 4.0", "CC BY 4.0", "MIT", "Apache 2.0", "Apache-2.0", "CC0", "GPL-3.0",
    }  # fmt: skip
    limited = [one for one in about if "redistribution" in one.licence or "research only" in one.licence]
    assert len(limited) > 10
    assert all(terms.hindrance((one.licence, one.gate)) for one in limited)


def test_the_refusal_names_each_licence_and_the_key_that_allows_it():
    found = [
        (("research only", "form"), "fea.jsonl, 5 samples"),
        ((None, None), "own.jsonl, 2 samples"),
        (("MIT", None), "x"),
    ]
    with pytest.raises(InputError) as caught:
        terms.require(found, [])
    assert str(caught.value).splitlines() == [
        "nothing is shared: licences of the data stand against passing on weights trained on them",
        "  'research only' (fea.jsonl, 5 samples): it limits use to research or forbids passing on",
        "  'not stated' (own.jsonl, 2 samples): no licence is stated",
        'hint: where you hold the right to, say so by name: \'allow_licence=["research only", "not stated"]\'',
    ]


def test_only_what_is_named_is_allowed():
    found = [(("research only", "form"), "a"), ((None, None), "b")]
    terms.require(found, ["Research Only", "not stated"])
    with pytest.raises(InputError, match=r"'not stated' \(b\): no licence is stated"):
        terms.require(found, ["research only"])
    with pytest.raises(
        InputError, match=r"allow_licence='mit' is no licence of these data; known: not stated, research"
    ):
        terms.require(found, ["mit"])
    terms.require([(("MIT", None), "a")], [])


def test_what_is_shared_in_spite_of_its_licence_is_named_source_by_source():
    found = [
        ((None, None), "own.jsonl, 2 samples"),
        ((None, "open"), "more.jsonl, 3 samples"),
        (("MIT", None), "free.jsonl, 9 samples"),
        (("research only", "form"), "fea.jsonl, 5 samples"),
    ]
    assert terms.in_spite_of(found) == [
        "“not stated” (own.jsonl, 2 samples): no licence is stated",
        "“not stated” (more.jsonl, 3 samples): no licence is stated",
        "“research only” (fea.jsonl, 5 samples): it limits use to research or forbids passing on",
    ]
    assert terms.in_spite_of(found[2:3]) == []


@pytest.mark.parametrize(
    ("stated", "data", "told"),
    [
        ("apache-2.0", "CC BY-NC 4.0", True),
        ("mit", "CC BY-NC-SA 4.0", True),
        ("cc-by-4.0", "non-commercial research only", True),
        ("apache-2.0", "free for noncommercial use", True),
        ("apache-2.0", "research only", True),
        ("cc-by-nc-4.0", "CC BY-NC 4.0", False),
        ("cc-by-nc-sa-4.0", "non-commercial", False),
        ("other", "CC BY-NC 4.0", False),
        (None, "CC BY-NC 4.0", False),
        ("apache-2.0", "CC BY 4.0", False),
        ("apache-2.0", "Apache-2.0", False),
        ("apache-2.0", None, False),
        ("apache-2.0", "yours", False),
    ],
)
def test_a_licence_that_allows_more_than_the_data_do(stated, data, told):
    found = [((data, "open"), "a.jsonl, 2 samples"), (("MIT", None), "b.jsonl, 1 samples")]
    assert terms.wider(stated, found) == ([f"“{data}” (a.jsonl, 2 samples)"] if told else [])
