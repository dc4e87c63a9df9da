"""Supervised fine-tuning: loss on the answers only, the mean over tokens also under accumulation."""

import time
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import collate, load, training
from affectreason.recipe import answers, prompts, runs
from affectreason.recipe.schema import SFT, Recipe


def run(recipe: Recipe, stage: SFT, out: Path) -> None:
    """Train on the stage's samples from where it stopped, and leave `model/`."""
    args = training.arguments(SFTConfig, out / stage.name, {"max_length": None, **stage.train}, recipe.dtype)
    samples = answers.to_learn_from(recipe, stage.data, stage.limit, out)
    empty = [sample.id for sample in samples if prompts.target(sample) is None]
    if empty:
        raise InputError(
            f"stage {stage.name}: {len(empty)} of {len(samples)} samples, first {empty[0]!r}, have no response, "
            "answer or gold emotion, so there is nothing to learn to say; remove them"
        )
    with training.folder(recipe, stage, out) as folder:
        model, processor = load.for_stage(recipe, stage, runs.model_source(recipe, stage, out))
        trainer = make_trainer(recipe, stage, model, processor, samples, args)
        begin = time.monotonic()
        training.train(trainer, folder, stage.name)
        training.save(trainer, processor, folder)
        counts = {"samples": len(samples), "steps": trainer.state.global_step}
        training.finish(trainer, folder, stage, time.monotonic() - begin, counts)


def make_trainer(
    recipe: Recipe, stage: SFT, model: Any, processor: Any, samples: list[Sample], args: Any
) -> SFTTrainer:
    """TRL's trainer with our collator.

    Qwen-VL classes carry `accepts_loss_kwargs=False`, which makes the loss under accumulation a mean of micro-batch
    means; `model_accepts_loss_kwargs` puts the token mean back (TRL divides by the tokens of the whole step).
    """
    prompt = prompts.find(stage.prompt or recipe.prompt)
    args.dataset_kwargs = {"skip_prepare_dataset": True}
    trainer = SFTTrainer(
        model=model,
        args=args,
        train_dataset=Dataset.from_list(training.rows(samples)),
        data_collator=collate.Collator(
            processor, prompt, recipe.media.fps, recipe.media.max_frames, args.max_length, stage.hinted
        ),
        processing_class=processor,
        peft_config=load.lora_config(stage.lora)
        if stage.lora is not None and not hasattr(model, "peft_config")
        else None,
    )
    trainer.model_accepts_loss_kwargs = True
    load.freeze(trainer.model, list(stage.freeze))  # again: LoRA may have put layers into a frozen part
    return trainer
