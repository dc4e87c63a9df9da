"""Whether all of an adapter was put on a model: names, and the rank that its config says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import safe_open

from affectreason.errors import InputError

EMBEDDINGS = ("embed_tokens.weight", "lm_head.weight")
"""Weights of the base that PEFT puts beside an adapter where the vocabulary grew."""


def unapplied(model: Any, folder: Path) -> str | None:
    """In words which weights of an adapter on a model were left over, or which it lacked; None where all are there.

    PEFT goes on with a warning, or without: what is left over is not applied, what is missing stays random.
    """
    from peft import get_peft_model_state_dict

    has = set(get_peft_model_state_dict(model, save_embedding_layers=False))  # else it asks the Hub for the base
    with safe_open(folder / "adapter_model.safetensors", "pt") as file:
        there = set(file.keys())
    saved = {name for name in there if name in has or "lora_" in name or not name.endswith(EMBEDDINGS)}
    for names, what in ((saved - has, "have no place in the model"), (has - saved, "are missing in its file")):
        if names:
            return f"{len(names)} of its weights {what}, first {min(names)}"
    return None


@contextmanager
def of_its_rank(adapter: str, config: dict[str, Any]) -> Iterator[None]:
    """Raise InputError where weights have another rank or size than the adapter's own config says."""
    try:
        yield
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if "size mismatch for" in line]
        if not lines:
            raise
        sizes = lines[0].partition(": ")[2].replace("torch.Size", "").replace("copying a param with shape", "it has")
        raise InputError(
            f"adapter {adapter} is of another rank than its adapter_config.json says (r: {config.get('r')}): "
            f"{len(lines)} of its weights have another size, the first: {sizes.rstrip('.')}; fetch both files again"
        ) from error
