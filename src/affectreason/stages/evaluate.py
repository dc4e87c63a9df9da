"""Ask a stage's saved model about held-out samples: one greedy answer each, and one sampled as GRPO samples.

Where the recipe says `without`, it is asked again, greedily, with some of each sample taken away; where it says
`search`, answers are also searched for step by step (`model.tree_search`).
"""

import gc
import json
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers.integrations.deepspeed import unset_hf_deepspeed_config

from affectreason.affect.sample import Sample
from affectreason.model import generate, hearing, journal, load, no_memory, training, tree_search, vision_cache
from affectreason.recipe import answers, folders, modalities, prompts, runs, targets
from affectreason.recipe.parts import Search, Stage
from affectreason.recipe.schema import Recipe


def run(recipe: Recipe, stage: Stage, out: Path) -> None:
    """Write `evaluation/predictions.jsonl` of a model stage that is done; goes on where it was stopped.

    Every process takes its share of the batches. Evaluation follows the stage's own prompt.
    """
    if recipe.evaluate is None:
        return
    with training.folder(recipe, stage, out, done=True):
        _ask(recipe, stage, out)


def _ask(recipe: Recipe, stage: Stage, out: Path) -> None:
    asked = recipe.evaluate
    assert asked is not None
    folder = (out / stage.name / answers.FILE).parent
    if journal.is_main():
        answers.forget_others(recipe, folder)
    journal.wait()
    missing = [gone for gone in ([], *asked.without) if not (out / stage.name / runs.answer_file(gone)).is_file()]
    searching = None if asked.search is None else out / stage.name / runs.searched_file(asked.search)
    if not missing and (searching is None or searching.is_file()):
        return
    samples = answers.held_out(recipe, asked, out)
    modalities.require(samples, {name for gone in asked.without for name in gone}, "evaluate.without")
    model, processor = _opened(recipe, stage, out)
    hearing.require(processor, samples)
    cache = vision_cache.opened(model, _folder(stage), needed=False)
    prompt, seen = targets.prompt_of(recipe, stage), recipe.media
    mend = (
        f"lower evaluate.batch_size ({asked.batch_size}) or evaluate.max_new_tokens ({asked.max_new_tokens}): the "
        "model is kept, and the same command asks it anew"
    )

    def work(gone: list[str], batch: range) -> list[dict[str, str]]:
        given = [modalities.without(samples[i], gone) for i in batch]
        those = [generate.Asked(sample, prompts.messages(sample, prompt)) for sample in given]
        loaded = [generate.load_media(one.sample, seen.fps, seen.max_frames, seen.max_seconds) for one in those]
        ways = {"text": 0.0} if gone else {"text": 0.0, "sampled": asked.temperature}
        with no_memory.asking(stage, given, lambda one: prompts.messages(one, prompt), processor, seen, mend):
            how: dict[str, Any] = {"max_new_tokens": asked.max_new_tokens, "seed": batch.start, "cache": cache}
            texts = [
                generate.answer(model, processor, those, loaded=loaded, temperature=one, **how) for one in ways.values()
            ]
        rows = [dict(zip(ways, row, strict=True)) for row in zip(*texts, strict=True)]
        return [{"id": one.sample.id, **row} for one, row in zip(those, rows, strict=True)]

    for gone in missing:
        path = out / stage.name / runs.answer_file(gone)
        label = f"{stage.name}: asked" + (f" without {modalities.label(gone)}" if gone else "")
        parts = folder / "parts" / path.stem if gone else folder / "parts"
        rows = journal.by_batch(parts, label, len(samples), asked.batch_size, partial(work, gone))
        if journal.is_main():
            folders.write_text(path, "".join(json.dumps(row) + "\n" for row in rows))
    if asked.search is None or searching is None or searching.is_file():
        return
    look = partial(_search, recipe, asked.search, model, processor, cache, prompt, samples)
    parts = folder / "parts" / searching.stem
    rows = journal.by_batch(parts, f"{stage.name}: searched", len(samples), asked.batch_size, look)
    if journal.is_main():
        folders.write_text(searching, "".join(json.dumps(row) + "\n" for row in rows))


def _opened(recipe: Recipe, stage: Stage, out: Path) -> tuple[Any, Any]:
    """The model that a stage left, ready to answer, and its processor."""
    # After ZeRO-3 training in this process the model would be loaded in shards that nothing gathers again, and beside
    # what the trainer still holds.
    unset_hf_deepspeed_config()
    gc.collect()
    torch.cuda.empty_cache()
    model, processor = load.for_recipe(recipe, str(runs.output(out, stage)))
    return model.to(load.device()).eval().requires_grad_(False), processor


def _search(
    recipe: Recipe,
    search: Search,
    model: Any,
    processor: Any,
    cache: vision_cache.Cache | None,
    prompt: prompts.Prompt,
    samples: list[Sample],
    batch: range,
) -> list[dict[str, Any]]:
    """What a search finds for a batch of samples, and what it takes."""
    assert recipe.evaluate is not None
    seen = recipe.media
    those = [generate.Asked(samples[i], prompts.messages(samples[i], prompt)) for i in batch]
    loaded = [generate.load_media(one.sample, seen.fps, seen.max_frames, seen.max_seconds) for one in those]
    how: dict[str, Any] = {"max_new_tokens": recipe.evaluate.max_new_tokens, "seed": batch.start, "cache": cache}
    return tree_search.answers(model, processor, those, loaded, search, recipe.labels, **how)


def _folder(stage: Stage) -> str | None:
    """The vision cache of a stage whose tower is that of the model it went on from."""
    froze = {"vision", "projector"} <= set(getattr(stage, "freeze", ()))
    lora = getattr(stage, "lora", None)
    same = froze or (lora is not None and "target_modules" not in lora)
    return getattr(stage, "vision_cache", None) if same else None
