"""Media that nobody sees or hears, for a process whose prompts have none of a kind at the moment.

Gradients are summed over the processes parameter by parameter as they come: those of a tower have to come in every
process, in the same order, if only as zeros. Eyes and ears are looked at one by one: a process may have pictures only.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image

from affectreason.affect.sample import Sample
from affectreason.model import parted
from affectreason.model.collate import Loaded
from affectreason.model.load import part_of
from affectreason.model.prefixes import PIXELS, SOUND, make, whole
from affectreason.model.shared_prefix import Prefix
from affectreason.recipe import prompts
from affectreason.recipe.prompts import Message


def of(model: Any, processor: Any, every: bool, apart: bool = False) -> dict[str, Prefix]:
    """The prompts of `shown`, on the model's device."""
    return {
        kind: make(model, processor, dialogue, loaded)
        for kind, (dialogue, loaded) in shown(model, processor, every, apart).items()
    }


def shown(model: Any, processor: Any, every: bool, apart: bool = False) -> dict[str, tuple[list[Message], Loaded]]:
    """A dialogue with a small black picture and one with half a second of silence, by the kind of the medium.

    With `apart` also one with a black clip, for models that call their tower once for pictures and once for clips.
    Those for towers that learn, or with `every` for all that the model has; silence for a processor that hears.
    """
    wanted = {
        "audio" if "audio_tower." in name else "image"
        for name, one in whole(model).named_parameters()
        if every or (one.requires_grad and part_of(name) != "language")
    }
    wanted |= {"video"} if apart else set()
    media = {
        "image": Loaded([Image.new("RGB", (56, 56))], [], []),
        "video": Loaded(
            [], [[Image.new("RGB", (56, 56))] * 2], [{"fps": 1.0, "frames_indices": [0, 1], "total_num_frames": 2}]
        ),
        "audio": Loaded([], [], [], [np.zeros(8000, np.float32)]),
    }
    return {
        kind: ([{"role": "user", "content": [{"type": kind}, prompts.text_part("x")]}], loaded)
        for kind, loaded in media.items()
        if kind in wanted and (kind != "audio" or getattr(processor, "feature_extractor", None) is not None)
    }


def lacking(given: dict[str, Prefix], there: Iterable[Prefix]) -> list[Prefix]:
    """Which of them call a tower that is not called for any prompt that is there; with a clip among them, how often."""
    apart = "video" in given
    called = {kind for one in there for kind in _called(one, apart)}
    found = []
    for kind, one in given.items():
        if kind not in called:
            found.append(one)
            called |= _called(one, apart)
    return found


def apart(model: Any, samples: Iterable[Sample]) -> bool:
    """Whether every process must call the tower as often as the others, and samples differ in how often they do.

    Where parameters are parted, each call gathers them in all processes; a model calls its tower once for all pictures
    of a batch, and once more for all clips.
    """
    if not parted.anyhow() or not hasattr(whole(model).base_model, "get_video_features"):
        return False
    kinds = {item.kind for sample in samples for item in sample.media}
    return "image" in kinds and bool(kinds & {"video", "frames"})


def _called(prefix: Prefix, apart: bool) -> set[str]:
    """The kinds of media whose towers a prompt calls; where media are fused, those of all."""
    if "media_about" in prefix.media:
        return {"image", "video", "audio"}
    seen = {kind for kind, key in PIXELS.items() if key in prefix.media} | set(prefix.encoded or ())
    if not apart and seen:
        seen = {"image"}
    return seen | ({"audio"} if SOUND[0] in prefix.media else set())
