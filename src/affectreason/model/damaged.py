"""Whether the files of settings beside a model's weights are whole, told by name before a library reads them."""

import json
from pathlib import Path

from huggingface_hub.errors import StrictDataclassError

NAMES = (
    "config.json", "generation_config.json", "processor_config.json", "preprocessor_config.json",
    "video_preprocessor_config.json", "tokenizer_config.json", "tokenizer.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "chat_template.json", "model.safetensors.index.json",
)  # fmt: skip
"""What transformers reads of a model's folder as JSON, each an object."""

TOKENIZER: dict[str, type] = {"version": str, "added_tokens": list, "model": dict}
"""What a tokenizer.json has; `version` may be missing. Else what reads it raises errors of no kind of their own."""
OTHER = (LookupError, TypeError, AttributeError, StrictDataclassError)
"""What transformers raises of a file that is JSON of another form than it expects."""


def damaged(folder: Path) -> str | None:
    """The first file of settings in a folder that is no JSON object, and why, in words; None where all are whole.

    Libraries pass over one such file, and end at the next in an error that does not name it.
    """
    for name in NAMES:
        if (folder / name).is_file():
            why = _why(folder / name)
            if why is not None:
                return f"{folder / name} {why}"
    return None


def told(error: Exception) -> str:
    """What was raised of settings of another form, in words."""
    return f"a file of its settings has another form than transformers expects ({error!r})".replace("\n", " ")


def _why(path: Path) -> str | None:
    """What is wrong with a file, in words that follow its name."""
    try:
        text = path.read_text(encoding="utf-8")
        if not text.strip():
            return "is empty"
        found = json.loads(text)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (ValueError, RecursionError) as error:
        return f"is cut off or no JSON ({error})"
    if not isinstance(found, dict):
        return f"holds no settings (a {type(found).__name__}, no JSON object)"
    form = TOKENIZER if path.name == "tokenizer.json" else {}
    found = {"version": "", **found}
    wrong = [name for name, kind in form.items() if not isinstance(found.get(name), kind)]
    return f"holds no tokenizer ({wrong[0]!r} is missing there, or of another form)" if wrong else None
