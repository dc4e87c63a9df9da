import pytest

from affectreason.affect import steps
from affectreason.errors import InputError
from affectreason.recipe import checks, prompts, runs, searched
from affectreason.recipe.parts import Search


def test_it_is_off_by_default_and_read_with_its_defaults(recipe):
    assert recipe().evaluate.search is None
    found = recipe(prompt="tiny_tree", evaluate__search={"candidates": 3}).evaluate.search
    assert (found.candidates, found.temperature, found.form) == (3, 1.0, "tree")
    assert [term.use for term in found.by] == ["agreement", "au_emotion_consistency"]


@pytest.mark.parametrize(
    ("search", "problem"),
    [
        ({"by": [{"use": "emotion_match"}]}, "evaluate.search.by: 'emotion_match' reads the annotation: a search that"),
        ({"by": [{"use": "affective_tree"}]}, "evaluate.search.by: 'affective_tree' reads the annotation"),
        ({"by": [{"use": "agreemnt"}]}, "evaluate.search.by: unknown scorer 'agreemnt'; did you mean 'agreement'"),
        ({"by": [{"use": "length", "args": {"most": 3}}]}, "reward 'length' takes no argument 'most'"),
        ({"by": [{"use": "length"}, {"use": "length"}]}, "evaluate.search.by: 'length' is listed twice"),
        ({"candidates": 1}, "evaluate.search.candidates: input should be greater than or equal to 2, not 1"),
        (
            {"form": "forest"},
            "evaluate.search.form: input should be 'tree', 'reasoned_tree' or 'reasoned', not 'forest'",
        ),
        ({"form": ["tree"]}, "evaluate.search.form: input should be"),
        ({"temperature": float("inf")}, "evaluate.search.temperature: input should be a finite number, not inf"),
        ({"candidate": 4}, "evaluate.search.candidate: unknown key; did you mean 'candidates'"),
        ({"by": [{"use": "length", "wieght": 1}]}, "unknown key; did you mean 'weight'"),
        ({"by": []}, "evaluate.search.by: empty; name at least one"),
    ],
)
def test_mistakes_are_told_before_anything_runs(recipe, search, problem):
    with pytest.raises(InputError) as error:
        recipe(evaluate__search=search)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("prompt", "form", "mend"),
    [
        ("tiny", "tree", "'tree' is not what prompt 'tiny' asks for (reasoned); write form: reasoned_tree or reasoned"),
        ("tree", "reasoned", "'reasoned' is not what prompt 'tree' asks for (tree); write form: tree"),
        ("words", "tree", "'tree' is not what prompt 'words' asks for (words); remove evaluate.search"),
    ],
)
def test_a_search_builds_what_the_prompt_asks_for(recipe, prompt, form, mend):
    with pytest.raises(InputError) as error:
        recipe(prompt=prompt, evaluate__search={"form": form})
    assert f"evaluate.search.form: {mend}" in str(error.value)


def test_the_prompt_of_each_model_counts(recipe):
    with pytest.raises(InputError) as error:
        recipe(evaluate__search={"form": "reasoned"}, sft__prompt="tree")
    assert "'reasoned' is not what sft.prompt 'tree' asks for (tree); write form: tree" in str(error.value)
    assert recipe(prompt="reasoned", evaluate__search={"form": "reasoned_tree"}).evaluate.search is not None


def test_every_form_of_a_search_is_one_that_a_prompt_asks_for():
    assert set(checks.ASKED_BY) == set(steps.STEPS)
    assert set(checks.ASKED_BY.values()) <= {prompt.answers for prompt in prompts.PROMPTS.values()}


def test_the_rewards_of_the_tree_are_found(recipe):
    found = recipe(evaluate__rewards=[{"use": "affective_tree", "args": {"order": "ordered", "decay": 2.0}}])
    assert found.evaluate.rewards[0].args == {"order": "ordered", "decay": 2.0}
    with pytest.raises(InputError, match="reward 'affective_tree' takes no argument 'lambda'"):
        recipe(evaluate__rewards=[{"use": "affective_tree", "args": {"lambda": 2.0}}])


def test_another_search_has_another_file():
    names = {runs.searched_file(Search(candidates=n, temperature=t)) for n in (2, 3) for t in (0.5, 1.0)}
    assert len(names) == 4


def test_the_cost_is_beside_one_greedy_answer():
    rows = [
        {"generations": 6, "tokens": 30, "seconds": 1.0, "greedy_tokens": 10, "greedy_seconds": 0.25},
        {"generations": 6, "tokens": 50, "seconds": 2.0, "greedy_tokens": 10, "greedy_seconds": 0.25},
    ]
    assert searched.cost(rows) == {
        "generations": 6, "tokens": 40, "seconds": 1.5, "greedy_tokens": 10, "greedy_seconds": 0.25,
        "tokens_ratio": 4.0, "seconds_ratio": 6.0,
    }  # fmt: skip


def test_a_search_that_was_not_made_is_not_done(tmp_path, recipe):
    found = recipe(evaluate__search={"candidates": 2, "form": "reasoned"})
    sft = tmp_path / "sft"
    (sft / "evaluation").mkdir(parents=True)
    (sft / "done.json").touch()
    (sft / runs.ANSWERS).touch()
    state = {stage.name: said for stage, said in runs.states(found, tmp_path)}
    assert state["sft"] != "done"
    (sft / runs.searched_file(found.evaluate.search)).touch()
    assert {stage.name: said for stage, said in runs.states(found, tmp_path)}["sft"] == "done"
