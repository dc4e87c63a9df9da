"""How long a GRPO step takes beside TRL's own trainer: python eval/speed/grpo_step.py [prompts=[300,1200,4000]] [...]

    answer=64 group=8 groups=1 times=5 width=384 layers=6 frozen=false threads=2 dtype=float32

One random Qwen3-VL, one picture and a long instruction a prompt, answers of exactly `answer` tokens. A step is
rollout, log-probabilities and backward of `groups` prompts. Both trainers live in one process and take turns, the
first to go changing each time; before they are timed their losses and gradients are compared. Peak memory is that of a
process of its own for each side, above what it had before its step. The last line is one JSON object.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import gauges
from random_qwen import PATCH, made

from affectreason.recipe.words import options, whole

KEYS: dict[str, Any] = {
    "prompts": [300, 1200, 4000], "answer": 64, "group": 8, "groups": 1, "times": 5, "width": 384, "layers": 6,
    "frozen": False, "threads": 2, "dtype": "float32", "side": None, "work": None,
}  # fmt: skip
SIDES = ("ours", "trl")
SHARE_OF_PICTURE = 0.6


def main(words: list[str]) -> None:
    """Time both sides for each length of prompt, or measure the memory of one."""
    given = options(words, KEYS)
    import torch

    torch.set_num_threads(whole("threads", given["threads"], 1))
    if given["side"] is not None:
        print(json.dumps({"peak": peak(given)}))
        return
    found = []
    for length in given["prompts"]:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), length, given)
            found.append(timed(Path(folder), given) | memory(Path(folder), given, length))
            print(table(found[-1]), file=sys.stderr)
    print(json.dumps({"steps": found, "settings": {k: given[k] for k in KEYS if k not in ("side", "work", "prompts")}}))


def write(folder: Path, length: int, given: dict[str, Any]) -> None:
    """A random Qwen3-VL of some million parameters, pictures, and samples whose prompts have about `length` tokens."""
    import numpy as np
    from PIL import Image

    from affectreason.affect.sample import Affect, Media, Sample
    from affectreason.affect.samples import write as write_samples

    side = round((length * SHARE_OF_PICTURE) ** 0.5) * PATCH * 2  # two by two patches are one token
    area = {"shortest_edge": side * side, "longest_edge": side * side}
    model, processor = made(given["width"], given["layers"], area)
    model.save_pretrained(folder / "model")
    processor.save_pretrained(folder / "model")
    samples = []
    for number in range(given["groups"]):
        noise = np.random.default_rng(number).integers(0, 255, (side, side, 3), np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")
        question = "Which emotion?" + " Which action units?" * max(0, round(length * (1 - SHARE_OF_PICTURE) / 4) - 8)
        media = (Media(kind="image", path=str(folder / f"{number}.png")),)
        gold = Affect(emotion="happiness")
        samples.append(Sample(id=str(number), media=media, question=question, gold=gold, labels="ekman7"))
    write_samples(folder / "samples.jsonl", samples)


def trainer(side: str, folder: Path, given: dict[str, Any]) -> Any:
    """Our trainer or TRL's own, ready for a step."""
    from functools import partial

    from datasets import Dataset
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from trl import GRPOConfig, GRPOTrainer

    from affectreason.affect.sample import Sample
    from affectreason.affect.samples import read
    from affectreason.model import collate, load, training
    from affectreason.model.generate import placeholders
    from affectreason.model.group_trainer import GroupTrainer
    from affectreason.recipe import prompts

    source = str(folder / "model")
    if side == "ours":
        model, processor = load.load(source, dtype=given["dtype"])
    else:
        model = AutoModelForImageTextToText.from_pretrained(source, dtype=given["dtype"], attn_implementation="sdpa")
        processor = AutoProcessor.from_pretrained(source)
    if given["frozen"]:
        load.freeze(model, ["vision", "projector"])
    media = partial(collate.load_media, fps=2.0, max_frames=16)

    def ask(batch: dict[str, list[str]]) -> dict[str, list[Any]]:
        found = [Sample.model_validate_json(text) for text in batch["sample"]]
        rows = {"prompt": [prompts.messages(one, prompts.TINY) for one in found], "sample": batch["sample"]}
        return rows if side == "ours" else {**rows, "images": [media(one).images for one in found]}

    def reward(completion_ids: list[list[int]], **_: Any) -> list[float]:
        return [float(sum(ids) % 5) for ids in completion_ids]

    args = training.arguments(
        GRPOConfig,
        folder / side,
        {
            "per_device_train_batch_size": given["group"] * given["groups"], "num_generations": given["group"],
            "max_completion_length": given["answer"], "temperature": 1.0, "seed": 0, "save_strategy": "no",
            "generation_kwargs": {"suppress_tokens": placeholders(model), "min_new_tokens": given["answer"]},
        },
        given["dtype"],
    )  # fmt: skip
    data = Dataset.from_list(training.rows(read(folder / "samples.jsonl"))).with_transform(ask)
    known: dict[str, Any] = {"args": args, "train_dataset": data, "processing_class": processor}
    if side == "ours":
        made: Any = GroupTrainer(model=model, reward_funcs=reward, load_media=media, **known)
    else:
        made = GRPOTrainer(model=model, reward_funcs=reward, **known)
    made.model.train()
    made.current_gradient_accumulation_steps = 1
    return made


def step(made: Any, batch: list[Any]) -> tuple[float, float, float]:
    """Seconds of the rollout, seconds of loss and backward, and the loss."""
    import torch

    made.model.zero_grad(set_to_none=True)
    made._buffered_inputs = None
    torch.manual_seed(0)
    begin = gauges.now()
    inputs = made._prepare_inputs(batch)
    middle = gauges.now()
    loss = made.compute_loss(made.model, inputs)
    loss.backward()
    return middle - begin, gauges.now() - middle, float(loss.detach())


def timed(folder: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Medians and ranges of both sides, and how far their losses and gradients are apart."""
    made = {side: trainer(side, folder, given) for side in SIDES}
    batches = {side: next(iter(one.get_train_dataloader())) for side, one in made.items()}
    losses = {side: step(made[side], batches[side])[2] for side in SIDES}
    grads = {side: dict(one.model.named_parameters()) for side, one in made.items()}
    apart = max(
        float((mine.grad - grads["trl"][name].grad).norm() / grads["trl"][name].grad.norm().clamp(min=1e-12))
        for name, mine in grads["ours"].items()
        if mine.grad is not None
    )
    took: dict[str, list[tuple[float, float]]] = {side: [] for side in SIDES}
    for turn in range(whole("times", given["times"], 1)):
        for side in SIDES if turn % 2 else SIDES[::-1]:
            took[side].append(step(made[side], batches[side])[:2])
    tokens = len(made["ours"]._asked[0].ids)
    size = sum(one.numel() for one in made["ours"].model.parameters())
    parts = {"step": sum, "rollout": lambda both: both[0], "loss_and_backward": lambda both: both[1]}
    found: dict[str, Any] = {
        "prompt_tokens": tokens,
        "parameters": size,
        "loss_apart": abs(losses["ours"] - losses["trl"]),
    }
    found["gradients_apart"] = apart
    for name, part in parts.items():
        ratios = [part(theirs) / part(ours) for ours, theirs in zip(took["ours"], took["trl"], strict=True)]
        found[name] = {
            "seconds": {side: statistics.median(part(one) for one in took[side]) for side in SIDES},
            "ratio": statistics.median(ratios),
            "from": min(ratios),
            "to": max(ratios),
        }
    return found


def memory(folder: Path, given: dict[str, Any], length: int) -> dict[str, Any]:
    """Peak memory of a step above what there was before it, each side in a process of its own."""
    words = [f"{key}={json.dumps(given[key])}" for key in KEYS if key not in ("prompts", "side", "work")]
    found = {}
    for side in SIDES:
        command = [sys.executable, __file__, *words, f"side={side}", f"work={folder}"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found[side] = json.loads(done.stdout.splitlines()[-1])["peak"]
    return {"peak_bytes": found, "peak_ratio": found["ours"] / found["trl"], "asked_tokens": length}


def peak(given: dict[str, Any]) -> int:
    """Bytes that one step needs above what the process held before it."""
    made = trainer(given["side"], Path(given["work"]), given)
    batch = next(iter(made.get_train_dataloader()))
    before = gauges.held()
    gauges.forget()
    step(made, batch)
    return gauges.most() - before


def table(one: dict[str, Any]) -> str:
    """One length of prompt in a line."""
    parts = ", ".join(
        f"{name.replace('_', ' ')} {one[name]['ratio']:.1f}x [{one[name]['from']:.1f}, {one[name]['to']:.1f}]"
        for name in ("step", "rollout", "loss_and_backward")
    )
    return f"P={one['prompt_tokens']}: {parts}, peak memory {one['peak_ratio']:.2f}x"


if __name__ == "__main__":
    main(sys.argv[1:])
