"""Ask a stage's saved model about held-out samples: one greedy answer each, and one sampled as GRPO samples."""

import gc
import json
from pathlib import Path

import torch
from transformers.integrations.deepspeed import unset_hf_deepspeed_config

from affectreason.model import generate, journal, load, training, vision_cache
from affectreason.recipe import answers, prompts, runs
from affectreason.recipe.parts import Stage
from affectreason.recipe.schema import Recipe


def run(recipe: Recipe, stage: Stage, out: Path) -> None:
    """Write `evaluation/predictions.jsonl` of a model stage that is done; goes on where it was stopped.

    Every process takes its share of the batches. Evaluation follows the stage's own prompt.
    """
    if recipe.evaluate is None:
        return
    with training.folder(recipe, stage, out):
        _ask(recipe, stage, out)


def _ask(recipe: Recipe, stage: Stage, out: Path) -> None:
    asked = recipe.evaluate
    assert asked is not None
    path = out / stage.name / answers.FILE
    if journal.is_main():
        answers.forget_others(recipe, path.parent)
    journal.wait()
    if path.is_file():
        return
    samples = answers.held_out(recipe, asked, out)
    # After ZeRO-3 training in this process the model would be loaded in shards that nothing gathers again, and beside
    # what the trainer still holds.
    unset_hf_deepspeed_config()
    gc.collect()
    torch.cuda.empty_cache()
    model, processor = load.for_recipe(recipe, str(runs.output(out, stage)))
    model.to(load.device()).eval()
    cache = vision_cache.opened(model.requires_grad_(False), _folder(stage), needed=False)
    prompt = prompts.find(getattr(stage, "prompt", None) or recipe.prompt)

    def work(batch: range) -> list[dict[str, str]]:
        those = [generate.Asked(samples[i], prompts.messages(samples[i], prompt)) for i in batch]
        loaded = [generate.load_media(one.sample, recipe.media.fps, recipe.media.max_frames) for one in those]
        texts = [
            generate.answer(
                model,
                processor,
                those,
                loaded=loaded,
                max_new_tokens=asked.max_new_tokens,
                temperature=temperature,
                seed=batch.start,
                cache=cache,
            )
            for temperature in (0.0, asked.temperature)
        ]
        return [
            {"id": one.sample.id, "text": greedy, "sampled": sampled}
            for one, greedy, sampled in zip(those, *texts, strict=True)
        ]

    rows = journal.by_batch(path.parent / "parts", f"{stage.name}: asked", len(samples), asked.batch_size, work)
    if journal.is_main():
        runs.write_text(path, "".join(json.dumps(row) + "\n" for row in rows))


def _folder(stage: Stage) -> str | None:
    """The vision cache of a stage whose tower is that of the model it went on from."""
    froze = {"vision", "projector"} <= set(getattr(stage, "freeze", ()))
    lora = getattr(stage, "lora", None)
    same = froze or (lora is not None and "target_modules" not in lora)
    return getattr(stage, "vision_cache", None) if same else None
