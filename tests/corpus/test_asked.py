"""Which questions are taken, how they are counted, and what of them the best blind answer gets right."""

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.corpus.asked import Told, blind, claim, lines, some, tell
from affectreason.corpus.questions import KINDS, Asking, questions

FACE = Sample(
    id="f", media=(Media(kind="image", path="/f.png"),), labels="ekman7", affect="expressed",
    gold=Affect(emotion="happiness", aus=[{"number": 6}, {"number": 12}, {"number": 15, "intensity": 0}]),
    attributes={"age": 31.0, "scene type": "indoor"}, reasoning="She smiles.",
)  # fmt: skip


def test_sets_are_taken_whole():
    sets = [one for kind in questions(FACE, list(KINDS), Asking()).values() for one in kind]
    sizes = [len(one) for one in sets]
    assert sizes == [1, 1, 2, 1, 1, 1, 2, 2]
    assert len(some(sets, None, 0)) == 11
    for most in range(1, 12):
        kept = some(sets, most, 0)
        assert len(kept) <= most
        assert len(kept) >= most - 1
        ids = [one.id for one in kept]
        assert [one.id for pair in sets for one in pair if one.id in ids] == ids
        assert all(len({one.id for one in pair} & set(ids)) in (0, len(pair)) for pair in sets)
    assert {one.id for n in range(30) for one in some(sets, 1, n)} == {s[0].id for s in sets if len(s) == 1}


def test_what_a_question_claims_is_read_in_every_wording():
    seen = set()
    for number in range(60):
        sets = questions(FACE.model_copy(update={"id": f"f+{number}"}), list(KINDS), Asking())
        for one in (one for of in sets.values() for pair in of for one in pair):
            assert (claim(one) is None) == (one.task not in ("unit", "statement"))
            seen |= {claim(one)}
    emotion = {f'The emotion that the person shows is "{name}".' for name in ("happiness", "neutral")}
    units = {
        "The lip corners are pulled up (AU12).", "The lip corners are turned down (AU15).",
    }  # fmt: skip
    assert emotion | units | {None, "12", "15"} <= seen
    assert all(one is None or one.isdigit() or (one.startswith("The ") and one.endswith(".")) for one in seen)


def told_of(answers):
    told = Told()
    for number, (code, answer) in enumerate(answers):
        tell(Sample(id=f"{number}+unit_{code}", task="unit", answer=answer), told)
    return told


def test_the_best_blind_answer():
    told = told_of([(1, "yes"), (1, "yes"), (1, "no"), (2, "no"), (4, "yes"), (4, "no")])
    assert blind(told, "unit") == (2 + 1 + 1) / 6
    assert list(lines(told, ["units"], 1)) == [
        "  units             6  yes 3, no 3; right without looking 0.67 (chance 0.50)"
    ]
    told["label", "without"] = 1
    assert list(lines(told, ["label"], 1)) == ["  label             0  (1 of 1 sample: no gold emotion of a label set)"]
