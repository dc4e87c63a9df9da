"""The prompt texts, and the messages made of a sample: the same for training, rollout, evaluation and chat.

A prompt's text may hold `{question}` and `{labels}`, its question `{labels}`; what the model must answer is laid out by
`target`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from affectreason.affect import choices, facs, labels
from affectreason.affect.named import emotions_said
from affectreason.errors import InputError, nearest

if TYPE_CHECKING:  # checking a recipe needs the names of prompts only
    from affectreason.affect.sample import Affect, Media, Sample

Message = dict[str, Any]
SLOTS = {"video": "video", "frames": "video", "audio": "audio"}
"""What stands in a message for media of a kind; all else is a picture."""


@dataclass(frozen=True)
class Prompt:
    """A text put to the model with the media; `question` stands in where a sample asks nothing itself.

    `answers` is the form of the answer that is learned to it (`targets.target`); to think before it answers, or not,
    is the choice of a prompt.
    """

    text: str
    question: str
    system: str | None = None
    answers: Literal["reasoned", "words", "description", "label", "tree"] = "reasoned"


TINY = Prompt(
    text="{question}",  # short: on a CPU every prompt token counts, and a tiny model learns its labels from the answers
    question="Which action units, which emotion?",
)

# The block structure follows what Facial-R1 (arXiv 2511.10254) asks for: observe units first, then conclude, in tags.
FACIAL_R1 = Prompt(
    question="Which emotion does this face show?",
    text=(
        "{question}\n\n"
        "Work from the facial evidence to the emotion.\n"
        "1. Inside <think> and </think>, describe in one short paragraph which facial action units are active. "
        "Write the number of each unit in parentheses right after its description, for example "
        "'the brows are lowered (AU4)'. Name a unit only if you can see it; if the face is at rest, say that no "
        "action unit is active.\n"
        "2. Still inside <think>, explain how these units together lead to the emotion.\n"
        "3. Then give the emotion between <answer> and </answer>, one word of: {labels}.\n\n"
        "Action units:\n" + "\n".join(f"{facs.spelling(n)} {unit.name}" for n, unit in facs.UNITS.items()) + "\n\n"
        "An example of the form:\n"
        "<think>The lip corners are pulled up (AU12) and the cheeks are raised (AU6). A raised cheek with a smile is "
        "what a felt smile looks like, so the face shows joy.</think><answer>happiness</answer>"
    ),
)

PLAIN = Prompt(text="{question}", question="Describe the emotion in this picture and the evidence for it.")

REASONED = Prompt(
    question=PLAIN.question,
    text=(
        "{question}\n\n"
        "First give the evidence you see and hear between <think> and </think>. "
        "Then give the answer alone between <answer> and </answer>."
    ),
)

WORDS = Prompt(
    question="Which emotions does this person feel?",
    text="{question}\n\nName every emotion that fits, in single words with commas between them, and nothing else.",
    answers="words",
)

DESCRIBE = Prompt(
    question="What does this person feel, and what shows it?",
    text=(
        "{question}\n\n"
        "Describe what the face, the voice and the words each show, where you have them, and what follows from it."
    ),
    answers="description",
)

REASONED_WORDS = Prompt(
    question=WORDS.question,
    text=(
        "{question}\n\n"
        "First give the evidence you see and hear between <think> and </think>. Then name every emotion that fits, in "
        "single words with commas between them, between <answer> and </answer>."
    ),
)

LABEL = Prompt(
    question="Which emotion does this person show?",
    text="{question}\n\nAnswer with one word and nothing else, of: {labels}.",
    answers="label",
)

TREE = Prompt(
    question="What does this person show and feel?",
    text=(
        "{question}\n\n"
        "Write what the person looks like and does between <attribute> and </attribute>, then what the face does "
        "between <expression> and </expression>, then what is felt between <emotion> and </emotion>; words with "
        "commas between them, or none."
    ),
    answers="tree",
)

TINY_TREE = Prompt(text=TINY.text, question="What is seen, done and felt?", answers="tree")
TINY_WORDS = Prompt(text=TINY.text, question="Which feelings?", answers="words")

TINY_DESCRIBE = Prompt(text=TINY.text, question="What shows it?", answers="description")

PROMPTS = {
    "tiny_words": TINY_WORDS,
    "tiny_describe": TINY_DESCRIBE,
    "tree": TREE,
    "tiny_tree": TINY_TREE,
    "words": WORDS,
    "describe": DESCRIBE,
    "reasoned_words": REASONED_WORDS,
    "label": LABEL,
    "tiny": TINY,
    "facial_r1": FACIAL_R1,
    "plain": PLAIN,
    "reasoned": REASONED,
}


def find(name: str) -> Prompt:
    """The prompt of that name; an unknown one is an error that lists them."""
    if name not in PROMPTS:
        raise InputError(f"unknown prompt {name!r}; {nearest(name, PROMPTS)}")
    return PROMPTS[name]


def messages(sample: Sample, prompt: Prompt, hint: bool = False) -> list[Message]:
    """The dialogue up to the model's answer: media slots in the sample's order, then the text.

    Content is a list of `{"type": "image" | "video" | "audio"}` parts, with the `role` of a medium that has one, and
    `{"type": "text", "text": ...}` parts; the media themselves are loaded by whoever makes tensors. In place of
    `{question}` come what was said before and in the media, quoted, a line each; the question; and the choices of a
    closed one, unless it has them with their letters. `hint` adds the gold labels, for synthesis only.
    """
    dialogue: list[Message] = []
    if prompt.system:
        dialogue.append({"role": "system", "content": [text_part(prompt.system)]})
    dialogue += [{"role": turn.role, "content": [text_part(turn.text)]} for turn in sample.turns]
    text = text_of(sample, prompt)
    known = hint_text(sample.gold, sample.answer) if hint else None
    if known is not None:
        text += "\n" + known
    slots = [slot(item) for item in sample.media]
    question: Message = {"role": "user", "content": [text_part(text)]}
    first = next((message for message in dialogue if message["role"] == "user"), question)
    first["content"] = [*slots, *first["content"]]
    return [*dialogue, question]


def text_of(sample: Sample, prompt: Prompt) -> str:
    """All that a prompt asks of a sample, in words."""
    names = ", ".join(labels.find(sample.labels).names) if sample.labels else ""
    question = asked(sample, prompt.question.replace("{labels}", names))
    return prompt.text.replace("{labels}", names).replace("{question}", question)


def asked(sample: Sample, default: str) -> str:
    """What was said before and is said in the media, the question (or `default`), its choices: each on its line."""
    question = sample.question or default
    lines = [question]
    spoken = None if sample.transcript is None else " ".join(sample.transcript.split())
    if spoken == "":
        lines.insert(0, "Nothing is said.")
    elif spoken is not None and not quoted(spoken, question):
        lines.insert(0, f"What is said: “{spoken}”")
    if sample.context:
        earlier = " ".join(f"“{' '.join(one.split())}”" for one in sample.context)
        lines.insert(0, f"What was said before: {earlier}")
    allowed = choices.of(sample)
    if allowed is not None and allowed.names and not allowed.letters:
        how_many = "all that fit" if sample.answer is None and sample.gold.emotions is not None else "one"
        lines.append(f"Choose {how_many} of: {'; '.join(allowed.names)}.")
    return "\n".join(lines)


def quoted(spoken: str, question: str) -> bool:
    """Whether a question holds what is said already; one or two words may stand in any question by chance."""
    return spoken.count(" ") > 1 and spoken in " ".join(question.split())


def slot(media: Media) -> Message:
    """The part of a message in whose place a medium is put; of a clip its pictures, never its sound track."""
    kind = SLOTS.get(media.kind, "image")
    return {"type": kind} if media.role is None else {"type": kind, "role": media.role}


def text_part(text: str) -> Message:
    """A text part of a message."""
    return {"type": "text", "text": text}


def hint_text(gold: Affect, answer: str | None = None) -> str | None:
    """The right answer and the gold labels in words, those that are annotated; the hint of a synthesis prompt.

    None if there are none.
    """
    parts = [] if answer is None else [f"answer {answer}"]
    if gold.units is not None:
        parts.append("action units " + (", ".join(facs.spelling(n) for n in sorted(gold.units)) or "none"))
    if gold.emotion is not None:
        parts.append(f"emotion {gold.emotion}")
    elif gold.emotions:
        parts.append("emotions " + ", ".join(emotions_said(gold)))
    if not parts:
        return None
    return f"Known to be right: {'; '.join(parts)}. Explain it from what is visible."


def again(dialogue: list[Message], answer: str, problems: list[str]) -> list[Message]:
    """The dialogue extended by a refused answer and what was wrong with it."""
    return [
        *dialogue,
        {"role": "assistant", "content": [text_part(answer)]},
        {"role": "user", "content": [text_part("Not accepted: " + "; ".join(problems) + ". Answer again.")]},
    ]


def target(sample: Sample) -> str | None:
    """The text a model should answer: the sample's own `response`, else its reasoning and emotions or answer in tags.

    Without reasoning the annotated units stand in for it. None when the sample holds none of the three, so there is
    nothing to learn to say.
    """
    if sample.response is not None:
        return sample.response
    said = sample.answer if sample.choices or sample.gold.emotion is None else sample.gold.emotion
    said = said if said is not None else ", ".join(emotions_said(sample.gold))
    if not said:
        return None
    reasoning = sample.reasoning if sample.reasoning is not None else evidence(sample.gold)
    if reasoning is None:
        return f"<answer>{said}</answer>"
    return f"<think>{reasoning}</think><answer>{said}</answer>"


def evidence(gold: Affect) -> str | None:
    """Reasoning composed of the annotated units alone, None where units were not annotated."""
    if gold.units is None:
        return None
    if not gold.units:
        return "No action unit is active."
    seen = [f"{facs.phrase(n)} ({facs.spelling(n)})" for n in sorted(gold.units)]
    text = ", ".join(seen)
    return text[0].upper() + text[1:] + "."
