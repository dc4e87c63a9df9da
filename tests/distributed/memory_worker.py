"""Run a stage as `accelerate launch` does and write down the bytes of its tensors: `memory_worker.py FILE KIND ...`.

Counted is what a device would hold, also memory that is given out and not written to, which a CPU does not hold.
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import torch
from deepspeed import DeepSpeedEngine
from torch.utils._pytree import tree_leaves
from transformers import Trainer

from affectreason.commands import launch
from affectreason.model.counted import Counting


class Seen(Counting):
    """Count the tensors of operations as they are, with their numbers."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """One operation."""
        out = func(*args, **(kwargs or {}))
        for one in tree_leaves(out):
            if isinstance(one, torch.Tensor) and one.device.type != "meta":
                self.see(one)
        return out


def main(file: str, words: list[str]) -> int:
    """Write the most bytes in forward and backward, and in the optimizer's step, of the steps after the first."""
    seen, found = Seen([]), []
    step, train = DeepSpeedEngine.step, Trainer.train

    def stepped(self: Any, *args: Any, **kwargs: Any) -> None:
        learnt = seen.alive.since
        seen.alive.since = seen.alive.now
        step(self, *args, **kwargs)
        found.append((learnt, seen.alive.since))
        seen.alive.since = seen.alive.now

    def trained(self: Any, *args: Any, **kwargs: Any) -> Any:
        gc.collect()
        for one in self.model.parameters():
            one.data = one.data.clone()  # else it is a part of the file that is read, which stays
            seen.see(getattr(one, "ds_tensor", one))
        with seen:
            out = train(self, *args, **kwargs)
        learnt, after = (max(those) for those in zip(*found[1:], strict=True))
        told = {"forward and backward": learnt, "optimizer step": after}
        Path(file + os.environ["RANK"]).write_text(json.dumps(told))
        return out

    DeepSpeedEngine.step, Trainer.train = stepped, trained
    return launch.main(words[0], words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
