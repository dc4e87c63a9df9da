"""The judge that a recipe names: opened once, its replies kept and not asked for again."""

import sys

import pytest

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import judges
from affectreason.recipe.parts import Bar, Reward
from affectreason.stages import grpo, synthesize

JUDGE = """
NAME, VERSION = "counts", "1"
asked = []

def judge(prompt):
    asked.append(prompt)
    return "70" if "smiles" in prompt.rpartition("<model>")[2] else "10"
"""
ONE = Sample(id="c", question="What is seen?", answer="The woman smiles.", labels="ekman7")


@pytest.fixture
def mine(tmp_path, monkeypatch):
    (tmp_path / "my_judge.py").write_text(JUDGE)
    monkeypatch.syspath_prepend(tmp_path)
    yield "my_judge.judge"
    sys.modules.pop("my_judge", None)


def test_a_judge_rewards_captions(mine, tmp_path):
    wanted = [Reward(use="caption_match", args={"judge": mine}), Reward(use="well_formed")]
    opened = judges.opened(wanted, tmp_path / "grpo")
    assert opened[1] is wanted[1]
    assert wanted[0].args == {"judge": mine}
    import my_judge

    texts = [f"<think>x</think><answer>{said}</answer>" for said in ("She smiles.", "A cat.", "She smiles.", "")]
    for functions in (grpo.reward_functions(opened), grpo.reward_functions(judges.opened(wanted, tmp_path / "grpo"))):
        found = functions[0](texts, sample=[ONE.to_json()] * 4, log_metric=lambda *_: None)
        assert found == [0.7, 0.1, 0.7, 0.0]  # each beside well_formed, which gives or takes nothing of its weight
        assert len(my_judge.asked) == 2  # the second time from disk, and nothing is asked about silence
    assert (tmp_path / "grpo" / "judge.sqlite").is_file()


def test_a_judge_is_a_bar(mine, tmp_path):
    bars = judges.opened([Bar(use="caption_match", at_least=0.5, args={"judge": mine})], tmp_path)
    texts = [f"<think>x</think><answer>{said}</answer>" for said in ("She smiles.", "A cat.")]
    assert [synthesize.shortfalls(text, ONE, "ekman7", bars) for text in texts] == [[], ["caption_match"]]


def test_a_judge_that_is_none_is_said(tmp_path):
    with pytest.raises(InputError, match=r"judge=no_such\.judge: cannot import 'no_such'"):
        judges.opened([Reward(use="caption_match", args={"judge": "no_such.judge"})], tmp_path)
    with pytest.raises(InputError, match=r"names no model; write the address, # and the model"):
        judges.opened([Reward(use="caption_match", args={"judge": "http://localhost:8000/v1"})], tmp_path)
