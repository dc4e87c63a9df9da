# ruff: noqa: E501  (one sample a row)
"""What a model is asked and what it should answer, for each kind of sample."""

import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Sample, Turn
from affectreason.errors import InputError
from affectreason.recipe import prompts
from affectreason.recipe.prompts import PROMPTS, Prompt, again, evidence, find, hint_text, messages, target

PICTURE, CLIP = Media(kind="image", path="a.png"), Media(kind="video", path="b.mp4")
FRAMES = Media(kind="frames", path="c")
PLAIN = Prompt(text="{question} One of: {labels}.", question="Which emotion?")


def said(text):
    return {"type": "text", "text": text}


@pytest.mark.parametrize("name", list(PROMPTS))
def test_every_prompt_has_a_question(name):
    prompt = find(name)
    assert "{question}" in prompt.text
    assert prompt.question.strip()
    (message,) = messages(Sample(id="1", labels="ekman7"), prompt)
    text = message["content"][0]["text"]
    assert prompt.question in text
    assert "{" not in text


def test_an_unknown_prompt_names_the_nearest():
    with pytest.raises(
        InputError,
        match=r"unknown prompt 'facial'; did you mean 'facial_r1'\? known: describe, facial_r1, label, plain, reasoned, ",
    ):
        find("facial")


def test_facial_r1_lists_units_and_labels():
    text = messages(Sample(id="1", labels="ekman6"), PROMPTS["facial_r1"])[0]["content"][0]["text"]
    assert "one word of: anger, disgust, fear, happiness, sadness, surprise.\n" in text
    assert "\nAU12 lip corner puller\n" in text.lower().replace("au12", "AU12")
    assert "<think>" in text
    assert "<answer>happiness</answer>" in text


def test_sound_and_roles_have_slots_of_their_own():
    face = Media(kind="video", path="face.mp4", role="face")
    heard = Media(kind="audio", path="b.mp4")
    (message,) = messages(Sample(id="1", media=(heard, face, CLIP), question="How?"), Prompt("{question}", "?"))
    assert message["content"] == [{"type": "audio"}, {"type": "video", "role": "face"}, {"type": "video"}, said("How?")]


def test_media_go_before_the_text_in_their_order():
    sample = Sample(id="1", media=(CLIP, PICTURE, FRAMES), question="How?", labels="sentiment3")
    assert messages(sample, PLAIN) == [
        {
            "role": "user",
            "content": [
                {"type": "video"},
                {"type": "image"},
                {"type": "video"},
                said("How? One of: negative, neutral, positive."),
            ],
        }
    ]


def test_media_go_into_the_first_turn_of_the_user():
    turns = (Turn(role="system", text="s"), Turn(role="user", text="u"), Turn(role="assistant", text="a"))
    sample = Sample(id="1", media=(PICTURE,), turns=turns, labels="sentiment2")
    assert messages(sample, PLAIN) == [
        {"role": "system", "content": [said("s")]},
        {"role": "user", "content": [{"type": "image"}, said("u")]},
        {"role": "assistant", "content": [said("a")]},
        {"role": "user", "content": [said("Which emotion? One of: negative, positive.")]},
    ]


def test_the_system_text_of_a_prompt_comes_first():
    asked = messages(Sample(id="1", media=(PICTURE,)), Prompt(text="{question}", question="q", system="be kind"))
    assert asked == [
        {"role": "system", "content": [said("be kind")]},
        {"role": "user", "content": [{"type": "image"}, said("q")]},
    ]


def test_braces_in_a_question_are_its_own():
    sample = Sample(id="1", question="What is {labels}?", labels="sentiment2")
    assert messages(sample, PLAIN)[0]["content"] == [said("What is {labels}? One of: negative, positive.")]


def test_two_messages_share_nothing():
    sample = Sample(id="1", media=(PICTURE,))
    messages(sample, PLAIN)[0]["content"].clear()
    assert len(messages(sample, PLAIN)[0]["content"]) == 2


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        (Affect(aus=(12, 6), emotion="happiness"), "action units AU6, AU12; emotion happiness"),
        (Affect(aus=(), emotion="neutral"), "action units none; emotion neutral"),
        (Affect(aus=(ActionUnit(number=1, intensity=0),)), "action units none"),
        (Affect(emotion="fear"), "emotion fear"),
        (Affect(emotions={"fear": 0.7, "anger": 0.3, "joy": 0.0}), "emotions fear, anger"),
        (Affect(emotion="fear", emotions={"fear": 0.7, "anger": 0.3}), "emotion fear"),
    ],
)
def test_the_hint_says_what_is_annotated(gold, text):
    hint = f"Known to be right: {text}. Explain it from what is visible."
    assert hint_text(gold) == hint
    asked = messages(Sample(id="1", gold=gold, question="How?"), Prompt("{question}", "q"), hint=True)
    assert asked[0]["content"] == [said(f"How?\n{hint}")]


def test_the_hint_says_the_right_answer():
    sample = Sample(id="1", question="True?", answer="incorrect", choices=("correct", "incorrect"))
    text = messages(sample, Prompt("{question}", "q"), hint=True)[0]["content"][0]["text"]
    assert text == (
        "True?\nChoose one of: correct; incorrect.\n"
        "Known to be right: answer incorrect. Explain it from what is visible."
    )


@pytest.mark.parametrize(
    ("sample", "text"),
    [
        (Sample(id="1", transcript="I said\n  “no”."), "What is said: “I said “no”.”\nq"),
        (
            Sample(id="1", transcript="No.", context=("Ann: Hi,\nyou.", "Bo: Go.")),
            "What was said before: “Ann: Hi, you.” “Bo: Go.”\nWhat is said: “No.”\nq",
        ),
        (Sample(id="1", transcript=" "), "Nothing is said.\nq"),
        (Sample(id="1", transcript="It is {labels}."), "What is said: “It is {labels}.”\nq"),
        (
            Sample(id="1", transcript="Oh no, no.", question="She says:  Oh\nno, no. Why?"),
            "She says:  Oh\nno, no. Why?",
        ),
        (Sample(id="1", transcript="She", question="She says?"), "What is said: “She”\nShe says?"),
        (Sample(id="1", question="True?", choices=("yes", "no")), "True?\nChoose one of: yes; no."),
        (
            Sample(id="1", question="Which?", choices=("a", "b", "c"), gold=Affect(emotions={"a": 1.0, "b": 1.0})),
            "Which?\nChoose all that fit of: a; b; c.",
        ),
        (Sample(id="1", question="Which?\nA. sad\nB. glad", choices=("sad", "glad")), "Which?\nA. sad\nB. glad"),
        (Sample(id="1", transcript="Hm.", question="Where?", answer="outside"), "What is said: “Hm.”\nWhere?"),
    ],
)
def test_what_is_said_the_question_and_its_choices(sample, text):
    assert messages(sample, Prompt("{question}!", "q"))[0]["content"] == [said(text + "!")]


def test_what_is_said_stands_with_the_last_question():
    turns = (Turn(role="user", text="u"), Turn(role="assistant", text="a"))
    asked = messages(Sample(id="1", media=(CLIP,), turns=turns, transcript="Hm."), Prompt("{question}", "q"))
    assert asked[0]["content"] == [{"type": "video"}, said("u")]
    assert asked[-1]["content"] == [said("What is said: “Hm.”\nq")]


def test_without_annotation_there_is_no_hint():
    assert hint_text(Affect(valence=0.5)) is None
    sample = Sample(id="1")
    assert messages(sample, PLAIN, hint=True) == messages(sample, PLAIN)


def test_gold_is_shown_only_where_it_is_asked_for():
    sample = Sample(id="1", gold=Affect(aus=(12,), emotion="happiness"), question="q")
    assert "AU12" not in str(messages(sample, Prompt("{question}", "q")))


def test_asked_again_with_what_was_wrong():
    asked = messages(Sample(id="1", question="q"), Prompt("{question}", "q"))
    longer = again(asked, "an answer", ["the emotion is fear", "the action units are AU1"])
    assert longer == [
        *asked,
        {"role": "assistant", "content": [said("an answer")]},
        {
            "role": "user",
            "content": [said("Not accepted: the emotion is fear; the action units are AU1. Answer again.")],
        },
    ]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("sample", "text"),
    [
        (Sample(id="1", response="verbatim <answer>x</answer>", gold=Affect(emotion="fear")), "verbatim <answer>x</answer>"),
        (Sample(id="1", reasoning="Wide eyes.", gold=Affect(emotion="fear", aus=(5,))), "<think>Wide eyes.</think><answer>fear</answer>"),
        (Sample(id="1", gold=Affect(emotion="fear", aus=())), "<think>No action unit is active.</think><answer>fear</answer>"),
        (Sample(id="1", gold=Affect(emotion="fear")), "<answer>fear</answer>"),
        (Sample(id="1", answer="correct", choices=("correct", "incorrect")), "<answer>correct</answer>"),
        (Sample(id="1", answer="outside", reasoning="Trees."), "<think>Trees.</think><answer>outside</answer>"),
        (Sample(id="1", answer="no", gold=Affect(aus=())), "<think>No action unit is active.</think><answer>no</answer>"),
        (Sample(id="1", answer="B", gold=Affect(emotion="fear")), "<answer>fear</answer>"),
        (Sample(id="1", answer="no", response="verbatim"), "verbatim"),
        (Sample(id="1", gold=Affect(aus=(5,))), None),
        (Sample(id="1", reasoning="Wide eyes."), None),
        (Sample(id="1"), None),
    ],
)  # fmt: skip
def test_the_target_of_each_kind_of_sample(sample, text):
    assert target(sample) == text


def test_a_target_is_read_back_as_its_gold():
    from affectreason.affect import labels
    from affectreason.affect.response import parse

    for units in ((), (12,), (1, 2, 5, 26), (4, 7, 23)):
        for emotion in labels.find("ekman7").names:
            sample = Sample(id="1", gold=Affect(emotion=emotion, aus=units))
            response = parse(target(sample), labels.find("ekman7"))
            assert response.well_formed
            assert response.said.emotion == emotion
            assert response.said.units == frozenset(units)


def test_evidence_is_of_the_annotated_units_alone():
    assert evidence(Affect()) is None
    assert evidence(Affect(aus=())) == "No action unit is active."
    text = evidence(Affect(aus=(12, 6)))
    assert text.index("(AU6)") < text.index("(AU12)")
    assert text[0].isupper()
    assert text.endswith(".")


def test_labels_of_the_sample_are_named(monkeypatch):
    monkeypatch.setitem(prompts.PROMPTS, "mine", PLAIN)
    text = messages(Sample(id="1", labels="mer6"), find("mine"))[0]["content"][0]["text"]
    assert text == "Which emotion? One of: neutral, angry, happy, sad, worried, surprise."
