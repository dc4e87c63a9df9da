"""Questions of each kind: their gold, answer and form; what was not annotated is not asked."""

from collections import Counter

import pytest

from affectreason.affect import choices, labels
from affectreason.affect.response import parse
from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample, Turn
from affectreason.corpus import wording
from affectreason.corpus.questions import KINDS, Asking, questions
from affectreason.errors import InputError
from affectreason.recipe.prompts import target
from affectreason.scoring import rewards

FACE = Sample(
    id="f",
    media=(Media(kind="image", path="/f.png"),),
    transcript="Well.",
    turns=(Turn(role="user", text="q"), Turn(role="assistant", text="happiness")),
    gold=Affect(emotion="happiness", valence=0.5, aus=[{"number": 6}, {"number": 12, "intensity": 2},
                                                       {"number": 15, "intensity": 0}, {"number": 25, "intensity": 0}]),
    labels="ekman7",
    affect="expressed",
    attributes={"age": 31.0, "scene type": "indoor", "objects": ("cup", "hat")},
    provenance=Provenance(dataset="D", split="train", licence="CC0"),
    annotators=(Affect(emotion="happiness"), Affect(emotion="surprise")),
    response="verbatim",
)  # fmt: skip
EVIDENCE = "The cheeks are pushed up under the eyes (AU6), the lip corners are pulled up (AU12)."


def asked(sample, kind, **asking):
    """The questions of one kind by what stands behind the plus of their ids."""
    sets = questions(sample, [kind], Asking(**asking))[kind]
    return {one.id.removeprefix(f"{sample.id}+"): one for pair in sets for one in pair}


def test_every_question_keeps_where_it_came_from():
    for kind in KINDS:
        for one in asked(FACE, kind).values():
            assert one.provenance == FACE.provenance
            assert (one.media, one.transcript, one.affect) == (FACE.media, "Well.", "expressed")
            assert one.id.startswith("f+")
            assert one.turns == ()  # they may hold the answer
            assert one.response != "verbatim"


def test_which_emotion():
    (one,) = asked(FACE, "label").values()
    assert one.id == "f+label"
    assert (one.gold, one.task, one.answer, one.choices) == (Affect(emotion="happiness"), "label", None, None)
    assert "the emotion that the person shows" in one.question
    assert "anger, disgust, fear, happiness, neutral, sadness, surprise" in one.question
    assert target(one) == "<answer>happiness</answer>"
    assert one.annotators == FACE.annotators


def test_which_units():
    found = asked(FACE, "units")
    assert next(iter(found)) == "units"
    one = found["units"]
    assert (one.answer, one.gold) == ("AU6, AU12", Affect(aus=FACE.gold.aus))
    assert "AU6, AU12, AU15, AU25" in one.question
    assert target(one) == f"<think>{EVIDENCE}</think><answer>AU6, AU12</answer>"
    response = parse(target(one), labels.find("ekman7"), choices=choices.of(one))
    assert response.well_formed
    assert (rewards.au_f1(response, one), rewards.answer_match(response, one)) == (1, 1)
    bare = parse("<answer>AU6, AU15</answer>", labels.find("ekman7"), choices=choices.of(one))
    assert rewards.au_f1(bare, one) == 0.5


@pytest.mark.parametrize(
    ("aus", "answer"), [((), "no action units"), ([{"number": 4, "intensity": 0}], "no action units"), ([4], "AU4")]
)
def test_which_units_where_few_are_coded(aus, answer):
    one = FACE.model_copy(update={"gold": Affect(aus=aus)})
    found = asked(one, "units")
    assert list(found) == ["units"]  # no pair of a present and an absent one
    assert found["units"].answer == answer
    said = parse(target(found["units"]), labels.find("ekman7"), choices=choices.of(found["units"]))
    assert rewards.au_f1(said, found["units"]) == 1
    coded = any(unit.intensity == 0 for unit in one.gold.aus)
    assert ("AU4" in found["units"].question) == coded


def test_whether_a_unit_is_active_only_of_coded_units_and_once_each_way():
    seen = Counter()
    for number in range(40):
        (yes, no) = (
            one for name, one in asked(FACE.model_copy(update={"id": str(number)}), "units").items() if "_" in name
        )
        assert (yes.answer, no.answer) == ("yes", "no")
        assert yes.choices == no.choices == ("yes", "no")
        assert yes.gold == Affect()
        assert yes.reasoning == EVIDENCE
        seen.update((one.id.partition("+")[2], one.answer) for one in (yes, no))
        for one in (yes, no):
            assert f"AU{one.id.rpartition('_')[2]}" in one.question
    assert set(seen) <= {("unit_6", "yes"), ("unit_12", "yes"), ("unit_15", "no"), ("unit_25", "no")}
    assert seen["unit_12", "yes"] > 35  # AU12 is opposed by AU15
    assert seen["unit_15", "no"] > 35


def test_attributes_that_are_annotated():
    found = asked(FACE, "attributes", choices={"scene type": ("indoor", "outdoor")})
    assert {name: (one.answer, one.choices) for name, one in found.items()} == {
        "attribute_age": ("31", None),
        "attribute_objects": ("cup, hat", None),
        "attribute_scene_type": ("indoor", ("indoor", "outdoor")),
    }
    assert "scene type" in found["attribute_scene_type"].question
    assert all(one.gold == Affect() for one in found.values())
    assert asked(FACE.model_copy(update={"attributes": {}}), "attributes") == {}


def test_what_a_tool_saw_is_not_asked():
    seen = {
        "aus_by_mediapipe": ("AU1 0.5",), "aus_by_openface_2": ("AU1 0.5",), "aus_tool": "MediaPipe 1",
        "peak_second_by_mediapipe": 1.5, "peak_second_by_mediapipe_2": 1.5, "peak_frame_by_py_feat": 3.0,
        "peak": "here",
    }  # fmt: skip
    assert list(asked(FACE.model_copy(update={"attributes": seen}), "attributes")) == ["attribute_peak"]


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["image"], "by what you see:"), (["frames", "url"], "by what you see:"), (["audio"], "by what you hear:"),
        (["video"], "by what you see and hear:"), (["frames", "audio"], "by what you see and hear:"),
        ([], "by what you read:"), (["features"], "by what is given here:"),
    ],
)  # fmt: skip
def test_a_statement_is_judged_by_the_senses_its_media_are_for(kinds, said):
    media = tuple(Media(kind=kind, path="/m") for kind in kinds)
    many = [FACE.model_copy(update={"id": str(n), "media": media}) for n in range(40)]
    texts = [q.question for one in many for q in asked(one, "statements").values() if "by what" in q.question]
    assert texts
    assert all(text.startswith(f"Judge the statement {said} The ") for text in texts)


def test_open_sets_with_and_without_a_vocabulary():
    gold = Affect(emotions={"relieved": 1, "tired": 1, "glad": 0})
    (one,) = asked(Sample(id="o", gold=gold, reasoning="A sigh."), "open_set").values()
    assert one.response == "<think>A sigh.</think><answer>relieved, tired</answer>"
    assert one.gold == Affect()
    several = Affect(emotions={"Peace": 1.0, "Pain": 1.0})
    (one,) = asked(Sample(id="o", gold=several, labels="emotic26"), "open_set").values()
    assert (one.gold, one.response) == (several, "<answer>Peace, Pain</answer>")
    assert "Choose from: Affection, Anger," in one.question
    assert asked(Sample(id="o", gold=Affect(emotions={"anger": 0.7, "fear": 0.3})), "open_set") == {}


def test_descriptions_are_the_annotated_words():
    (one,) = asked(Sample(id="d", reasoning="She frowns.", gold=Affect(emotion="sad")), "description").values()
    assert (one.response, one.gold, one.reasoning) == ("She frowns.", Affect(), None)
    assert asked(Sample(id="d", reasoning=" "), "description") == {}


def test_statements_come_in_pairs_and_in_either_order():
    first = Counter()
    for number in range(200):
        found = asked(FACE.model_copy(update={"id": str(number)}), "statements")
        assert list(found) == ["statement_1", "statement_2", "statement_3", "statement_4"]
        answers = [one.answer for one in found.values()]
        assert sorted(answers[:2]) == sorted(answers[2:]) == ["correct", "incorrect"]
        first[answers[0]] += 1
        first[answers[2]] += 1
        for one in found.values():
            assert one.gold == Affect()
            assert one.choices == ("correct", "incorrect")
            assert ("happiness" in one.question or "AU12" in one.question or "AU6" in one.question) == (
                one.answer == "correct"
            )
    assert 150 < first["correct"] < 250


def test_a_statement_can_be_trained_on():
    (one, *_) = (s for s in asked(FACE, "statements").values() if s.answer == "incorrect")
    assert target(one) == f"<think>{EVIDENCE}</think><answer>incorrect</answer>"
    terms = [{"use": "well_formed"}, {"use": "answer_match"}, {"use": "emotion_match"}, {"use": "au_f1"}]
    score = rewards.together(terms)
    for text, expected in ((target(one), 1), ("<think>a</think><answer>correct</answer>", 0.5), ("incorrect", 0)):
        assert score(parse(text, labels.find("ekman7"), choices=choices.of(one)), one) == expected


def test_what_is_not_annotated_is_not_asked():
    empty = Sample(id="e", labels="ekman7")
    assert questions(empty, list(KINDS), Asking()) == {kind: [] for kind in KINDS}
    assert asked(Sample(id="e", gold=Affect(emotion="sad")), "label") == {}  # of no vocabulary


def test_wording_and_draws_hang_on_the_seed_and_the_id_alone():
    def text(seed, name):
        sets = questions(FACE.model_copy(update={"id": name}), list(KINDS), Asking(seed))
        return [one.question for kind in sets.values() for pair in kind for one in pair]

    assert text(0, "a") == text(0, "a")
    assert len({tuple(text(0, str(n))) for n in range(20)}) == 20
    assert text(0, "a") != text(1, "a")
    ways = {asked(FACE.model_copy(update={"id": str(n)}), "label")["label"].question for n in range(60)}
    assert len(ways) == len(wording.LABEL)


@pytest.mark.parametrize("kind", [*wording.WHAT])
def test_every_kind_of_affect_has_its_words(kind):
    one = FACE.model_copy(update={"affect": kind})
    what = wording.what(one)
    assert what in asked(one, "label")["label"].question
    assert "{" not in what


def test_sentiments_are_called_so():
    one = Sample(id="s", gold=Affect(emotion="positive"), labels="sentiment3", affect="felt")
    assert "the sentiment that the person feels" in asked(one, "label")["label"].question


def test_a_unit_that_facs_does_not_have_is_told_with_its_sample():
    odd = FACE.model_copy(update={"gold": Affect(aus=(ActionUnit(number=98),))})
    with pytest.raises(InputError, match="sample 'f': there is no action unit 98; known: 1, 2, 4"):
        questions(odd, ["units"], Asking())
