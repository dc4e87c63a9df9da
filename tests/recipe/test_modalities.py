"""Taking modalities away: what goes, what stays, for whom, and what is refused."""

import pytest

from affectreason.affect.sample import Affect, Media, Sample, Turn
from affectreason.errors import InputError
from affectreason.recipe import modalities


def media(kind, role=None):
    return Media(kind=kind, path=f"{kind}-{role}", role=role)


FACE, WHOLE, VOICE = media("video", "face"), media("video", "context"), media("audio", "speaker")
FULL = Sample(
    id="a",
    media=(FACE, WHOLE, VOICE),
    transcript="Hello.",
    context=("B: Hi.",),
    question="Q?",
    gold=Affect(emotion="x"),
)


@pytest.mark.parametrize(
    ("sample", "found"),
    [
        (FULL, {"face", "frames", "audio", "text"}),
        (Sample(id="b"), set()),
        (Sample(id="c", transcript=""), {"text"}),
        (Sample(id="d", context=("B: Hi.",)), {"text"}),
        (Sample(id="e", media=(media("image"),)), {"frames"}),
        (Sample(id="f", media=(media("frames", "face"), media("image", "listener"))), {"face", "frames"}),
        (Sample(id="g", media=(media("features"), media("audio", "face"))), {"audio"}),
    ],
)
def test_what_a_sample_has(sample, found):
    assert modalities.of(sample) == found


@pytest.mark.parametrize(
    ("gone", "left", "said"),
    [
        (["audio"], (FACE, WHOLE), "Hello."),
        (["face"], (WHOLE, VOICE), "Hello."),
        (["frames"], (FACE, VOICE), "Hello."),
        (["text"], (FACE, WHOLE, VOICE), None),
        (["face", "frames", "audio"], (), "Hello."),
    ],
)
def test_what_is_left(gone, left, said):
    found = modalities.without(FULL, gone)
    assert (found.media, found.transcript) == (left, said)
    assert found.context == (() if "text" in gone else FULL.context)
    assert (found.id, found.question, found.gold) == (FULL.id, FULL.question, FULL.gold)


def test_nothing_taken_is_the_same():
    assert modalities.without(FULL, []) is FULL
    blind = Sample(id="b", transcript="Hello.")
    assert modalities.without(blind, ["audio"]) is blind


def many(count, **more):
    return [FULL.model_copy(update={"id": f"s{k}", **more}) for k in range(count)]


def test_a_share_of_the_samples_loses_it():
    shares = {"audio": 0.3, "text": 0.1}
    found = [modalities.dropped(sample, shares) for sample in many(2000)]
    lost = {name: [name not in modalities.of(one) for one in found] for name in modalities.NAMES}
    assert sum(lost["audio"]) / 2000 == pytest.approx(0.3, abs=0.03)
    assert sum(lost["text"]) / 2000 == pytest.approx(0.1, abs=0.02)
    assert sum(lost["face"]) == sum(lost["frames"]) == 0
    both = sum(a and t for a, t in zip(lost["audio"], lost["text"], strict=True))
    assert both / 2000 == pytest.approx(0.03, abs=0.012)  # drawn apart
    assert [modalities.dropped(sample, shares) for sample in many(2000)] == found
    assert [modalities.dropped(sample, shares, seed=1) for sample in many(2000)] != found


def test_questions_to_one_clip_lose_the_same():
    assert len({frozenset(modalities.of(modalities.dropped(s, {"audio": 0.5}))) for s in many(50, group="g")}) == 1


def test_one_modality_is_always_left():
    every = dict.fromkeys(modalities.NAMES, 1.0)
    left = [modalities.of(modalities.dropped(sample, every)) for sample in many(200)]
    assert {len(one) for one in left} == {1}
    assert {name for one in left for name in one} == set(modalities.NAMES)
    alone = Sample(id="b", transcript="Hello.")
    assert modalities.dropped(alone, every) == alone


def test_a_share_of_zero_drops_nothing():
    assert modalities.dropped(FULL, {"audio": 0.0}) is FULL


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["adio"], "unknown modality 'adio'; did you mean 'audio'"),
        ([], "nothing is named; write one or more of face, frames, audio, text"),
        (["audio", "audio"], "audio, audio: a modality is named twice"),
        (["face", "text", "frames", "audio"], "nothing would be left but the question"),
        (["face", "frames", "audio"], None),
    ],
)
def test_what_cannot_be_taken_away(names, said):
    found = modalities.problem(names)
    assert (found is None) if said is None else said in found


def test_an_unknown_modality_stops():
    with pytest.raises(InputError, match="unknown modality 'voice'"):
        modalities.without(FULL, ["voice"])


def test_what_no_sample_has_is_refused():
    samples = [Sample(id="a", media=(FACE,)), Sample(id="b", transcript="Hi.")]
    modalities.require(samples, ["face", "text"], "evaluate.without")
    with pytest.raises(InputError, match=r"evaluate.without: none of the 2 samples has audio; they have: face, text"):
        modalities.require(samples, ["face", "audio"], "evaluate.without")
    with pytest.raises(InputError, match=r"drop: none of the 1 samples has a picture or clip with role face; .*: text"):
        modalities.require(samples[1:], ["face"], "drop")


def test_a_label_is_in_one_order():
    assert modalities.label(["audio", "face"]) == modalities.label(["face", "audio"]) == "face+audio"


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"question": "She says: “I hate  this place.” What is felt?"}, True),
        ({"turns": (Turn(role="user", text="I hate this place."), Turn(role="assistant", text="So?"))}, True),
        ({"question": "What is felt?"}, False),
        ({"transcript": "this", "question": "What does this person feel?"}, False),  # there by chance
    ],
)
def test_text_that_the_question_quotes_would_not_go(more, refused):
    sample = Sample(id="q", **{"transcript": "I hate this place.", **more})
    modalities.require([FULL, sample], ["audio"], "here")
    if not refused:
        modalities.require([FULL, sample], ["text"], "here")
        return
    with pytest.raises(InputError, match=r"here: the question or the turns of 1 samples, first 'q', quote the transcr"):
        modalities.require([FULL, sample], ["text"], "here")
