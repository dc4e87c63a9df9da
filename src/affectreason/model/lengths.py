"""How long rows become in tokens, and which do not fit what a stage or the model allows."""

from dataclasses import dataclass

from affectreason.corpus.finding import Finding, plural
from affectreason.model.askable import Fault, Row
from affectreason.recipe.parts import GRPO, SFT, Stage, Synthesize

SMALLER = "lower media.max_pixels or media.max_frames, or take them out"


@dataclass(frozen=True)
class Length:
    """Tokens of one row: of the prompt, of the media in it, of the answer (None where a model writes it)."""

    prompt: int
    vision: int
    answer: int | None


def summary(stage: Stage, lengths: list[Length]) -> list[Finding]:
    """The distribution of the lengths of rows drawn without regard to their length."""
    if not lengths:
        return []
    parts = {"prompt": [one.prompt for one in lengths], "of it vision": [one.vision for one in lengths]}
    if isinstance(stage, SFT):
        parts["prompt and answer"] = [one.prompt + (one.answer or 0) for one in lengths]
    said = "; ".join(f"{name} {quantiles(values)}" for name, values in parts.items())
    text = f"{stage.name}: tokens (least / median / 95 % / most) of {plural(len(lengths), 'sample')}: {said}"
    return [Finding("note", "token_lengths", len(lengths), text)]


def quantiles(values: list[int]) -> str:
    """Least, median, 95 % and most."""
    found = sorted(values)
    at = (0, (len(found) - 1) // 2, -(-95 * len(found) // 100) - 1, len(found) - 1)
    return " / ".join(str(found[one]) for one in at)


def limits(stage: Stage, context: int | None) -> list[tuple[str, int, int, str]]:
    """What a stage's rows must fit into: its name, the tokens, those that a model still writes, and what mends it."""
    name = stage.name
    if isinstance(stage, SFT):
        key = f"{name}.train.max_length"
        found = [(key, stage.train.get("max_length"), 0, f"raise {key} to @ or more, or {SMALLER}")]
        room, lower = 0, SMALLER
    elif isinstance(stage, GRPO):
        from trl import GRPOConfig  # here: it takes seconds to import

        default = GRPOConfig.__dataclass_fields__["max_completion_length"].default
        room, lower = stage.train.get("max_completion_length", default), f"lower {name}.train.max_completion_length"
        key = f"{name}.train.vllm_max_model_length"
        limit = stage.train.get("vllm_max_model_length") if stage.train.get("use_vllm") else None
        found, lower = [(key, limit, room, f"raise {key} to @ or more, or {SMALLER}")], f"{lower}, or {SMALLER}"
    else:
        assert isinstance(stage, Synthesize)
        found, room, lower = [], stage.max_new_tokens, f"lower {name}.max_new_tokens, or {SMALLER}"
    found.append(("the model's context", context, room, lower))
    return [(what, limit, room, mend) for what, limit, room, mend in found if limit is not None]


def too_long(stage: Stage, rows: list[tuple[Row, Length]], context: int | None) -> list[Finding]:
    """The rows that do not fit, for each limit of the stage."""
    found: list[Finding] = []
    for what, limit, room, mend in limits(stage, context):
        needs = [length.prompt + (length.answer or 0) + room for _, length in rows]
        most = max(needs, default=0)
        written = f" with {room} to write" if room else ""
        of = plural(len(rows), "measured sample")
        text = f"{stage.name}: # of {of}{written} too long for {what}, {limit} tokens"
        fault = Fault("error", "too_long", f"{text}; the longest has {most}", mend.replace("@", str(most)))
        for (row, _), need in zip(rows, needs, strict=True):
            if need > limit:
                fault.add(row, f"{need} tokens")
        found += fault.finding()
    return found
