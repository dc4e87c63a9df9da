import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import MICRO
from trl import GRPOConfig

from affectreason.affect import labels
from affectreason.affect.response import parse
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import collate, load, training
from affectreason.model.generate import placeholders
from affectreason.recipe import prompts, schema
from affectreason.recipe.parts import Reward
from affectreason.recipe.words import pairs
from affectreason.scoring import rewards
from affectreason.stages import evaluate, grpo

FACTS = [{"use": "well_formed", "weight": 0.5}, {"use": "emotion_match"}, {"use": "au_f1", "weight": 2.0}]


@pytest.fixture(autouse=True)
def on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    yield
    sys.modules.pop("rigged", None)


@pytest.fixture
def trainer(recipe, qwen, pictures, tmp_path):
    def make(samples=None, terms=None, stage=None, **train):
        train = {"save_strategy": "no", "per_device_train_batch_size": 8, "num_generations": 4, "logging_steps": 1,
                 "max_completion_length": 8, **train}  # fmt: skip
        found = recipe(grpo__train=train, grpo__rewards=terms or FACTS, **(stage or {}))
        part = found.stage("grpo")
        args = training.arguments(GRPOConfig, tmp_path, part.train, "float32")
        model, processor = load.for_stage(found, part, qwen)
        return grpo.make_trainer(found, part, model, processor, samples or pictures, args)

    return make


def rows(trainer):
    return [row for row in trainer.state.log_history if "reward" in row]


def test_two_steps_log_each_reward(trainer):
    made = trainer(max_steps=2)
    before = {name: parameter.clone() for name, parameter in made.model.named_parameters()}
    made.train()
    assert len(rows(made)) == 2
    for row in rows(made):
        assert {"scores/well_formed", "scores/emotion_match", "scores/au_f1", "frac_reward_zero_std"} <= row.keys()
        assert {"rewards/well_formed/mean", "rewards/au_f1/mean"} <= row.keys()
        assert 0 <= row["scores/au_f1"] <= 1
    assert all(torch.isfinite(parameter).all() for parameter in made.model.parameters())
    if any(row["frac_reward_zero_std"] < 1 for row in rows(made)):
        assert any(not torch.equal(p, before[name]) for name, p in made.model.named_parameters())


def test_rewards_see_their_own_sample(trainer, pictures):
    import rigged

    made = trainer(pictures, [{"use": "rigged.own"}], max_steps=2)
    made.train()
    known = {sample.id: sample for sample in pictures}
    assert rigged.own.__defaults__[0]
    for name, emotion, _ in rigged.own.__defaults__[0]:
        assert known[name].gold.emotion == emotion


def test_a_reward_reads_the_answer_to_its_row(pictures):
    """The functions TRL is given, asked about answers that name each sample's own labels and another's."""
    functions = grpo.reward_functions([Reward.model_validate(term) for term in FACTS])
    samples = [pictures[3], pictures[4]]
    texts = [prompts.target(sample) for sample in samples]
    logged = {}
    given = {
        "sample": [sample.to_json() for sample in samples],
        "log_metric": lambda name, value: logged.update({name: value}),
    }
    for function, term in zip(functions, FACTS, strict=True):
        own = function([[{"role": "assistant", "content": text}] for text in texts], **given)
        assert own == [term.get("weight", 1.0)] * 2
    assert logged.pop("units_per_answer") == sum(len(sample.gold.units) for sample in samples) / 2
    assert logged.pop("words_per_answer") == sum(len(text.split()) for text in texts) / 2
    assert logged == {
        "scores/well_formed": 1.0,
        "scores/emotion_match": 1.0,
        "scores/au_f1": 1.0,
        "labels_per_answer": 1.0,
    }
    swapped = functions[1](
        [[{"role": "assistant", "content": [{"type": "text", "text": t}]}] for t in texts[::-1]], **given
    )
    assert swapped == [0.0, 0.0]
    assert [function.__name__ for function in functions] == ["well_formed", "emotion_match", "au_f1"]


def test_a_statement_is_scored_among_its_choices():
    terms = [{"use": "well_formed"}, {"use": "answer_match"}, {"use": "emotion_match"}]
    functions = grpo.reward_functions([Reward.model_validate(term) for term in terms])
    one = Sample(id="s", labels="ekman7", question="True?", answer="incorrect", choices=("correct", "incorrect"))
    texts = [
        f"<think>The brows are lowered.</think><answer>{word}</answer>" for word in ("incorrect", "correct", "sad")
    ]
    parts = [f(texts, sample=[one.to_json()] * 3, log_metric=lambda *_: None) for f in functions]
    assert parts == [[1.5, 1.5, 0.0], [1.5, 0.0, 0.0], [None] * 3]  # emotion_match gives its weight to the two


def test_an_absent_reward_gives_its_weight_to_the_others():
    wanted = [Reward.model_validate(term) for term in FACTS]  # weights 0.5, 1 and 2: 3.5 in all
    whole = [grpo.renormalised((1.0, 0.5, 0.25), wanted, i, 3.5) for i in range(3)]
    assert whole == [0.5, 0.5, 0.5]
    no_units = [grpo.renormalised((1.0, 0.5, None), wanted, i, 3.5) for i in range(3)]
    assert no_units[2] is None
    assert no_units[:2] == pytest.approx([0.5 * 3.5 / 1.5, 0.5 * 3.5 / 1.5])  # 1.1667 each
    assert sum(grpo.renormalised((1.0, 1.0, None), wanted, i, 3.5) for i in range(2)) == pytest.approx(3.5)
    assert [grpo.renormalised((None, None, None), wanted, i, 3.5) for i in range(3)] == [None, None, None]


def test_the_sum_is_the_weighted_mean_that_evaluation_reports(pictures):
    wanted = [Reward.model_validate(term) for term in FACTS]
    together = rewards.together(FACTS)
    bare = pictures[3].model_copy(update={"gold": Affect(emotion="happiness")})
    for sample in (pictures[3], bare):
        text = "<think>The lip corners are pulled up (AU12).</think><answer>happiness</answer>"
        functions = grpo.reward_functions(wanted)
        parts = [f([text], sample=[sample.to_json()], log_metric=lambda *_: None)[0] for f in functions]
        mean = together(parse(text, labels.find("ekman7")), sample)
        assert sum(part for part in parts if part is not None) == pytest.approx(3.5 * mean)


def test_a_sample_nobody_can_score_moves_nothing(trainer, pictures):
    angry = [sample for sample in pictures if sample.gold.emotion == "anger"]
    made = trainer(angry, [{"use": "rigged.own"}], max_steps=1)
    before = {name: parameter.clone() for name, parameter in made.model.named_parameters()}
    made.train()
    assert all(torch.equal(parameter, before[name]) for name, parameter in made.model.named_parameters())
    assert not any(name.startswith("scores/") for row in made.state.log_history for name in row)


def test_rare_emotions_are_asked_as_often(pictures):
    uneven = [s for s in pictures if s.gold.emotion == "anger"] + [s for s in pictures if s.gold.emotion == "fear"][:1]
    none = Sample(id="none")
    found = grpo.balanced([*uneven, none])
    assert Counter(sample.gold.emotion for sample in found) == {"anger": 2, "fear": 2, None: 1}
    assert {sample.id for sample in found} == {sample.id for sample in [*uneven, none]}
    assert grpo.balanced([none]) == [none]
    assert grpo.balanced([]) == []


def test_clips_are_learnt_from(trainer, drawn):
    made = trainer([*drawn["pictures"][:2], *drawn["clips"]], max_steps=1)
    made.train()
    assert len(rows(made)) == 1


def test_vllm_is_told_what_stands_for_media(trainer, monkeypatch):
    """Without a stand-in for vLLM TRL stops at once: what the trainer was to be made of is what is looked at."""
    made = {}

    def kept(*_, args, **__):
        made["given"] = args.generation_kwargs
        raise InterruptedError

    monkeypatch.setattr(grpo, "GroupTrainer", kept)
    with pytest.raises(InterruptedError):
        trainer(use_vllm=True, generation_kwargs={"logit_bias": {7: 1.0}, "seed": 3})
    assert made["given"] == {"logit_bias": {7: 1.0, 5: -100.0, 6: -100.0}, "seed": 3}
    with pytest.raises(InterruptedError):
        trainer(generation_kwargs={"suppress_tokens": [7]})
    assert made["given"] == {"suppress_tokens": [5, 6, 7]}


def test_clips_are_refused_where_vllm_would_not_see_them(drawn):
    grpo.readable(drawn["clips"], vllm=False)
    grpo.readable(drawn["pictures"], vllm=True)
    with pytest.raises(
        InputError, match=r"sample 'train_00000_clip' holds video .*train_00000_clip.mp4: with train.use_vllm TRL hands"
    ):
        grpo.readable([*drawn["pictures"], *drawn["clips"]], vllm=True)


def test_a_batch_that_holds_no_whole_group_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"train: .*num_generations"):
        training.arguments(GRPOConfig, tmp_path, {"per_device_train_batch_size": 3, "num_generations": 2}, "float32")


@pytest.mark.parametrize("content", ["words", [{"type": "text", "text": "wor"}, {"type": "text", "text": "ds"}]])
def test_the_words_of_a_completion(content):
    assert grpo.text_of([{"role": "assistant", "content": content}]) == "words"
    assert grpo.text_of("words") == "words"


def test_an_easy_reward_rises(trainer):
    made = trainer(
        terms=[{"use": "rigged.short"}], max_steps=15, per_device_train_batch_size=32, max_completion_length=12,
        num_generations=8, learning_rate=1e-2, lr_scheduler_type="constant",
    )  # fmt: skip
    made.train()
    found = [row["reward"] for row in rows(made)]
    assert sum(found[-3:]) / 3 > sum(found[:3]) / 3 + 0.15


def test_what_is_trained_is_the_models_own_log_probs(trainer, pictures):
    made = trainer(max_steps=1)
    rollouts = next(iter(made.get_train_dataloader()))
    made.model.train()
    out = made._generate_and_score_completions(rollouts)
    both = {
        "ids": torch.cat([out["prompt_ids"], out["completion_ids"]], 1),
        "mask": torch.cat([out["prompt_mask"], out["completion_mask"]], 1),
    }
    with torch.no_grad():
        trained = made._get_per_token_logps_and_entropies(
            made.model, both["ids"], both["mask"], out["completion_ids"].size(1), batch_size=8
        )[0]
        for row, rollout in enumerate(rollouts):
            sample = Sample.model_validate_json(rollout["sample"])
            batch = collate.prompt_batch(
                made.processing_class,
                [prompts.messages(sample, prompts.TINY)],
                [collate.load_media(sample, 2.0, 2)],
                "left",
            )
            assert torch.equal(batch["input_ids"][0], out["prompt_ids"][row][out["prompt_mask"][row].bool()])
            answer = out["completion_ids"][row][out["completion_mask"][row].bool()][None]
            kinds = torch.cat([batch["mm_token_type_ids"], torch.zeros_like(answer)], 1)
            ids = torch.cat([batch["input_ids"], answer], 1)
            logits = made.model(
                input_ids=ids, attention_mask=torch.ones_like(ids), mm_token_type_ids=kinds,
                pixel_values=batch["pixel_values"], image_grid_thw=batch["image_grid_thw"],
            ).logits  # fmt: skip
            size = answer.shape[1]
            ours = logits[0, -size - 1 : -1].log_softmax(-1).gather(1, answer.T)[:, 0]
            torch.testing.assert_close(ours, trained[row, :size], atol=1e-4, rtol=1e-4)


def test_killed_and_resumed_equals_never_killed(recipe, qwen, drawn, tmp_path):
    """To the last bit: rollouts are drawn again from the state of the generator that was saved with a checkpoint."""
    write(tmp_path / "s.jsonl", drawn["pictures"])
    words = [
        f"recipe={MICRO}", "stage=grpo", f"grpo.init={qwen}", f"grpo.data=[{tmp_path / 's.jsonl'}]", "evaluate=null",
        "grpo.rewards=[{use: rigged.short}]", "grpo.freeze=[vision, projector]",
        f"grpo.vision_cache={tmp_path / 'cache'}",
        "grpo.train={learning_rate: 1e-3, per_device_train_batch_size: 8, num_generations: 4, max_steps: 12,"
        " max_completion_length: 8, save_steps: 2, logging_steps: 1}",
    ]  # fmt: skip
    command = [sys.executable, "-m", "affectreason", "run", *words]
    env = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(Path(__file__).parent)}
    killed = subprocess.Popen([*command, f"out={tmp_path / 'killed'}"], env=env, stderr=subprocess.DEVNULL)
    marks = tmp_path / "killed" / "grpo" / "checkpoints"
    while not list(marks.glob("checkpoint-*/complete")):
        assert killed.poll() is None, "it ended before its first checkpoint"
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "killed" / "grpo" / "done.json").exists()
    given = pairs(words)
    found = schema.load(str(given.pop("recipe")), {k: v for k, v in given.items() if k != "stage"})
    for out in ("killed", "whole"):
        grpo.run(found, found.stage("grpo"), tmp_path / out)
    first, second = (load_file(tmp_path / out / "grpo" / "model" / "model.safetensors") for out in ("killed", "whole"))
    before = load_file(f"{qwen}/model.safetensors")
    assert any(not torch.equal(second[name], before[name]) for name in before)
    for name in first:
        torch.testing.assert_close(first[name], second[name], atol=0, rtol=0, msg=name)
    logs = [(tmp_path / out / "grpo" / "log.jsonl").read_text().splitlines() for out in ("killed", "whole")]
    steps = [
        [(row["step"], row["loss"], row["reward"]) for row in map(json.loads, log) if "loss" in row] for log in logs
    ]
    assert steps[0] == steps[1]
    assert [step for step, *_ in steps[0]] == list(range(1, 13))
    assert len({reward for *_, reward in steps[0]}) > 1


def test_the_cache_is_read_by_the_evaluation_too(recipe, qwen, drawn, tmp_path, capsys):
    import rigged

    write(tmp_path / "s.jsonl", drawn["pictures"][:8])
    write(tmp_path / "e.jsonl", drawn["pictures"][8:12])
    train = {"per_device_train_batch_size": 8, "num_generations": 4, "max_completion_length": 4, "max_steps": 1}
    train["learning_rate"] = 1e-2
    asked = {"data": [str(tmp_path / "e.jsonl")], "rewards": FACTS, "max_new_tokens": 4, "batch_size": 4}
    texts, learnt = [], set()
    for number, cache in enumerate((None, str(tmp_path / "cache"))):
        found = recipe(
            grpo__init=qwen, grpo__data=[str(tmp_path / "s.jsonl")], grpo__train=train, evaluate=asked,
            grpo__freeze=["vision", "projector"], grpo__vision_cache=cache,
            grpo__rewards=[{"use": "rigged.short"}, {"use": "rigged.own"}],
        )  # fmt: skip
        rigged.own.__defaults__[0].clear()
        grpo.run(found, found.stage("grpo"), tmp_path / str(number))
        learnt |= {name for name, *_ in rigged.own.__defaults__[0]}
        evaluate.run(found, found.stage("grpo"), tmp_path / str(number))
        texts.append((tmp_path / str(number) / "grpo" / "evaluation" / "predictions.jsonl").read_text())
    assert texts[0] == texts[1]
    assert len(list((tmp_path / "cache").glob("*/*.safetensors"))) == 4 + len(learnt)
    grown = recipe(grpo__init=qwen, grpo__vision_cache=str(tmp_path / "cache"), grpo__train=train)
    part = grown.stage("grpo")
    args = training.arguments(GRPOConfig, tmp_path, part.train, "float32")
    model, processor = load.for_stage(grown, part, qwen)
    assert grpo.make_trainer(grown, part, model, processor, drawn["pictures"], args).cache is None
    assert "vision_cache: off, the tower or the projector learns" in capsys.readouterr().err


def test_what_a_recipe_forbids_to_write_is_added_to_what_is_never_written(trainer):
    made = trainer(generation_kwargs={"suppress_tokens": [7]})
    assert set(made.generation_config.suppress_tokens) == {7, *placeholders(made.model)}
