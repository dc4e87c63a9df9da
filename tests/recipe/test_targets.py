from types import SimpleNamespace

import pytest

from affectreason.affect.sample import Affect, Sample, Turn
from affectreason.errors import InputError
from affectreason.recipe import prompts, targets

FULL = Sample(
    id="a",
    gold=Affect(emotions={"amused": 1.0, "proud": 1.0, "sad": 0.0}),
    reasoning="He smiles and speaks up.",
    transcript="We won again.",
    context=("Well?",),
    labels="ekman7",
    turns=(Turn(role="user", text="Hello."), Turn(role="assistant", text="Yes?")),
)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("reasoned", "<think>He smiles and speaks up.</think><answer>amused, proud</answer>"),
        ("words", "amused, proud"),
        ("description", "He smiles and speaks up."),
        ("label", None),
        ("tree", "<attribute>smile, talk</attribute><emotion>amusement, proud</emotion>"),
    ],
)
def test_what_is_learned(answers, said):
    assert targets.target(FULL, answers) == said


def test_what_was_not_annotated_is_not_learned():
    bare = Sample(id="b", gold=Affect(emotion="anger"), labels="ekman7")
    assert targets.target(bare, "words") == "anger"
    assert targets.target(bare, "label") == "anger"
    assert targets.target(bare, "description") is None
    assert targets.target(bare.model_copy(update={"gold": Affect()}), "words") is None
    choice = Sample(id="c", gold=Affect(emotion="anger"), choices=("yes", "no"), answer="no")
    assert targets.target(choice, "label") == "no"


@pytest.mark.parametrize("name", prompts.PROMPTS)
def test_a_sample_that_holds_its_prompt_is_asked_alike(name):
    prompt = prompts.find(name)
    held = targets.put(FULL, name, prompt)
    if prompt.answers == "label":
        assert held is None
        return
    assert prompts.messages(held, targets.PUT) == prompts.messages(FULL, prompt)
    assert held.id == f"a+{name}"
    assert prompts.target(held) == targets.target(FULL, prompt.answers)


def stage(**keys):
    return SimpleNamespace(**{"prompt": None, "prompts": [], **keys})


def test_each_sample_by_each_prompt_whose_answer_it_has():
    recipe = SimpleNamespace(prompt="plain")
    bare = Sample(id="b", gold=Affect(emotion="anger"), labels="ekman7")
    both = stage(prompts=["words", "describe"])
    assert [one.id for one in targets.to_learn(recipe, both, [FULL, bare])] == ["a+words", "a+describe", "b+words"]
    assert targets.learned_by(recipe, both) is targets.PUT
    assert targets.prompt_of(recipe, both) is prompts.PLAIN  # evaluation and chat ask by the recipe's
    assert targets.to_learn(recipe, stage(), [FULL, bare]) == [FULL, bare]  # as before there were several
    assert targets.learned_by(recipe, stage()) is prompts.PLAIN
    assert [one.response for one in targets.to_learn(recipe, stage(prompt="words"), [bare])] == ["anger"]


def test_samples_by_their_tags():
    samples = [
        Sample(id=f"{task}{n}", task=task, group=f"g{n}", gold=Affect(emotion="anger"))
        for n in range(400)
        for task in ("QA_Eyes", "QA_Hair", "emotion")
    ]
    found = targets.of_tasks(samples, {"QA_*": 0.25, "emotion": 1.0}, "sft")
    of = {task: {one.group for one in found if one.task == task} for task in ("QA_Eyes", "QA_Hair", "emotion")}
    assert of["QA_Eyes"] == of["QA_Hair"]  # questions to one clip stay together
    assert 75 < len(of["QA_Eyes"]) < 125
    assert len(of["emotion"]) == 400
    assert targets.of_tasks(samples, {}, "sft") == samples
    assert {one.task for one in targets.of_tasks(samples, {"emotion": 1.0}, "sft")} == {"emotion"}
    with pytest.raises(InputError, match=r"sft.tasks: no sample has the task 'emotions'; did you mean 'emotion'\?"):
        targets.of_tasks(samples, {"emotions": 1.0}, "sft")
