"""The false side of a statement: the nearest label nobody said, the opposing or nearest absent unit."""

import pytest

from affectreason.affect import facs
from affectreason.affect.labels import LABELS
from affectreason.affect.sample import ActionUnit, Affect, Sample
from affectreason.corpus.statements import claims, emotions, units


def false_labels(vocabulary, emotion, tries=60, **fields):
    """Every label that is drawn as the false one over many samples."""
    gold = Affect(emotion=emotion, emotions=fields.pop("emotions", None))
    samples = (Sample(id=str(n), gold=gold, labels=vocabulary, **fields) for n in range(tries))
    found = [emotions(sample, 0) for sample in samples]
    assert all(one is None or one[0] == emotion for one in found)
    return {one[1] if one else None for one in found}


@pytest.mark.parametrize(
    ("vocabulary", "emotion", "false"),
    [
        ("ekman8", "disgust", {"contempt"}),  # one family
        ("mafw11", "fear", {"anxiety"}),
        ("mafw11", "sadness", {"helplessness"}),  # -0.75 as sadness; disappointment is -0.5
        ("mikels8", "amusement", {"contentment", "excitement"}),  # as near as each other: drawn
        ("ekman7", "anger", {"disgust", "fear", "sadness"}),  # no family: the same sign, the same valence
        ("mer6", "worried", {"angry", "sad"}),
        ("mikels8", "awe", {"amusement", "contentment", "excitement"}),
        ("ekman7", "happiness", {"neutral"}),  # no label of its sign: the nearest valence
        ("ekman7", "neutral", {"anger", "disgust", "fear", "sadness", "happiness"}),
        ("sentiment2", "positive", {"negative"}),
    ],
)
def test_the_nearest_label(vocabulary, emotion, false):
    assert false_labels(vocabulary, emotion) == false


def test_a_label_without_valence_may_be_anything():
    assert false_labels("ekman7", "surprise", 200) == set(LABELS["ekman7"].names) - {"surprise"}


def test_what_anybody_said_is_never_false():
    said = {"emotions": {"anger": 0.6, "disgust": 0.4, "happiness": 0.0}, "annotators": (Affect(emotion="scared"),)}
    assert false_labels("ekman7", "anger", **said) == {"sadness"}
    assert false_labels("sentiment2", "positive", annotators=(Affect(emotion="negative"),)) == {None}
    assert false_labels("ekman7", "anger", annotators=(Affect(emotions={"disgusted": 1, "fear": 1}),)) == {"sadness"}


def test_something_else_is_nothing_to_state():
    assert false_labels("artemis9", "something else") == {None}
    for name in LABELS["artemis9"].names[:-1]:
        assert "something else" not in false_labels("artemis9", name)


def test_no_statement_without_a_label_or_a_vocabulary():
    assert emotions(Sample(id="1", gold=Affect(emotion="sad")), 0) is None
    assert emotions(Sample(id="1", labels="ekman7"), 0) is None


@pytest.mark.parametrize("vocabulary", sorted(LABELS))
def test_every_label_of_every_set_has_a_false_one_or_none(vocabulary):
    known = LABELS[vocabulary]
    for name in known.names:
        pair = emotions(Sample(id="1", gold=Affect(emotion=name), labels=vocabulary), 0)
        if pair is None:
            assert known.family[name] == "other"
        else:
            assert pair[1] in known.names
            assert known.canonical(pair[1]) != known.canonical(name)


def coded(present, absent):
    return Affect(aus=[ActionUnit(number=n) for n in present] + [ActionUnit(number=n, intensity=0) for n in absent])


@pytest.mark.parametrize(
    ("present", "absent", "pair"),
    [
        ([12], [6, 14, 15, 17], (12, 15)),  # opposed, though 14 is as near
        ([25], [17, 24, 26], (25, 24)),
        ([1], [2, 4, 12], (1, 2)),  # the nearest of the upper face
        ([6], [9, 7, 12], (6, 7)),
        ([9], [10, 12], (9, 10)),  # nothing else of the middle face
        ([12], [], None),
        ([], [12], None),
    ],
)
def test_the_false_unit(present, absent, pair):
    for number in range(10):
        assert units(Sample(id=str(number), gold=coded(present, absent)), 0, "x") == pair


def test_units_that_were_not_coded_are_never_stated():
    assert units(Sample(id="1", gold=Affect(aus=[12])), 0, "x") is None
    for number in range(40):
        truth, false = units(Sample(id=str(number), gold=coded([1, 12], [2, 25])), 0, "x")
        assert truth in (1, 12)
        assert false in (2, 25)


def test_a_unit_active_on_one_side_is_active():
    sides = [ActionUnit(number=14, side="left"), ActionUnit(number=14, side="right", intensity=0)]
    assert units(Sample(id="1", gold=Affect(aus=sides)), 0, "x") is None


def test_claims_in_words():
    sample = Sample(id="1", gold=Affect(emotion="sadness", aus=coded([15], [12]).aus), labels="ck7", affect="expressed")
    seen = "The lip corners are turned down (AU15)."
    (true, false, evidence), unit = claims(sample, 0)
    assert true == 'The emotion that the person shows is "sadness".'
    assert false in {f'The emotion that the person shows is "{name}".' for name in ("anger", "disgust", "fear")}
    assert evidence == seen
    assert unit == (seen, f"The {facs.phrase(12).removeprefix('the ')} (AU12).", seen)
    written = sample.model_copy(update={"reasoning": "She looks down."})
    assert [seen for _, _, seen in claims(written, 0)] == ["She looks down.", seen]
