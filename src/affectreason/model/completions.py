"""What a model answered while it was rewarded, kept as parquet: `completions/STEP.parquet` beside each line of the log.

A row is an answer of the step's last rollout: `step`, `id` of the sample, `completion`, each weighted reward (NaN where
it could not score) and `advantage`.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet
from transformers import TrainerCallback


@dataclass
class Keep(TrainerCallback):
    """Write the answers that TRL's GRPO trainer holds for its log; its own files lie with the checkpoints and go."""

    trainer: Any
    folder: Path

    def on_log(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """One file a line of the log, whole or not at all; a resumed run writes those behind its checkpoint again."""
        held = self.trainer._logs
        if not state.is_world_process_zero or "reward" not in state.log_history[-1] or not held["completion"]:
            return
        place = self.folder / "completions"
        place.mkdir(exist_ok=True)
        path = place / f"{state.global_step:06d}.parquet"
        draft = path.with_name(path.name + ".part")
        parquet.write_table(table(held, state.global_step), draft)
        os.replace(draft, path)


def table(held: dict[str, Any], step: int) -> pa.Table:
    """The answers of TRL's `_logs` as columns of equal length."""
    texts = [text_of(one) for one in held["completion"]]
    columns = {"step": [step] * len(texts), "id": list(held["extra"].get("id", [None] * len(texts)))}
    columns |= {"completion": texts, **{name: list(values) for name, values in held["rewards"].items()}}
    return pa.table(columns | {"advantage": list(held["advantages"])})


def text_of(completion: Any) -> str:
    """The words of a completion, which TRL gives as a message with text or parts."""
    content = completion[-1]["content"] if isinstance(completion, list) else completion
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
