"""Whether a chat template makes a prompt of a dialogue, told before weights are read."""

from typing import Any

from jinja2 import TemplateError

QUESTION = "What does this face show?"
FAULTS = (TemplateError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What jinja and transformers raise of a template: its syntax, what it does with values, its own refusals."""


def fault(processor: Any) -> str | None:
    """What is wrong with a processor's chat template, in words that follow the model's name; None where it is right.

    It is filled in with one question, with a picture and without.
    """
    try:
        seen, alone = (_filled(processor, slots) for slots in ([{"type": "image"}], []))
    except FAULTS as error:
        said = " ".join(str(error).split()) or type(error).__name__
        return f"its chat template (chat_template.jinja) makes no prompt: {said.rstrip('.')}"
    if QUESTION not in seen:
        return "its chat template (chat_template.jinja) leaves the question out"
    if seen == alone:
        return "its chat template (chat_template.jinja) leaves the picture out"
    return None


def _filled(processor: Any, slots: list[dict[str, str]]) -> str:
    dialogue = [{"role": "user", "content": [*slots, {"type": "text", "text": QUESTION}]}]
    return str(processor.apply_chat_template(dialogue, tokenize=False, add_generation_prompt=True))
