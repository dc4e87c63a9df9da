"""How far the estimate of memory is from what is measured: python eval/speed/memory.py [models=[tiny,medium]] [...]

    cases=[sft,sft_lora,grpo_shared,grpo_repeated] dtype=float32 steps=2 batch=4 group=4 answer=64 threads=1
    checkpointing=false words=40000

Each case is a process of its own: the stage's own trainer takes `steps` steps on pictures that are drawn, and the peak
of its memory above what there was before the model was loaded is held against what `affectreason check recipe=` counts
of shapes alone. On a CPU that is the resident memory of the process, on a GPU what torch's allocator gave out.
`models=[2b]` has the shapes of Qwen3-VL-2B, with `cases=[sft_lora,sft_qlora]` (QLoRA: `sft_qlora`, which needs
bitsandbytes). The tiny model takes the same steps first: what libraries load for a rollout, some 10 MiB, is none of the
model's. glibc keeps what it was given back unless it is told to hand large pieces back at once, so
`MALLOC_MMAP_THRESHOLD_` is set. The last line is one JSON object.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import gauges
from random_qwen import made

from affectreason.recipe.words import options

KEYS: dict[str, Any] = {
    "models": ["tiny", "medium"], "cases": ["sft", "sft_lora", "grpo_shared", "grpo_repeated"],
    "dtype": "float32", "steps": 2, "batch": 4, "group": 4, "answer": 64, "threads": 1, "checkpointing": False,
    "words": None, "one": None, "model": None,
}  # fmt: skip
SIZES: dict[str, dict[str, Any]] = {
    "tiny": {"width": 128, "layers": 4},
    "medium": {"width": 768, "layers": 10},
    "2b": {
        "width": 2048, "layers": 28, "depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "num_heads": 16,
        "deepstack_visual_indexes": [5, 11, 17],
    },
}  # fmt: skip
"""Width and layers, and those of the tower; with their vocabularies they have some 7, 140 and 2,030 million weights."""
WORDS = {"tiny": 40_000, "medium": 40_000, "2b": 151_936}


def main(words: list[str]) -> None:
    """Estimate and measure each case, or one in this process."""
    import torch

    given = options(words, KEYS)
    if given["one"] is not None:
        print(json.dumps(measured(given)))
        return
    found = []
    for name in given["models"]:
        with tempfile.TemporaryDirectory() as folder:
            words = given["words"] or WORDS[name]
            model, processor = made(size={"shortest_edge": 32 * 32, "longest_edge": 256 * 256}, **SIZES[name])
            model.resize_token_embeddings(words)
            count = model.num_parameters()
            model.to(getattr(torch, given["dtype"])).save_pretrained(folder)
            processor.save_pretrained(folder)
            del model
            for case in given["cases"]:
                about = {"model": name, "parameters": count, "case": case}
                found.append(about | alone(given | {"words": words}, case, folder))
                print(table(found[-1]), file=sys.stderr)
    print(json.dumps({"cases": found}))


def alone(given: dict[str, Any], case: str, model: str) -> dict[str, Any]:
    """One case in a process of its own."""
    told = {key: given[key] for key in given if key not in ("models", "cases")} | {"one": case, "model": model}
    env = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "OMP_NUM_THREADS": str(given["threads"])}
    words = [sys.executable, __file__, *(f"{key}={json.dumps(value)}" for key, value in told.items())]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, env=env)
    return json.loads(done.stdout.splitlines()[-1])


def recipe_of(given: dict[str, Any], folder: Path, model: str) -> tuple[Any, Any]:
    """A recipe of the case's stage alone, with a model and pictures that are drawn; and that stage."""
    import yaml

    from affectreason.affect.samples import write
    from affectreason.media.draw_faces import draw_faces
    from affectreason.recipe import schema

    case = given["one"]
    if not (folder / "samples.jsonl").is_file():
        write(folder / "samples.jsonl", draw_faces(folder, {"train": 14}, size=96, seed=0))
    train = {"per_device_train_batch_size": given["batch"], "max_steps": given["steps"], "save_strategy": "no"}
    train["gradient_checkpointing"] = given["checkpointing"]
    stage: dict[str, Any] = {"name": "one", "data": [f"{folder}/samples.jsonl:train"], "train": train, "init": model}
    if case.startswith("grpo"):
        length = {"max_completion_length": given["answer"], "num_generations": given["group"]}
        train |= length | {"generation_kwargs": {"min_new_tokens": given["answer"], **of_words(model, given["words"])}}
        stage |= {"kind": "grpo", "rewards": [{"use": "emotion_match"}], "share_prompt": case == "grpo_shared"}
    else:
        lora = {"lora": {"r": 16}} if "lora" in case else {}
        stage |= {"kind": "sft", "share_media": False, **lora}  # a batch would compute the one picture here once
    whole = {"model": model, "prompt": "tiny", "labels": "ekman7", "dtype": given["dtype"], "stages": [stage]}
    whole |= {"quantize": "nf4"} if "qlora" in case else {}
    (folder / "one.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    recipe = schema.load(f"{folder}/one.yaml")
    return recipe, recipe.stage("one")


def of_words(model: str, words: int) -> dict[str, list[int]]:
    """That no token is written which the tokenizer has no word for, as an argument of generation."""
    from transformers import AutoProcessor

    if model.startswith("tiny:"):
        return {}
    return {"suppress_tokens": list(range(len(AutoProcessor.from_pretrained(model).tokenizer), words))}


def measured(given: dict[str, Any]) -> dict[str, Any]:
    """The estimate of one case and the peak of real steps of it, in bytes."""
    import torch

    from affectreason.model import fitting, memory, on_meta, sharding, worst_row

    torch.set_num_threads(given["threads"])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        recipe, stage = recipe_of(given, folder, given["model"])
        processor, _ = fitting.processor_of(given["model"], recipe)
        own = memory.setting(recipe, stage, gauges.device())
        with worst_row.worst(recipe, stage, folder / "run", processor) as row:
            config = on_meta.config_of(given["model"])
            parts, model = memory.count(recipe, stage, config, processor, row, own)
            sample = row.sample.to_json()
        said = memory.need(parts, model, own, sharding.Sharding("", 1, 1), 0)
        taken(given, "tiny:qwen3_vl", sample, folder)  # what libraries load and keep for themselves is there before
        before = gauges.held()
        taken(given, given["model"], sample, folder)
        peak = gauges.most() - before
    return {
        "estimate": said.most,
        "measured": peak,
        "ratio": said.most / peak,
        "parts": said.parts,
        "when": said.moments,
    }


def taken(given: dict[str, Any], model: str, sample: str, folder: Path) -> None:
    """Steps of the case's stage with a model, on one sample again and again."""
    from trl import GRPOConfig, SFTConfig

    from affectreason.affect.sample import Sample
    from affectreason.model import load, training
    from affectreason.recipe import sources
    from affectreason.stages import grpo, sft

    recipe, stage = recipe_of(given, folder, model)
    samples = [Sample.model_validate_json(sample)] * given["steps"] * given["batch"]
    samples = [one.model_copy(update={"id": str(number)}) for number, one in enumerate(samples)]
    config, of = (GRPOConfig, grpo) if stage.kind == "grpo" else (SFTConfig, sft)
    given_to = {"max_length": None, **stage.train} if stage.kind == "sft" else stage.train
    args = training.arguments(config, folder / Path(model).name, given_to, recipe.dtype)
    real, processor = load.for_stage(recipe, stage, sources.model_source(recipe, stage, folder))
    for one in real.parameters():  # out of the file, of which pages stay in memory that nothing needs any more
        one.data = one.data.clone()
    trainer = of.make_trainer(recipe, stage, real, processor, samples, args)
    gauges.forget()
    trainer.train()


def table(one: dict[str, Any]) -> str:
    """One case in a line."""
    sizes = f"estimate {one['estimate'] / 2**20:.0f} MiB, measured {one['measured'] / 2**20:.0f} MiB"
    return f"{one['model']} {one['case']}: {sizes}, {one['ratio']:.2f}"


if __name__ == "__main__":
    main(sys.argv[1:])
