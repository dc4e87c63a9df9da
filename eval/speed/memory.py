"""How far the estimate of memory is from what is measured: python eval/speed/memory.py [models=[tiny,medium]] [...]

    cases=[sft,sft_lora,grpo_shared,grpo_repeated] batch=4 group=4 answer=64 threads=1 checkpointing=false words=40000

Each case is a process of its own on a CPU: the stage's own trainer takes two steps in float32 on pictures that are
drawn. The peak of its resident memory above what it had before the model was loaded is held against what `affectreason
check recipe=` counts of shapes alone. The tiny model takes the same steps first: what libraries load
for a rollout, some 10 MiB, is none of the model's. glibc keeps what it was given back unless it is told to hand large
pieces back at once, so `MALLOC_MMAP_THRESHOLD_` is set. The last line is one JSON object.
"""

import ctypes
import gc
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from grpo_step import kilobytes
from random_qwen import made

from affectreason.recipe.words import options

KEYS: dict[str, Any] = {
    "models": ["tiny", "medium"], "cases": ["sft", "sft_lora", "grpo_shared", "grpo_repeated"], "batch": 4, "group": 4,
    "answer": 64, "threads": 1, "checkpointing": False, "words": 40_000, "one": None, "model": None,
}  # fmt: skip
SIZES = {"tiny": (128, 4), "medium": (768, 10)}
"""Width and layers; with 40,000 words the first has some 7 million parameters, the second some 140 million."""


def main(words: list[str]) -> None:
    """Estimate and measure each case, or one in this process."""
    given = options(words, KEYS)
    if given["one"] is not None:
        print(json.dumps(measured(given)))
        return
    found = []
    for name in given["models"]:
        with tempfile.TemporaryDirectory() as folder:
            model, processor = made(*SIZES[name], {"shortest_edge": 32 * 32, "longest_edge": 256 * 256})
            model.resize_token_embeddings(given["words"])
            model.save_pretrained(folder)
            processor.save_pretrained(folder)
            for case in given["cases"]:
                found.append({"model": name, "case": case} | alone(given, case, folder))
                print(table(found[-1]), file=sys.stderr)
    print(json.dumps({"cases": found}))


def alone(given: dict[str, Any], case: str, model: str) -> dict[str, Any]:
    """One case in a process of its own."""
    keys = ("batch", "group", "answer", "threads", "checkpointing", "words")
    words = [*(f"{key}={json.dumps(given[key])}" for key in keys), f"one={case}", f"model={model}"]
    env = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "OMP_NUM_THREADS": str(given["threads"])}
    done = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True, env=env)
    return json.loads(done.stdout.splitlines()[-1])


def recipe_of(given: dict[str, Any], folder: Path, model: str) -> tuple[Any, str]:
    """The tiny recipe with a model, the case's data and stage, and the name of that stage."""
    from affectreason.affect.samples import write
    from affectreason.media.draw_faces import draw_faces
    from affectreason.recipe import schema

    name = "grpo" if given["one"].startswith("grpo") else "sft"
    if not (folder / "samples.jsonl").is_file():
        write(folder / "samples.jsonl", draw_faces(folder, {"train": 14}, size=96, seed=0))
    data = f"{folder}/samples.jsonl:train"
    train = {"per_device_train_batch_size": given["batch"], "max_steps": 2, "save_strategy": "no"}
    train["gradient_checkpointing"] = given["checkpointing"]
    changes: dict[str, Any] = {"model": model, "dtype": "float32", f"{name}.init": model}
    changes |= {f"{name}.data": [data], f"{name}.train": train}
    if name == "grpo":
        length = {"max_completion_length": given["answer"], "num_generations": given["group"]}
        train |= length | {"generation_kwargs": {"min_new_tokens": given["answer"], **of_words(model, given["words"])}}
        changes |= {"grpo.balance": None, "grpo.share_prompt": given["one"] == "grpo_shared"}
    else:
        changes["sft.share_media"] = False  # the rows here have one picture, which a batch would compute once
    if given["one"] == "sft_lora":
        changes["sft.lora"] = {"r": 16}
    return schema.load("tiny", changes), name


def of_words(model: str, words: int) -> dict[str, list[int]]:
    """That no token is written which the tokenizer has no word for, as an argument of generation."""
    from transformers import AutoProcessor

    if model.startswith("tiny:"):
        return {}
    return {"suppress_tokens": list(range(len(AutoProcessor.from_pretrained(model).tokenizer), words))}


def measured(given: dict[str, Any]) -> dict[str, Any]:
    """The estimate of one case and the peak of two real steps of it, in bytes."""
    import torch

    from affectreason.model import fitting, memory, on_meta, sharding, worst_row

    torch.set_num_threads(given["threads"])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        recipe, name = recipe_of(given, folder, given["model"])
        stage = recipe.stage(name)
        processor, _ = fitting.processor_of(given["model"], recipe)
        own = memory.setting(recipe, stage, "cpu")
        with worst_row.worst(recipe, stage, folder / "run", processor) as row:
            config = on_meta.config_of(given["model"])
            parts, model = memory.count(recipe, stage, config, processor, row, own)
            sample = row.sample.to_json()
        said = memory.need(parts, model, own, sharding.Sharding("", 1, 1), 0)
        taken(given, "tiny:qwen3_vl", sample, folder)  # what libraries load and keep for themselves is there before
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what the first model left in the heap would else hold the second
        before = kilobytes("VmRSS") * 1024
        taken(given, given["model"], sample, folder)
        peak = kilobytes("VmHWM") * 1024 - before
    return {
        "estimate": said.most,
        "measured": peak,
        "ratio": said.most / peak,
        "parts": said.parts,
        "when": said.moments,
    }


def taken(given: dict[str, Any], model: str, sample: str, folder: Path) -> None:
    """Two steps of the case's stage with a model, on one sample again and again."""
    from trl import GRPOConfig, SFTConfig

    from affectreason.affect.sample import Sample
    from affectreason.model import load, training
    from affectreason.recipe import sources
    from affectreason.stages import grpo, sft

    recipe, name = recipe_of(given, folder, model)
    stage = recipe.stage(name)
    samples = [Sample.model_validate_json(sample)] * 2 * given["batch"]
    samples = [one.model_copy(update={"id": str(number)}) for number, one in enumerate(samples)]
    config, of = (GRPOConfig, grpo) if name == "grpo" else (SFTConfig, sft)
    given_to = {"max_length": None, **stage.train} if name == "sft" else stage.train
    args = training.arguments(config, folder / Path(model).name, given_to, recipe.dtype)
    real, processor = load.for_stage(recipe, stage, sources.model_source(recipe, stage, folder))
    trainer = of.make_trainer(recipe, stage, real, processor, samples, args)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    trainer.train()


def table(one: dict[str, Any]) -> str:
    """One case in a line."""
    sizes = f"estimate {one['estimate'] / 2**20:.0f} MiB, measured {one['measured'] / 2**20:.0f} MiB"
    return f"{one['model']} {one['case']}: {sizes}, {one['ratio']:.2f}"


if __name__ == "__main__":
    main(sys.argv[1:])
