"""Prompts computed once a group against TRL's own trainer, and against the same trainer with prompts repeated."""

from functools import partial

import pytest
import torch
from datasets import Dataset
from tests.conftest import KINDS
from trl import GRPOConfig, GRPOTrainer

from affectreason.affect.sample import Affect, Sample
from affectreason.model import collate, load, rollout, training, vision_cache
from affectreason.model.generate import placeholders
from affectreason.model.group_trainer import GroupTrainer, by_group, until
from affectreason.recipe import prompts

MEDIA = partial(collate.load_media, fps=2.0, max_frames=4)
TEXT = Sample(id="words", question="How does a smile look?", gold=Affect(emotion="happiness"), labels="ekman7")


def rewarded(completion_ids, **_):
    """A reward that differs within a group, and is None for some."""
    return [None if sum(ids) % 7 == 0 else float(sum(ids) % 5) for ids in completion_ids]


def make(cls, source, samples, folder, reward=rewarded, **train):
    """A trainer of our class or of TRL's own over the same rows; keys that are not TRL's are told in `extra`."""
    train = {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 2, "num_generations": 4,
             "max_completion_length": 6, "max_steps": 3, "learning_rate": 1e-2, "temperature": 1.0, "seed": 5,
             "logging_steps": 1, "save_strategy": "no", "loss_type": "dapo", "optim": "sgd", **train}  # fmt: skip
    known = ("row_tokens", "share", "freeze", "attn", "peft_config", "eval", "vision_cache", "slow", "prepare")
    extra = {key: train.pop(key) for key in known if key in train}
    args = training.arguments(GRPOConfig, folder, train, "float32")
    model, processor = load.load(source, dtype="float32", attn_implementation=extra.pop("attn", "sdpa"))
    load.freeze(extra.pop("prepare", lambda one: one)(model), extra.pop("freeze", []))
    args.generation_kwargs = rollout.never(placeholders(model), None, args.use_vllm)
    prompt = prompts.find("plain")

    def ask(batch):
        found = [Sample.model_validate_json(text) for text in batch["sample"]]
        rows = {"prompt": [prompts.messages(one, prompt) for one in found], "sample": batch["sample"]}
        return rows if cls is GroupTrainer else {**rows, "images": [MEDIA(one).images for one in found]}

    def rows(those):
        return Dataset.from_list(training.rows(those)).with_transform(ask)

    given = {
        "train_dataset": rows(samples),
        "processing_class": processor,
        "peft_config": extra.pop("peft_config", None),
    }
    if "eval" in extra:
        given["eval_dataset"] = rows(extra.pop("eval"))
    if extra.pop("slow", False):  # a learning rate of zero for all but the language model
        parts = {True: [], False: []}
        for name, one in model.named_parameters():
            parts[load.part_of(name) == "language"].append(one)
        rates = [{"params": parts[True], "lr": args.learning_rate}, {"params": parts[False], "lr": 0.0}]
        given["optimizers"] = (torch.optim.SGD(rates), None)
    folder = extra.pop("vision_cache", None)
    own = {"load_media": MEDIA, **extra} if cls is GroupTrainer else {}
    made = cls(model=model, reward_funcs=reward, args=args, **given, **own)
    if folder is not None:
        made.cache = vision_cache.opened(made.model, folder)
    return made


def trained(trainer):
    """Losses, entropies and rewards of the steps, and the parameters they end with."""
    trainer.train()
    rows = [row for row in trainer.state.log_history if "entropy" in row]
    names = ("loss", "entropy", "reward", "completions/mean_length", "num_tokens", "kl")
    logged = [[row[name] for name in names if name in row] for row in rows]
    return logged, {name: one.detach().clone() for name, one in trainer.model.named_parameters()}


def same(ours, theirs, loss=1e-5, weights=1e-5):
    assert len(ours[0]) == len(theirs[0]) == 3
    for here, there in zip(ours[0], theirs[0], strict=True):
        assert here == pytest.approx(there, abs=loss)
    for name, there in theirs[1].items():
        torch.testing.assert_close(ours[1][name], there, rtol=0, atol=weights, msg=lambda text, n=name: f"{n}: {text}")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind != "affectgpt"]
)  # TRL cannot tell whose media are whose
def test_three_steps_are_those_of_trl(kind, models, pictures, tmp_path):
    theirs = trained(make(GRPOTrainer, models[kind], pictures[:4], tmp_path / "a"))
    assert any(row[0] for row in theirs[0])  # there was something to learn
    same(trained(make(GroupTrainer, models[kind], pictures[:4], tmp_path / "b")), theirs)


@pytest.mark.parametrize(
    "how",
    [
        {"beta": 0.1},
        {"num_iterations": 2, "loss_type": "grpo"},
        {"loss_type": "bnpo", "scale_rewards": "none"},
        {"loss_type": "dr_grpo", "top_entropy_quantile": 0.5},
        {"loss_type": "cispo", "epsilon_high": 5.0},
        {"importance_sampling_level": "sequence"},
        {"mask_truncated_completions": True},
        {"loss_type": "sapo", "temperature": 0.7},
        {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4},
        {"freeze": ["vision", "projector"]},
        {"attn": "eager"},
    ],
    ids=str,
)
def test_every_way_to_train_is_trls(how, qwen, pictures, tmp_path):
    per_batch = how.get("loss_type") in ("grpo", "bnpo", "sapo", "dr_grpo") or "importance_sampling_level" in how
    how = {**how, "per_device_train_batch_size": 8, "gradient_accumulation_steps": 1} if per_batch else how
    same(
        trained(make(GroupTrainer, qwen, pictures[:4], tmp_path / "b", **how)),
        trained(make(GRPOTrainer, qwen, pictures[:4], tmp_path / "a", **how)),
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "llava"])
@pytest.mark.parametrize(
    "freeze", [[], pytest.param(["vision", "projector"], marks=pytest.mark.slow)], ids=["tower learns", "tower frozen"]
)
def test_clips_pictures_and_words_shared_are_as_repeated(kind, freeze, models, drawn, tmp_path):
    samples = [drawn["clips"][0], drawn["pictures"][3], TEXT, drawn["clips" if kind == "qwen3_vl" else "pictures"][1]]
    how = {"freeze": freeze, "per_device_train_batch_size": 8}
    shared = trained(make(GroupTrainer, models[kind], samples, tmp_path / "a", **how))
    same(shared, trained(make(GroupTrainer, models[kind], samples, tmp_path / "b", share=False, **how)))
    same(shared, trained(make(GroupTrainer, models[kind], samples, tmp_path / "c", row_tokens=100, **how)))


def test_the_clip_is_looked_at(qwen, drawn, tmp_path):
    """Log-probabilities with another clip are others: TRL leaves clips out of them without a word."""
    found = []
    for clip in drawn["clips"]:
        trainer = make(GroupTrainer, qwen, [clip], tmp_path)
        row = trainer.train_dataset[0]
        batch = trainer._generate_and_score_completions([row] * 4)
        batch["completion_ids"][:] = 300
        ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], 1)
        found.append(trainer._get_per_token_logps_and_entropies(trainer.model, ids, torch.ones_like(ids), 1)[0])
    assert (found[0] - found[1]).abs().max() > 1e-4


def test_groups_keep_together():
    group = torch.tensor([0, 0, 1, 1, 2, 2])
    order = by_group(torch.tensor([5, 0, 2, 4, 1, 3]), group)
    assert order.tolist() == [4, 5, 0, 1, 2, 3]


def test_an_answer_ends_with_its_first_end():
    ends = torch.tensor([7, 9])
    assert until(torch.tensor([1, 9, 7, 3]), ends) == [1, 9]
    assert until(torch.tensor([1, 2]), ends) == [1, 2]
    assert until(torch.tensor([7]), ends) == [7]
