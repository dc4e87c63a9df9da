"""How long an SFT epoch takes beside TRL's own trainer: python eval/speed/sft_epoch.py [data=[mixed,questions]] [...]

    batch=10 batches=2 times=5 width=384 layers=6 frozen=false threads=2 against=trl dtype=float32

One random Qwen3-VL. `mixed` are short unrelated rows: words alone, small and larger pictures, short and long
questions. `questions` are five a picture, one long answer among short ones, as in Emo-CFG; `clips` are five a clip.
`even` are pictures in rows of equal lengths, where there is nothing to save, and `instruction` five long instructions a
small picture, where there is little.

The other side is TRL's SFTTrainer with its own vision collator over the same texts, prompt and completion; TRL reads no
clips, so there it has our padded collator. With `against=padded` it is our own trainer with `share_media: false` and
`row_tokens: 1`. An epoch is loading, loss and backward of `batches` micro-batches of `batch` samples. Both sides live
in one process and take turns, the first to go changing each time; before they are timed their losses and gradients are
compared. The last line is one JSON object.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import gauges
from random_qwen import made

from affectreason.recipe.words import options, whole

KEYS: dict[str, Any] = {
    "data": ["mixed", "questions", "clips"], "batch": 10, "batches": 2, "times": 5, "width": 384, "layers": 6,
    "frozen": False, "threads": 2, "against": "trl", "dtype": "float32",
}  # fmt: skip
SIDES = ("ours", "theirs")
ASKED = 5  # questions a picture or clip
WORDS = ["the", "brows", "are", "drawn", "together", "while", "lips", "stay", "pressed", "and", "eyes", "look", "away"]


def main(words: list[str]) -> None:
    """Time both sides on each kind of data."""
    given = options(words, KEYS)
    import torch

    torch.set_num_threads(whole("threads", given["threads"], 1))
    found = []
    for kind in given["data"]:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), kind, given)
            found.append(timed(Path(folder), kind, given))
            print(table(found[-1]), file=sys.stderr)
    print(json.dumps({"epochs": found, "settings": {key: given[key] for key in KEYS if key != "data"}}))


def write(folder: Path, kind: str, given: dict[str, Any]) -> None:
    """A random Qwen3-VL of some million parameters and the samples of one kind, with their pictures and clips."""
    from affectreason.affect.samples import write as write_samples

    area = {"shortest_edge": 32 * 32, "longest_edge": 1024 * 1024}
    model, processor = made(given["width"], given["layers"], area)
    model.save_pretrained(folder / "model")
    processor.save_pretrained(folder / "model")
    write_samples(folder / "samples.jsonl", samples(folder, kind, given["batch"] * given["batches"]))


def samples(folder: Path, kind: str, count: int) -> list[Any]:
    """Samples of one kind; lengths are drawn with a fixed seed."""
    import numpy as np

    from affectreason.affect.sample import Sample

    draw = np.random.default_rng(0)
    found = []
    for number in range(count):
        if kind == "mixed":
            side = int(draw.choice([0, 96, 128, 192, 256]))  # 0: words alone; up to 64 tokens
            media = (picture(folder / f"{number}.png", side, number),) if side else ()
            asked, said = int(draw.integers(4, 60)), int(np.exp(draw.uniform(1, 5)))  # answers of 2 to 150 words
        elif kind == "even":
            media, asked, said = (picture(folder / f"{number}.png", 256, number),), 20, 20
        elif kind == "instruction":
            media = (picture(folder / f"{number // ASKED}.png", 96, number // ASKED),)
            asked, said = 400, 40
        else:
            which = number // ASKED
            place = folder / f"{which}"
            media = (clip(place, 192, 8, which) if kind == "clips" else picture(Path(f"{place}.png"), 512, which),)
            asked, said = int(draw.integers(8, 24)), 60 if number % ASKED == 0 else int(draw.integers(2, 12))
        question, answer = (" ".join(draw.choice(WORDS, length)) for length in (asked, said))
        found.append(Sample(id=str(number), media=media, question=f"{question}?", response=answer))
    return found


def picture(path: Path, side: int, number: int) -> Any:
    """A square of noise, written once."""
    import numpy as np
    from PIL import Image

    from affectreason.affect.sample import Media

    if not path.exists():
        Image.fromarray(np.random.default_rng(number).integers(0, 255, (side, side, 3), np.uint8)).save(path)
    return Media(kind="image", path=str(path))


def clip(folder: Path, side: int, frames: int, number: int) -> Any:
    """A folder of frames of noise, written once."""
    from affectreason.affect.sample import Media

    folder.mkdir(exist_ok=True)
    for index in range(frames):
        picture(folder / f"{index:03d}.png", side, number * frames + index)
    return Media(kind="frames", path=str(folder))


def trainer(side: str, folder: Path, kind: str, given: dict[str, Any]) -> Any:
    """Our trainer or TRL's own."""
    from trl import SFTConfig

    from affectreason.affect.samples import read
    from affectreason.model import load, training
    from affectreason.recipe import schema
    from affectreason.stages import sft

    train = {"per_device_train_batch_size": given["batch"], "seed": 0, "save_strategy": "no", "max_length": None}
    (folder / "bench.yaml").write_text(
        f"model: none\nprompt: plain\ndtype: {given['dtype']}\nmedia: {{fps: 2.0, max_frames: 16}}\n"
        f"stages: [{{name: sft, kind: sft, data: [{folder / 'samples.jsonl'}]}}]\n"
    )
    apart = {"sft.share_media": False, "sft.row_tokens": 1} if side != "ours" else {}
    recipe = schema.load(str(folder / "bench.yaml"), apart)
    stage = recipe.stage("sft")
    found = read(folder / "samples.jsonl")
    if side == "ours" or given["against"] == "padded":
        model, processor = load.load(str(folder / "model"), dtype=given["dtype"])
        args = training.arguments(SFTConfig, folder / side, train, given["dtype"])
        made: Any = sft.make_trainer(recipe, stage, model, processor, found, args)
    else:
        made = theirs(folder, kind, train, found, recipe, stage, given["dtype"])
    if given["frozen"]:
        load.freeze(made.model, ["vision", "projector"])
    made.model.train()
    made.current_gradient_accumulation_steps = given["batches"]
    return made


def theirs(
    folder: Path, kind: str, train: dict[str, Any], found: list[Any], recipe: Any, stage: Any, dtype: str
) -> Any:
    """TRL's trainer with its vision collator over prompt, completion and pictures; with our padded one over clips."""
    from datasets import Dataset
    from PIL import Image
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from trl import SFTConfig, SFTTrainer

    from affectreason.model import collate, training
    from affectreason.recipe import prompts

    source = str(folder / "model")
    model = AutoModelForImageTextToText.from_pretrained(source, dtype=dtype, attn_implementation="sdpa")
    processor = AutoProcessor.from_pretrained(source)
    args = training.arguments(SFTConfig, folder / "theirs", train, dtype)
    end = collate.turn_end(processor)
    known: dict[str, Any] = {"model": model, "args": args, "processing_class": processor}
    if kind == "clips":
        args.dataset_kwargs = {"skip_prepare_dataset": True}
        collator = collate.Collator(processor, prompts.find("plain"), recipe.media.fps, recipe.media.max_frames)
        made = SFTTrainer(train_dataset=Dataset.from_list(training.rows(found)), data_collator=collator, **known)
        made.model_accepts_loss_kwargs = True
        return made

    def row(one: Any) -> dict[str, Any]:
        dialogue = prompts.messages(one, prompts.find("plain"))
        prompt = processor.apply_chat_template(dialogue, tokenize=False, add_generation_prompt=True)
        return {"prompt": prompt, "completion": one.response + end, "paths": [item.path for item in one.media]}

    def ask(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
        opened = [[Image.open(path).convert("RGB") for path in paths] for paths in rows["paths"]]
        return {"prompt": rows["prompt"], "completion": rows["completion"], "images": opened}

    data = Dataset.from_list([row(one) for one in found]).with_transform(ask)
    made = SFTTrainer(train_dataset=data, **known)
    made.model_accepts_loss_kwargs = True
    return made


def epoch(made: Any) -> tuple[float, float]:
    """Seconds of an epoch, its optimizer left out, and the sum of its losses; the gradients are left behind."""
    made.model.zero_grad(set_to_none=True)
    begin = gauges.now()
    loader = iter(made.get_train_dataloader())
    batches, tokens = made.get_batch_samples(loader, made.current_gradient_accumulation_steps, made.args.device)
    total = 0.0
    for batch in batches:
        loss = made.compute_loss(made.model, made._prepare_inputs(batch), num_items_in_batch=tokens)
        loss.backward()
        total += float(loss.detach())
    return gauges.now() - begin, total


def timed(folder: Path, kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """Medians and ranges of both sides, and how far their losses and gradients are apart."""
    made = {side: trainer(side, folder, kind, given) for side in SIDES}
    losses = {side: epoch(one)[1] for side, one in made.items()}
    grads = {side: {n: p.grad for n, p in one.model.named_parameters()} for side, one in made.items()}
    apart = max(
        float((mine - grads["theirs"][name]).norm() / grads["theirs"][name].norm().clamp(min=1e-12))
        for name, mine in grads["ours"].items()
        if mine is not None
    )
    took: dict[str, list[float]] = {side: [] for side in SIDES}
    for turn in range(whole("times", given["times"], 1)):
        for side in SIDES if turn % 2 else SIDES[::-1]:
            took[side].append(epoch(made[side])[0])
    ratios = [theirs / ours for ours, theirs in zip(took["ours"], took["theirs"], strict=True)]
    return {
        "data": kind,
        "samples": len(made["ours"].train_dataset),
        "tokens": {side: computed(one) for side, one in made.items()},
        "parameters": sum(one.numel() for one in made["ours"].model.parameters()),
        "loss_apart": abs(losses["ours"] - losses["theirs"]),
        "gradients_apart": apart,
        "seconds": {side: statistics.median(took[side]) for side in SIDES},
        "ratio": statistics.median(ratios),
        "from": min(ratios),
        "to": max(ratios),
    }


def computed(made: Any) -> int:
    """The tokens that the language model computes in an epoch, padding with them."""
    return sum(batch["input_ids"].numel() for batch in made.get_train_dataloader())


def table(one: dict[str, Any]) -> str:
    """One kind of data in a line."""
    tokens = one["tokens"]
    return (
        f"{one['data']}: {one['ratio']:.1f}x [{one['from']:.1f}, {one['to']:.1f}], tokens {tokens['theirs']} to "
        f"{tokens['ours']}, losses {one['loss_apart']:.1e} and gradients {one['gradients_apart']:.1e} apart"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
