import pytest

from affectreason.affect.sample import Sample
from affectreason.model import tree_search
from affectreason.model.generate import Asked
from affectreason.model.tree_search import Found, Written
from affectreason.recipe.parts import Reward, Search

SAMPLE = Sample(id="a", labels="ekman7", question="Which?")


def script(*levels):
    """A model that writes, at each step, these candidates for each sample; what it was asked to go on from is kept."""
    calls = []

    def write(asked, loaded, copies, until, seed):
        calls.append(([one.begun for one in asked], loaded, copies, until, seed))
        texts = levels[len(calls) - 1]
        return [Written(text, len(text.split())) for text in texts]

    return write, calls


def how(*by, candidates=3, form="tree"):
    return Search(
        candidates=candidates, form=form, by=[Reward(**one) if isinstance(one, dict) else Reward(use=one) for one in by]
    )


def test_the_best_of_each_step_is_continued():
    write, calls = script(
        ["bald</attribute>", "bald, smiling</attribute>", "bald, smiling</attribute> and more"],
        ["AU1</expression>", "AU4, AU7, AU24</expression>", "AU4, AU7, AU24</expression>"],
        ["anger</emotion>", "joy</emotion>", "anger</emotion>"],
    )
    (found,) = tree_search.search([Asked(SAMPLE, [])], ["media"], how("agreement"), "ekman7", write, seed=5)
    assert found == Found(
        "<attribute>bald, smiling</attribute><expression>AU4, AU7, AU24</expression><emotion>anger</emotion>", 17, 9
    )
    first = "<attribute>bald, smiling</attribute>"
    second = first + "<expression>AU4, AU7, AU24</expression>"
    assert calls == [
        (["<attribute>"], ["media"], 3, "</attribute>", 15),
        ([first + "<expression>"], ["media"], 3, "</expression>", 16),
        ([second + "<emotion>"], ["media"], 3, "</emotion>", 17),
    ]


def test_kept_units_choose_the_emotion_by_consistency():
    write, _ = script(["AU6 and AU12 are there</think>", "Nothing</think>"], ["anger</answer>", "happiness</answer>"])
    search = how("au_emotion_consistency", "well_formed", candidates=2, form="reasoned")
    (found,) = tree_search.search([Asked(SAMPLE, [])], [None], search, "ekman7", write)
    assert found.text == "<think>AU6 and AU12 are there</think><answer>happiness</answer>"


def test_a_block_that_was_not_closed_is_worth_less_and_the_first_of_equals_is_kept():
    write, _ = script(["AU4", "AU1</think>", "AU2</think>"], ["sad", "fear", "joy"])
    (found,) = tree_search.search([Asked(SAMPLE, [])], [None], how("well_formed", form="reasoned"), "ekman7", write)
    assert found.text == "<think>AU1</think><answer>sad"  # the last block stays as it was written


def test_each_sample_has_its_own_candidates():
    others = [Asked(SAMPLE.model_copy(update={"id": name}), []) for name in "ab"]
    write, calls = script(
        ["AU1</think>", "AU2</think>", "AU4</think>", "AU5"], ["joy</answer>", "sad", "fear", "anger</answer>"]
    )
    found = tree_search.search(others, ["x", "y"], how("well_formed", candidates=2, form="reasoned"), "ekman7", write)
    assert [one.text for one in found] == [
        "<think>AU1</think><answer>joy</answer>", "<think>AU4</think><answer>anger</answer>"
    ]  # fmt: skip
    assert calls[1][0] == ["<think>AU1</think><answer>", "<think>AU4</think><answer>"]


def test_candidates_that_say_nothing_are_survived():
    write, _ = script(["", "\x00<<<", "<attribute>"], ["", "", ""], ["", "</emotion>", ""])
    (found,) = tree_search.search([Asked(SAMPLE, [])], [None], how("agreement"), "ekman7", write)
    assert found.text == "<attribute></attribute><expression></expression><emotion>"


@pytest.fixture(scope="module")
def opened(models):
    from affectreason.model import load

    return {kind: load.load(models[kind]) for kind in ("qwen3_vl", "llava")}


@pytest.mark.parametrize("kind", ["qwen3_vl", "llava"])
def test_with_a_model(opened, pictures, kind):
    from affectreason.model import generate
    from affectreason.recipe import prompts

    model, processor = opened[kind]
    model.eval()
    asked = [Asked(sample, prompts.messages(sample, prompts.find("tiny"))) for sample in pictures[:2]]
    loaded = [generate.load_media(one.sample, 2.0, 4) for one in asked]
    search = how("agreement", "well_formed", candidates=2)
    rows = tree_search.answers(model, processor, asked, loaded, search, "ekman7", max_new_tokens=4, seed=3)
    again = tree_search.answers(model, processor, asked, loaded, search, "ekman7", max_new_tokens=4, seed=3)
    assert [row["id"] for row in rows] == [one.sample.id for one in asked]
    assert [row["text"] for row in rows] == [row["text"] for row in again]
    for row in rows:
        assert row["text"].startswith("<attribute>")
        assert "</expression><emotion>" in row["text"]
        assert row["generations"] == 6
        assert 0 < row["tokens"] <= 24
        assert 0 < row["greedy_tokens"] <= 4
        assert min(row["seconds"], row["greedy_seconds"]) > 0


def test_candidates_share_the_reading_of_their_prompt(opened, pictures, monkeypatch):
    """The same tokens as with the prompt repeated, and one row of it for each sample."""
    from affectreason.model import generate, rollout
    from affectreason.recipe import prompts

    model, processor = opened["qwen3_vl"]
    asked = [Asked(sample, prompts.messages(sample, prompts.find("tiny")), "<think>") for sample in pictures[:2]]
    loaded = [generate.load_media(one.sample, 2.0, 4) for one in asked]
    how_ = {"max_new_tokens": 5, "do_sample": False}
    plain = generate.tokens(model, processor, asked, loaded, **how_)
    seen, real = [], rollout.answers
    monkeypatch.setattr(
        rollout,
        "answers",
        lambda m, read, of, *a, **k: seen.append((len(read), of.tolist())) or real(m, read, of, *a, **k),
    )
    shared = generate.tokens(model, processor, asked, loaded, copies=3, **how_)
    assert seen == [(2, [0, 0, 0, 1, 1, 1])]
    assert shared.tolist() == plain.repeat_interleave(3, 0).tolist()
    monkeypatch.setattr(generate.shared_prefix, "why_not", lambda model: "it cannot")
    assert generate.tokens(model, processor, asked, loaded, copies=3, **how_).tolist() == shared.tolist()
    assert len(seen) == 1
