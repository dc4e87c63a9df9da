"""GRPO (arXiv 2402.03300) by TRL, on rewards that know emotion and action units.

A reward that cannot score a sample (None) is left out and the weights of the others are scaled up to the same total.
Every reward's own mean goes to the log, beside TRL's share of groups whose answers all score alike.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import GRPOConfig

from affectreason.affect.reading import Form, read
from affectreason.affect.response import Response
from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import (
    adapters,
    collate,
    completions,
    drift,
    hearing,
    judges,
    load,
    quantized,
    rollout,
    training,
    vision_cache,
    vllm_weights,
    watched,
)
from affectreason.model.completions import text_of
from affectreason.model.generate import placeholders
from affectreason.model.group_trainer import GroupTrainer
from affectreason.recipe import answers, prompts, sources, targets
from affectreason.recipe.parts import GRPO, Reward
from affectreason.recipe.schema import Recipe
from affectreason.scoring import one_reward, rewards


def run(recipe: Recipe, stage: GRPO, out: Path) -> None:
    """Train on the stage's prompts from where it stopped, and leave `model/`."""
    watched.require(stage)
    args = training.arguments(GRPOConfig, out / stage.name, stage.train, recipe.dtype)
    samples = answers.to_learn_from(recipe, stage, out)
    vllm_weights.require(stage)
    readable(samples, args.use_vllm)
    asked = balanced(samples) if stage.balance else samples
    with training.folder(recipe, stage, out) as folder:
        model, processor = load.for_stage(recipe, stage, sources.model_source(recipe, stage, out))
        judged = stage.model_copy(update={"rewards": judges.opened(stage.rewards, folder)})
        trainer = make_trainer(recipe, judged, model, processor, asked, args)
        trainer.add_callback(drift.Watch(stage.name))
        begin = time.monotonic()
        trainer.add_callback(completions.Keep(trainer, folder))
        prompt, known = targets.prompt_of(recipe, stage), {sample.id: sample for sample in samples}
        about = watched.About(stage, folder, known, lambda one: prompts.messages(one, prompt), processor, recipe.media)
        skipped = training.train(trainer, about, recipe.resume, cycle(args))
        training.save(trainer, processor, folder)
        counts = {"samples": len(samples), "prompts": len(asked), "steps": trainer.state.global_step}
        counts |= watched.counted(skipped)
        alarms = drift.alarms(trainer.state.log_history)
        training.finish(trainer, folder, stage, time.monotonic() - begin, counts, alarms)


def cycle(args: GRPOConfig) -> int:
    """The steps that learn from one rollout; a checkpoint between them would forget its answers."""
    each = args.gradient_accumulation_steps
    return math.lcm((args.steps_per_generation or each) * args.num_iterations, each) // each


def make_trainer(
    recipe: Recipe, stage: GRPO, model: Any, processor: Any, samples: list[Sample], args: Any
) -> GroupTrainer:
    """The trainer over prompts whose media are opened when they are asked."""
    prompt = targets.prompt_of(recipe, stage)

    def ask(batch: dict[str, list[str]]) -> dict[str, list[Any]]:
        found = [Sample.model_validate_json(text) for text in batch["sample"]]
        return {
            "prompt": [prompts.messages(sample, prompt) for sample in found],
            "sample": batch["sample"],
        }

    seen = recipe.media
    hearing.require(processor, samples)
    args.generation_kwargs = rollout.never(placeholders(model), args.generation_kwargs, args.use_vllm)
    before = {name: one.data for name, one in model.named_parameters() if one.requires_grad}
    trainer = GroupTrainer(
        load_media=partial(collate.load_media, fps=seen.fps, max_frames=seen.max_frames, max_seconds=seen.max_seconds),
        row_tokens=stage.row_tokens,
        share=stage.share_prompt,
        model=model,
        reward_funcs=reward_functions(list(stage.rewards), prompt.answers),
        args=args,
        train_dataset=Dataset.from_list(training.rows(samples)).with_transform(ask),
        processing_class=processor,
        peft_config=adapters.lora_config(stage.lora)
        if stage.lora is not None and not hasattr(model, "peft_config")
        else None,
    )
    quantized.learn_whole(trainer.model, before)
    load.freeze(trainer.model, list(stage.freeze))  # again: LoRA may have put layers into a frozen part
    trainer.cache = vision_cache.opened(trainer.model, stage.vision_cache)
    return trainer


def reward_functions(wanted: list[Reward], form: Form | None = None) -> list[Any]:
    """TRL's batched signature around plain rewards, one function a reward, already weighted; `form` as in `read`."""
    total = sum(reward.weight for reward in wanted)
    found = [rewards.find(reward.use) for reward in wanted]

    @lru_cache(maxsize=4096)
    def scored(text: str, sample_json: str) -> tuple[Response, Sample, tuple[float | None, ...]]:
        sample = Sample.model_validate_json(sample_json)
        response = read(text, sample, form=form)
        scores = tuple(
            one_reward.score(reward.use, function, response, sample, reward.args)
            for function, reward in zip(found, wanted, strict=True)
        )
        return response, sample, scores

    def column(index: int) -> Callable[..., list[float | None]]:
        def reward(
            completions: list[Any], sample: list[str], log_metric: Any, log_extra: Any = None, **_: Any
        ) -> list[float | None]:
            rows = [scored(text_of(one), about) for one, about in zip(completions, sample, strict=True)]
            if index == 0 and log_extra is not None:
                log_extra("id", [about.id for _, about, _ in rows])
            said = [value for _, _, row in rows if (value := row[index]) is not None]
            if said:
                log_metric(f"scores/{wanted[index].use}", sum(said) / len(said))
            for name, value in drift.facts([row[:2] for row in rows]).items() if index == 0 else ():
                log_metric(name, value)
            return [renormalised(row, wanted, index, total) for _, _, row in rows]

        reward.__name__ = wanted[index].use
        return reward

    return [column(index) for index in range(len(wanted))]


def renormalised(row: tuple[float | None, ...], wanted: list[Reward], index: int, total: float) -> float | None:
    """One weighted reward of a row, scaled so that the present ones weigh as much as all; None if it is absent."""
    value = row[index]
    if value is None:
        return None
    present = sum(reward.weight for reward, one in zip(wanted, row, strict=True) if one is not None)
    return value * wanted[index].weight * total / present


def balanced(samples: list[Sample]) -> list[Sample]:
    """The samples, those of rare emotions repeated in turn until every emotion occurs as often as the commonest.

    Samples without an emotion are kept once. With few classes most groups of a common one soon score all alike and
    teach nothing; the rare ones still do.
    """
    by_class: dict[str | None, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_class[sample.gold.emotion].append(sample)
    most = max((len(found) for emotion, found in by_class.items() if emotion is not None), default=0)
    return [
        found[index % len(found)]
        for emotion, found in by_class.items()
        for index in range(most if emotion is not None else len(found))
    ]


def readable(samples: list[Sample], vllm: bool) -> None:
    """Refuse clips and sounds where vLLM writes the answers: TRL hands on pictures only, and it would do without."""
    for sample in samples if vllm else ():
        for item in sample.media:
            if item.kind != "image":
                raise InputError(
                    f"sample {sample.id!r} holds {item.kind} {item.path}: with train.use_vllm TRL hands on pictures "
                    "only; leave use_vllm out, or name picture data in its stage's data"
                )
