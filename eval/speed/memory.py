"""How far the estimate of memory is from what is measured: python eval/speed/memory.py [models=[tiny,medium]] [...]

    cases=[sft,sft_lora,grpo_shared,grpo_repeated] batch=4 group=4 answer=64 threads=1 checkpointing=false

Each case is a process of its own on a CPU: the stage's own trainer takes two steps in float32 on pictures that are
drawn. The peak of its resident memory above what it had before the model was loaded is held against what `affectreason
check recipe=` counts of shapes alone. glibc keeps what it was given back unless it is told to hand large pieces back at
once, so `MALLOC_MMAP_THRESHOLD_` is set. The last line is one JSON object.
"""

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
    "answer": 64, "threads": 1, "checkpointing": False, "one": None, "model": None,
}  # fmt: skip
SIZES = {"tiny": (128, 4), "medium": (768, 10)}
"""Width and layers; the first has some 5 million parameters, the second some 140 million."""
VOCABULARY = 40_000  # more than a tile of TRL's head has, for of a tile that is not filled the rest is never resident


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
            model.resize_token_embeddings(VOCABULARY)
            model.save_pretrained(folder)
            processor.save_pretrained(folder)
            for case in given["cases"]:
                found.append({"model": name, "case": case} | alone(given, case, folder))
                print(table(found[-1]), file=sys.stderr)
    print(json.dumps({"cases": found}))


def alone(given: dict[str, Any], case: str, model: str) -> dict[str, Any]:
    """One case in a process of its own."""
    keys = ("batch", "group", "answer", "threads", "checkpointing")
    words = [*(f"{key}={json.dumps(given[key])}" for key in keys), f"one={case}", f"model={model}"]
    env = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "OMP_NUM_THREADS": str(given["threads"])}
    done = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True, env=env)
    return json.loads(done.stdout.splitlines()[-1])


def recipe_of(given: dict[str, Any], folder: Path) -> tuple[Any, str]:
    """The tiny recipe with the case's model, data and stage, and the name of that stage."""
    from transformers import AutoProcessor

    from affectreason.affect.samples import write
    from affectreason.media.draw_faces import draw_faces
    from affectreason.recipe import schema

    name = "grpo" if given["one"].startswith("grpo") else "sft"
    write(folder / "samples.jsonl", draw_faces(folder, {"train": 14}, size=96, seed=0))
    data = f"{folder}/samples.jsonl:train"
    train = {"per_device_train_batch_size": given["batch"], "max_steps": 2, "save_strategy": "no"}
    train["gradient_checkpointing"] = given["checkpointing"]
    changes: dict[str, Any] = {"model": given["model"], "dtype": "float32", f"{name}.init": given["model"]}
    changes |= {f"{name}.data": [data], f"{name}.train": train}
    if name == "grpo":
        length = {"max_completion_length": given["answer"], "num_generations": given["group"]}
        unknown = list(range(len(AutoProcessor.from_pretrained(given["model"]).tokenizer), VOCABULARY))
        train |= length | {"generation_kwargs": {"min_new_tokens": given["answer"], "suppress_tokens": unknown}}
        changes |= {"grpo.balance": None, "grpo.share_prompt": given["one"] == "grpo_shared"}
    if given["one"] == "sft_lora":
        changes["sft.lora"] = {"r": 16}
    return schema.load("tiny", changes), name


def measured(given: dict[str, Any]) -> dict[str, Any]:
    """The estimate of one case and the peak of two real steps of it, in bytes."""
    import torch
    from trl import GRPOConfig, SFTConfig

    from affectreason.affect.sample import Sample
    from affectreason.model import fitting, load, memory, on_meta, sharding, training, worst_row
    from affectreason.recipe import runs
    from affectreason.stages import grpo, sft

    torch.set_num_threads(given["threads"])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        recipe, name = recipe_of(given, folder)
        stage = recipe.stage(name)
        processor, _ = fitting.processor_of(given["model"], recipe)
        own = memory.setting(recipe, stage, "cpu")
        with worst_row.worst(recipe, stage, folder / "run", processor) as row:
            parts, model = memory.count(recipe, stage, on_meta.config_of(given["model"]), processor, row, own)
        said = memory.need(parts, model, own, sharding.Sharding("", 1, 1), 0)
        samples = [Sample.model_validate_json(row.sample.to_json())] * 2 * given["batch"]
        samples = [one.model_copy(update={"id": str(number)}) for number, one in enumerate(samples)]
        warm(load.load("tiny:qwen3_vl", dtype="float32"))
        before = kilobytes("VmRSS") * 1024
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        config, of = (GRPOConfig, grpo) if name == "grpo" else (SFTConfig, sft)
        given_to = {"max_length": None, **stage.train} if name == "sft" else stage.train
        args = training.arguments(config, folder / "stage", given_to, recipe.dtype)
        real, processor = load.for_stage(recipe, stage, runs.model_source(recipe, stage, folder))
        trainer = of.make_trainer(recipe, stage, real, processor, samples, args)
        Path("/proc/self/clear_refs").write_text("5")
        trainer.train()
        peak = kilobytes("VmHWM") * 1024 - before
    return {
        "estimate": said.most,
        "measured": peak,
        "ratio": said.most / peak,
        "parts": said.parts,
        "when": said.moments,
    }


def warm(loaded: tuple[Any, Any]) -> None:
    """Take a step with the tiny model, so that what libraries keep for themselves is there before."""
    import torch

    loaded[0](input_ids=torch.zeros(1, 8, dtype=torch.long)).logits.sum().backward()


def table(one: dict[str, Any]) -> str:
    """One case in a line."""
    sizes = f"estimate {one['estimate'] / 2**20:.0f} MiB, measured {one['measured'] / 2**20:.0f} MiB"
    return f"{one['model']} {one['case']}: {sizes}, {one['ratio']:.2f}"


if __name__ == "__main__":
    main(sys.argv[1:])
