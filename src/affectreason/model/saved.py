"""Whether what was written is what was trained: the folder is loaded again, and names, weights and logits compared."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from PIL import Image

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.model import applied, load, parted
from affectreason.model.collate import Loaded, prompt_batch
from affectreason.recipe import prompts

EXACT = 1e-5
"""The largest difference of two logits in float32, as a share of the largest of them where that is above 1."""
ROUNDED = 8
"""The same in narrower types, in units of their precision."""
AGAIN = "verify"


def probe(processor: Any, device: torch.device, dtype: torch.dtype) -> tuple[str, dict[str, Any]]:
    """One short prompt with a small one of each medium that the processor takes: a picture, a clip, a sound.

    As the text that the chat template makes of it and as a batch of one.
    """
    grey = np.add.outer(np.arange(56), 3 * np.arange(56))
    frames = [
        Image.fromarray(np.stack([grey + 40 * at, 255 - grey, grey // 2], -1).astype(np.uint8)) for at in range(3)
    ]
    about = {"fps": 1.0, "frames_indices": [0, 1], "total_num_frames": 2}
    clip = getattr(processor, "video_processor", None) is not None
    tone = [np.sin(np.arange(8000) / 6).astype(np.float32)] if getattr(processor, "feature_extractor", None) else []
    loaded = Loaded(frames[:1], [frames[1:]] if clip else [], [about] if clip else [], tone, "probe")
    media = [Media(kind="image", path="probe.png")]
    media += [Media(kind="video", path="probe.mp4")] if clip else []
    media += [Media(kind="audio", path="probe.wav")] if tone else []
    dialogue = prompts.messages(Sample(id="probe", media=tuple(media)), prompts.PLAIN)
    batch = prompt_batch(processor, [dialogue], [loaded], "left").to(device)
    text = str(processor.apply_chat_template(dialogue, tokenize=False, add_generation_prompt=True))
    return text, {key: one.to(dtype) if one.is_floating_point() else one for key, one in batch.items()}


@torch.no_grad()
def logits(model: Any, batch: dict[str, Any]) -> torch.Tensor:
    """The logits of a batch, (B, L, V) in float32 on the CPU, without dropout."""
    training = model.training
    model.eval()
    found = model(**batch).logits.float().cpu()
    model.train(training)
    return found


def tolerance(dtype: torch.dtype, reference: torch.Tensor) -> float:
    """How far two logits may differ: 1e-5 in float32, eight units of precision in narrower types, both relative."""
    share = EXACT if dtype in (torch.float32, torch.float64) else ROUNDED * torch.finfo(dtype).eps
    return share * max(1.0, float(reference.abs().max()))


def verify_saved(trainer: Any, processor: Any, folder: Path, model: Any = None) -> None:
    """Load what a trainer has just saved to `folder` again; InputError where it is another model than the trained one.

    An adapter is put beside the trained one on the same base. One line says where nothing is compared: where no process
    holds all weights, or memory is too small for a second model. For the main process, while the others wait.
    """
    reason = _why_not(trainer)
    trained = trainer.accelerator.unwrap_model(model or trainer.model, keep_fp32_wrapper=False)
    if reason is None and not hasattr(trained, "peft_config"):
        reason = _too_large(trained)
    if reason is not None:
        print(f"saved model not loaded again: {reason}", file=sys.stderr)
        return
    _, batch = probe(processor, trained.device, trained.dtype)
    fault = (_adapter if hasattr(trained, "peft_config") else _whole)(trained, folder, batch)
    if fault is not None:
        raise InputError(
            f"{folder} does not hold the model that was trained: {fault}; it does not count, and the checkpoints are "
            "kept: run the same command again"
        )


def differing(trained: dict[str, torch.Tensor], again: dict[str, torch.Tensor]) -> str | None:
    """In words how two states differ, by names or by values; None where they do not."""
    for these, those, what in ((trained, again, "are missing"), (again, trained, "are not of this model")):
        more = sorted(set(these) - set(those))
        if more:
            return f"{len(more)} of its weights {what}, first {more[0]}"
    other = [name for name, one in trained.items() if not torch.equal(one.cpu(), again[name].to(one.dtype).cpu())]
    return f"{len(other)} of its weights have other values, first {other[0]}" if other else None


def apart(one: torch.Tensor, other: torch.Tensor, allowed: float) -> str | None:
    """In words how far two logits lie apart where that is too far; NaN is."""
    if one.shape != other.shape:
        return f"its logits have the shape {tuple(other.shape)}, not {tuple(one.shape)}"
    far = float((one - other).abs().max())
    return None if far <= allowed else f"its logits differ by up to {far:.2g}, {allowed:.2g} is allowed"


def _adapter(trained: Any, folder: Path, batch: dict[str, Any]) -> str | None:
    """What is wrong with a saved adapter."""
    wrong = applied.unapplied(trained, folder)
    if wrong is not None:
        return wrong
    expected, kept = logits(trained, batch), trained.active_adapter
    trained.load_adapter(folder, AGAIN)
    trained.set_adapter(AGAIN)
    try:
        return apart(expected, logits(trained, batch), tolerance(trained.dtype, expected))
    finally:
        trained.set_adapter(kept)
        trained.delete_adapter(AGAIN)


def _whole(trained: Any, folder: Path, batch: dict[str, Any]) -> str | None:
    """What is wrong with a saved model."""
    again, _ = load.load(str(folder), attn_implementation=trained.config._attn_implementation)
    wrong = differing(trained.state_dict(), again.state_dict())
    if wrong is not None:
        return wrong
    expected = logits(trained, batch)
    try:
        found = logits(again.to(trained.device), batch)
    except torch.OutOfMemoryError:
        print("saved model: names and weights are equal; no memory is left for its logits", file=sys.stderr)
        return None
    return apart(expected, found, tolerance(trained.dtype, expected))


def _why_not(trainer: Any) -> str | None:
    """Why this process cannot compare: it holds a part of the weights."""
    plugin = trainer.accelerator.state.deepspeed_plugin
    zero = plugin is not None and plugin.zero_stage == 3
    if zero or parted.by_fsdp():
        return f"{'ZeRO-3' if zero else 'FSDP'} holds it in parts; `affectreason chat` or `merge` loads it"
    return None


def _too_large(model: Any) -> str | None:
    """Why a second copy has no place."""
    size, free = model.get_memory_footprint(), psutil.virtual_memory().available
    return None if size * 1.1 < free else f"it needs {size / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are free"
