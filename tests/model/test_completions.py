"""Completions: what was answered beside each line of the log, and rewards that raise."""

import json

import pytest
from pyarrow import parquet

from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import completions
from affectreason.recipe.parts import Reward
from affectreason.stages import grpo

TRAIN = {"learning_rate": 1e-3, "per_device_train_batch_size": 8, "num_generations": 4, "max_completion_length": 4,
         "max_steps": 2, "save_strategy": "no", "logging_steps": 1}  # fmt: skip
ODD = """
def odd(response, sample):
    return {}["none"]

def refused(response, sample):
    from affectreason.errors import InputError
    raise InputError("the judge is away")
"""


def test_answers_are_kept_with_sample_rewards_and_advantage(recipe, qwen, drawn, tmp_path):
    write(tmp_path / "s.jsonl", drawn["pictures"][:4])
    found = recipe(
        grpo__init=qwen, grpo__data=[str(tmp_path / "s.jsonl")], grpo__train=TRAIN, grpo__balance=None, evaluate=None
    )
    grpo.run(found, found.stage("grpo"), tmp_path / "run")
    place = tmp_path / "run" / "grpo" / "completions"
    assert sorted(path.name for path in place.iterdir()) == ["000001.parquet", "000002.parquet"]
    rows = parquet.read_table(place / "000002.parquet").to_pylist()
    assert [row["step"] for row in rows] == [2] * 8
    assert len({row["id"] for row in rows}) == 2
    assert {row["id"] for row in rows} <= {sample.id for sample in drawn["pictures"][:4]}
    assert set(rows[0]) == {"step", "id", "completion", "well_formed", "emotion_match", "au_f1", "advantage"}
    logged = [json.loads(line) for line in (tmp_path / "run" / "grpo" / "log.jsonl").read_text().splitlines()]
    mean = sum(row["well_formed"] + row["emotion_match"] + row["au_f1"] for row in rows) / len(rows)
    assert mean == pytest.approx(logged[1]["reward"], abs=1e-6)
    words = sum(len(row["completion"].split()) for row in rows) / len(rows)
    assert words == pytest.approx(logged[1]["words_per_answer"])


def test_a_completion_is_a_text_a_message_or_parts():
    parts = [{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]
    assert [completions.text_of(one) for one in ("x", [{"content": "y"}], parts)] == ["x", "y", "ab"]


def test_a_reward_that_raises_names_itself_and_the_sample(drawn, tmp_path, monkeypatch):
    (tmp_path / "odd_rewards.py").write_text(ODD)
    monkeypatch.syspath_prepend(str(tmp_path))
    sample = drawn["pictures"][0]

    def score(use):
        reward = grpo.reward_functions([Reward(use="well_formed"), Reward(use=use)])[0]
        return reward(["<think>x</think>"], [sample.to_json()], log_metric=lambda *_: None)

    with pytest.raises(KeyError) as error:
        score("odd_rewards.odd")
    assert error.value.__notes__ == [
        f"reward 'odd_rewards.odd' of sample {sample.id!r} raised this for the answer '<think>x</think>'; mend it, and "
        "the same command goes on from where it was stopped. None says that an answer cannot be scored."
    ]
    with pytest.raises(InputError, match=f"reward 'odd_rewards.refused' of sample '{sample.id}': the judge is away"):
        score("odd_rewards.refused")
