"""What is said of a file whose tensors are not those of the model that it is to be."""

from huggingface_hub.errors import StrictDataclassError

WRONG = (
    KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError, ArithmeticError, StrictDataclassError,
)  # fmt: skip
"""What numpy, torch and transformers raise where sizes or names do not fit."""


def why(error: Exception) -> str:
    """The line of an error that tells: what a key lacks, the first entry of torch's lists, else the last line."""
    if isinstance(error, KeyError):
        return f"it lacks {error.args[0]}"
    lines = str(error).splitlines() or [type(error).__name__]
    return (lines[1] if isinstance(error, RuntimeError) and len(lines) > 1 else lines[-1]).strip().rstrip(".")
