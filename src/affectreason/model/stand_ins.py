"""Media that nobody sees or hears, for a process whose prompts have none of a kind at the moment.

Gradients are summed over the processes parameter by parameter as they come: those of a tower have to come in every
process, in the same order, if only as zeros. Eyes and ears are looked at one by one: a process may have pictures only.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image

from affectreason.model.collate import Loaded
from affectreason.model.load import part_of
from affectreason.model.prefixes import PIXELS, SOUND, make, whole
from affectreason.model.shared_prefix import Prefix
from affectreason.recipe import prompts


def of(model: Any, processor: Any, every: bool) -> dict[str, Prefix]:
    """A prompt with a small black picture and one with half a second of silence, by the kind of the medium.

    Those for towers that learn, or with `every` for all that the model has; silence for a processor that hears.
    """
    wanted = {
        "audio" if "audio_tower." in name else "image"
        for name, one in whole(model).named_parameters()
        if every or (one.requires_grad and part_of(name) != "language")
    }
    media = {
        "image": Loaded([Image.new("RGB", (56, 56))], [], []),
        "audio": Loaded([], [], [], [np.zeros(8000, np.float32)]),
    }
    return {
        kind: make(model, processor, [{"role": "user", "content": [{"type": kind}, prompts.text_part("x")]}], loaded)
        for kind, loaded in media.items()
        if kind in wanted and (kind == "image" or getattr(processor, "feature_extractor", None) is not None)
    }


def lacking(given: dict[str, Prefix], there: Iterable[Prefix]) -> list[Prefix]:
    """Which of them call a tower that is not called for any prompt that is there."""
    called = {kind for one in there for kind in _called(one)}
    found = []
    for kind, one in given.items():
        if kind not in called:
            found.append(one)
            called |= _called(one)
    return found


def _called(prefix: Prefix) -> set[str]:
    """The kinds of media whose towers a prompt calls; where media are fused, those of all."""
    if "media_about" in prefix.media:
        return {"image", "audio"}
    seen = prefix.encoded or any(key in prefix.media for key in PIXELS.values())
    return ({"image"} if seen else set()) | ({"audio"} if SOUND[0] in prefix.media else set())
