"""What keeping a frozen tower's outputs on disk saves: python eval/speed/vision_cache.py [tokens=[64,256,1024]] [...]

    rows=6 batch=2 times=5 width=512 layers=7 vision_width=256 vision_layers=6 lora=0 threads=1

A random Qwen3-VL in float32, a quarter of Qwen3-VL-2B in width and depth, whose language model learns whole, or by an
adapter of rank `lora`. Each row has one picture of about `tokens` tokens, a short question and an answer. First a
picture is encoded and read in turns. Then an epoch of SFT, forward and backward over batches laid out already, is run
without the cache and with a full one, in turns; losses and gradients are compared before. The last line is one JSON
object.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import random_qwen

from affectreason.recipe.words import options, whole

KEYS: dict[str, Any] = {
    "tokens": [64, 256, 1024], "rows": 6, "batch": 2, "times": 5, "width": 512, "layers": 7, "vision_width": 256,
    "vision_layers": 6, "lora": 0, "threads": 1,
}  # fmt: skip
SIDES = ("uncached", "cached")


def main(words: list[str]) -> None:
    """Time both sides for each size of picture."""
    given = options(words, KEYS)
    import torch

    torch.set_num_threads(whole("threads", given["threads"], 1))
    model, processor = made(given)
    found = []
    for tokens in given["tokens"]:
        with tempfile.TemporaryDirectory() as folder:
            found.append(timed(model, processor, Path(folder), tokens, given))
        print(told(found[-1]), file=sys.stderr)
    size = {
        part: sum(p.numel() for n, p in model.named_parameters() if ("visual" in n) == (part == "vision"))
        for part in ("vision", "language")
    }
    print(json.dumps({"pictures": found, "parameters": size, "settings": {k: given[k] for k in KEYS if k != "tokens"}}))


def made(given: dict[str, Any]) -> tuple[Any, Any]:
    """A model whose tower is frozen, and its processor."""
    from peft import get_peft_model

    from affectreason.model import load
    from affectreason.model.patch_embed import use_matmul

    width = given["vision_width"]
    tower = {"depth": given["vision_layers"], "hidden_size": width, "intermediate_size": width * 4}
    tower |= {"num_heads": width // 64, "num_position_embeddings": 2304, "deepstack_visual_indexes": [1, 3]}
    model, processor = random_qwen.made(given["width"], given["layers"], **tower)
    use_matmul(model)
    load.freeze(model, ["vision", "projector"])
    tuned = get_peft_model(model, load.lora_config({"r": given["lora"]})) if given["lora"] else model
    return tuned, processor


def batches(processor: Any, folder: Path, tokens: int, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of an epoch, laid out."""
    import numpy as np
    from PIL import Image

    from affectreason.affect.sample import Affect, Media, Sample
    from affectreason.model import collate, load
    from affectreason.recipe import prompts

    side = round(tokens**0.5) * random_qwen.PATCH * 2  # two by two patches are one token
    load.set_pixels(processor, side * side, side * side)
    rows = []
    for number in range(whole("rows", given["rows"], 1)):
        noise = np.random.default_rng(number).integers(0, 255, (side, side, 3), np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")
        media = (Media(kind="image", path=str(folder / f"{number}.png")),)
        rows.append(
            Sample(id=str(number), media=media, question="Which?", gold=Affect(emotion="fear"), labels="ekman7")
        )
    collator = collate.Collator(processor, prompts.find("tiny"))
    size = whole("batch", given["batch"], 1)
    return [collator([{"sample": one.to_json()} for one in rows[at : at + size]]) for at in range(0, len(rows), size)]


def timed(model: Any, processor: Any, folder: Path, tokens: int, given: dict[str, Any]) -> dict[str, Any]:
    """Seconds a picture to encode and to read, and of an epoch without and with the cache, medians and ratios."""
    from affectreason.model import prefixes, vision_cache

    rows = batches(processor, folder, tokens, given)
    cache = vision_cache.opened(model, folder / "cache")
    assert cache is not None
    first = {key: rows[0][key] for key in ("pixel_values", "image_grid_thw")}
    one = prefixes.one_by_one(prefixes.by_modality(model, first)["image"])[0]
    vision_cache.of_media(model, one, cache)
    many = range(3)
    alone = interleaved(
        given,
        lambda: [prefixes.features(model, "image", one) for _ in many],
        lambda: [vision_cache.of_media(model, one, cache) for _ in many],
    )

    def epoch(kept: Any) -> tuple[float, dict[str, Any]]:
        handle = vision_cache.listen(model, kept)
        model.zero_grad(set_to_none=True)
        total = 0.0
        for batch in rows:
            loss = model(**batch).loss
            loss.backward()
            total += float(loss.detach())
        if handle is not None:
            handle.remove()
        return total, {name: p.grad for name, p in model.named_parameters() if p.grad is not None}

    (loss, grads), _, (again, others) = epoch(None), epoch(cache), epoch(cache)
    apart = max(float((others[n] - g).norm() / g.norm().clamp(min=1e-12)) for n, g in grads.items())
    cache.said.add("worth")  # what is measured here is not to be switched off
    whole_ = interleaved(given, lambda: epoch(None), lambda: epoch(cache))
    sizes = [path.stat().st_size for path in (folder / "cache").glob("*/*.safetensors")]
    return {
        "tokens": int((rows[0]["input_ids"][0] == model.config.image_token_id).sum()),
        "row_tokens": int(rows[0]["input_ids"].shape[1]),
        "bytes": round(statistics.mean(sizes)),
        "loss_apart": abs(loss - again),
        "gradients_apart": apart,
        "picture": alone,
        "epoch": whole_,
    }


def interleaved(given: dict[str, Any], without: Callable[[], Any], with_: Callable[[], Any]) -> dict[str, Any]:
    """Medians of both and of their ratios; they take turns, the first to go changing each time."""
    runs = dict(zip(SIDES, (without, with_), strict=True))
    took: dict[str, list[float]] = {side: [] for side in SIDES}
    for turn in range(whole("times", given["times"], 1)):
        for side in SIDES if turn % 2 else SIDES[::-1]:
            begin = time.perf_counter()
            runs[side]()
            took[side].append(time.perf_counter() - begin)
    ratios = [a / b for a, b in zip(took["uncached"], took["cached"], strict=True)]
    seconds = {side: statistics.median(took[side]) for side in SIDES}
    return {"seconds": seconds, "ratio": statistics.median(ratios), "from": min(ratios), "to": max(ratios)}


def told(one: dict[str, Any]) -> str:
    """One size of picture in a line."""
    parts = ", ".join(
        f"{name} {one[key]['ratio']:.2f}x [{one[key]['from']:.2f}, {one[key]['to']:.2f}]"
        for key, name in (("picture", "reading against encoding"), ("epoch", "epoch"))
    )
    return f"picture of {one['tokens']} tokens, {one['bytes'] / 1e6:.2f} MB: {parts}"


if __name__ == "__main__":
    main(sys.argv[1:])
