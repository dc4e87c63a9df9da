import pytest

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.recipe import asking, prompts


def text(sample, prompt):
    return prompts.messages(sample, prompt)[-1]["content"][-1]["text"]


@pytest.fixture
def sample():
    return Sample(
        id="a",
        labels="ekman7",
        transcript="Go away.",
        context=("B: Hello.",),
        media=(Media(kind="image", path="a.png"),),
    )


def test_direct_asks_for_the_answer_alone(sample):
    asked = text(sample, asking.direct("Which of {labels}?", "one of: {labels}"))
    names = ", ".join(prompts.labels.find("ekman7").names)
    assert asked == (
        f"What was said before: “B: Hello.”\nWhat is said: “Go away.”\nWhich of {names}?\n\n"
        f"Give the answer alone, with nothing before or after it.\nForm of the answer: one of: {names}"
    )


def test_think_asks_for_the_evidence_first(sample):
    asked = text(sample, asking.think("Which?", "one of: {labels}", names=("joy", "anger")))
    assert asked.endswith(
        "Which?\n\nFirst give the evidence between <think> and </think>. Then give the answer alone between <answer> "
        "and </answer>.\nForm of the answer: one of: joy, anger"
    )


def test_a_samples_own_question_is_put_as_it_is(sample):
    own = sample.model_copy(update={"question": "What is {labels}?"})
    assert "\nWhat is {labels}?\n\nGive" in text(own, asking.direct("Which?", "a word"))


@pytest.mark.parametrize(("given", "ways"), [(True, ["think"]), (False, ["direct"]), ("both", ["direct", "think"])])
def test_what_think_means(given, ways):
    found = asking.chosen(given, "Which?", "a word")
    assert list(found) == ways
    assert all(("<think>" in prompt.text) == (way == "think") for way, prompt in found.items())


@pytest.mark.parametrize("given", ["yes", 1, None])
def test_think_is_true_false_or_both(given):
    with pytest.raises(InputError, match=f"think={given}: it is true, false or both"):
        asking.chosen(given, "Which?", "a word")


def test_without_media_the_words_stay(sample):
    control = asking.without_media(sample)
    (message,) = prompts.messages(control, asking.direct("Which?", "a word"))
    assert [part["type"] for part in message["content"]] == ["text"]
    assert (control.id, control.transcript, control.context) == (sample.id, sample.transcript, sample.context)
    assert len(prompts.messages(sample, asking.direct("Which?", "a word"))[0]["content"]) == 2


def test_labels_are_needed_only_where_they_are_listed(sample):
    bare = Sample(id="b")
    asking.require_labels([sample, bare], {"direct": asking.direct("Which?", "{labels}", names=("joy",))})
    with pytest.raises(
        InputError, match=r"sample 'b' names no label set, and prompt direct lists .* \(1 such samples\)"
    ):
        asking.require_labels([sample, bare], {"direct": asking.direct("Which?", "{labels}")})


def test_a_prompt_by_its_name():
    assert asking.named("tiny") == {"tiny": prompts.TINY}
