"""Supervised fine-tuning: loss on the answers only, the mean over tokens also under accumulation and over processes."""

import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import (
    adapters,
    collate,
    filled,
    group_order,
    hearing,
    load,
    prefixes,
    quantized,
    sft_rows,
    stand_ins,
    training,
    vision_cache,
    watched,
)
from affectreason.recipe import answers, prompts, sources, targets
from affectreason.recipe.parts import SFT
from affectreason.recipe.schema import Recipe


def run(recipe: Recipe, stage: SFT, out: Path) -> None:
    """Train on the stage's samples from where it stopped, and leave `model/`."""
    watched.require(stage)
    args = training.arguments(SFTConfig, out / stage.name, {"max_length": None, **stage.train}, recipe.dtype)
    samples = answers.to_learn_from(recipe, stage, out)
    samples = learned(recipe, stage, samples)
    with training.folder(recipe, stage, out) as folder:
        model, processor = load.for_stage(recipe, stage, sources.model_source(recipe, stage, out))
        trainer = make_trainer(recipe, stage, model, processor, samples, args)
        begin = time.monotonic()
        prompt = targets.learned_by(recipe, stage)
        asked = {sample.id: sample for sample in samples}
        about = watched.About(stage, folder, asked, lambda one: prompts.messages(one, prompt), processor, recipe.media)
        skipped = training.train(trainer, about, recipe.resume)
        training.save(trainer, processor, folder)
        counts = {"samples": len(samples), "steps": trainer.state.global_step, **watched.counted(skipped)}
        training.finish(trainer, folder, stage, time.monotonic() - begin, counts)


def learned(recipe: Recipe, stage: SFT, samples: list[Sample]) -> list[Sample]:
    """The samples as the stage's prompts ask them; InputError where one has an answer to none of them."""
    empty = [sample.id for sample in samples if not targets.to_learn(recipe, stage, [sample])]
    if empty:
        names = ", ".join(targets.prompts_of(recipe, stage))
        raise InputError(
            f"stage {stage.name}: {len(empty)} of {len(samples)} samples, first {empty[0]!r}, have no response, "
            f"answer or gold emotion, so there is nothing to learn to say to {names}; remove them"
        )
    return targets.to_learn(recipe, stage, samples)


def make_trainer(
    recipe: Recipe, stage: SFT, model: Any, processor: Any, samples: list[Sample], args: Any
) -> SFTTrainer:
    """TRL's trainer with our collator.

    Qwen-VL classes carry `accepts_loss_kwargs=False`, which makes the loss under accumulation a mean of micro-batch
    means; `model_accepts_loss_kwargs` puts the token mean back (TRL divides by the tokens of the whole step).
    """
    prompt = targets.learned_by(recipe, stage)
    args.dataset_kwargs = {"skip_prepare_dataset": True}
    hearing.require(processor, samples)
    seen = recipe.media
    padded = collate.Collator(
        processor, prompt, seen.fps, seen.max_frames, args.max_length, stage.hinted, seen.max_seconds
    )
    more = filled.lacking(args, len(samples))
    before = {name: one.data for name, one in model.named_parameters() if one.requires_grad}
    trainer = SFTTrainer(
        model=model,
        args=args,
        train_dataset=Dataset.from_list(filled.rows(samples, more)),
        data_collator=padded,
        processing_class=processor,
        peft_config=adapters.lora_config(stage.lora)
        if stage.lora is not None and not hasattr(model, "peft_config")
        else None,
    )
    trainer.model_accepts_loss_kwargs = True
    quantized.learn_whole(trainer.model, before)
    load.freeze(trainer.model, list(stage.freeze))  # again: LoRA may have put layers into a frozen part
    shared = lay_out_rows(trainer, stage, padded, samples)
    together = shared and stage.share_media
    groups = [(sample.media if together else ()) or place for place, sample in enumerate(samples)]
    group_order.put(trainer, groups, more)
    vision_cache.listen(trainer.model, vision_cache.opened(trainer.model, stage.vision_cache))
    return trainer


def lay_out_rows(trainer: Any, stage: SFT, padded: collate.Collator, samples: list[Sample]) -> bool:
    """Give a trainer rows without waste, padded ones where it cannot take them; whether it can."""
    reason, whole = sft_rows.why_not(trainer), prefixes.whole(trainer.model)
    alone = trainer.accelerator.num_processes == 1 or not any(sample.media for sample in samples)
    if reason is not None:
        if trainer.accelerator.is_main_process:
            print(f"shared rows: off, {reason}; every sample is a padded row of its own", file=sys.stderr)
        if not alone:
            apart = stand_ins.apart(whole, samples)
            padded.unseen = stand_ins.shown(whole, padded.processor, every=True, apart=apart)
        return False
    trainer.data_collator = partial(
        sft_rows.batch,
        made=padded,
        place=partial(prefixes.positions, sft_rows.skeleton(whole)),
        hidden=whole.config.get_text_config().hidden_size,
        most=stage.row_tokens,
        share=stage.share_media,
        unseen=None if alone else sft_rows.unseen(whole, padded.processor, samples),
    )
    sft_rows.listen(whole)
    return True
