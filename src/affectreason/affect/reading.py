"""The one place that chooses how an answer is read: as a label, a choice, a set of choices, or any words.

Labels are taken apart by `response.parse`, any words by `open_words.parse_words` with the package's lexicon.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from affectreason.affect import choices, labels, open_words, tree_texts, wheel
from affectreason.affect.choices import Choices
from affectreason.affect.denial import affirmed
from affectreason.affect.labels import Labels
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import Sample
from affectreason.errors import InputError

NO_LABELS = Labels("no labels", (), {}, {}, {})
_LONGEST = 200  # characters of an answer that may be letters
_BLOCK = re.compile(r"</?(?:think|answer)>", re.I)
_FORMS = {
    "reasoned": "there is no reasoning before the answer",
    "words": "it is not a list of words alone",
    "description": "it is not a description alone",
    "label": "it is not one label alone",
    "tree": "it is not a tree in tags that ends with the emotion",
}
_ANSWER_ALONE = re.compile(r"\s*<answer>([^<>]*)</answer>\s*", re.I)


Form = Literal["reasoned", "words", "description", "label", "tree"]
"""What a prompt asks for: reasoning and an answer in tags, words, a description or a label alone, a tree in tags."""


def read(
    text: str,
    sample: Sample,
    vocabulary: str | None = None,
    units: Iterable[int] | None = None,
    form: Form | None = None,
) -> Response:
    """Take a text apart as the sample's question and the prompt's `form` ask for its answer; never raises over a text.

    `vocabulary` is the label set of a sample that names none, `units` the action units that count. Without a `form` a
    list of any words may have reasoning or not, all else must. InputError where neither names a label set and the
    answer would be a label.
    """
    known, laid_out = _vocabulary(sample, vocabulary), tree_texts.as_reasoned(text)
    any_words = known.any_word and choices.of(sample) is None
    if form in ("words", "label") and not any_words and not _BLOCK.search(laid_out):
        laid_out = f"<answer>{text}</answer>"
    if asks_for_set(sample) or (form == "words" and not known.any_word):
        found = read_set(laid_out, sample, known, units)
    elif any_words:
        found = _read_words(laid_out, units)
    else:
        found = parse(laid_out, NO_LABELS if known.any_word else known, units, choices.of(sample))
    found = found if laid_out is text else replace(found, text=text)
    return found if form is None else _in_form(found, sample, known, form)


def asks_for_set(sample: Sample) -> bool:
    """Whether a question has choices of which several may be right: those that are annotated are emotions."""
    return bool(sample.choices) and sample.answer is None and sample.gold.emotions is not None


def read_set(text: str, sample: Sample, known: Labels, units: Iterable[int] | None) -> Response:
    """The labels, else the sample's choices, that a text affirms; `chosen` says where letters count.

    The form is that of `parse`, with a set in the answer block; `said.emotions` is None where none is named.
    """
    found = parse(text, known, units, Choices())
    answer = found.answered or (text if found.reasoning is None and found.answered is None else "")
    among = Labels("choices", sample.choices or (), {}, {}, {}) if known.any_word or not known.names else known
    names = chosen(answer, sample, among)
    said = found.said.model_copy(update={"emotion": None, "emotions": dict.fromkeys(names, 1.0) or None})
    problem = found.problem if names else "the answer names none of the choices"
    return replace(found, said=said, well_formed=found.well_formed and bool(names), problem=problem)


def chosen(answer: str, sample: Sample, vocabulary: Labels) -> list[str]:
    """The labels an answer affirms among the choices; by their letters only where it is nothing but letters."""
    letters = re.sub(r"[\s,.()&]", "", answer[:_LONGEST])
    named = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", sample.choices or (), strict=False))
    if letters and len(answer) <= _LONGEST and len(set(letters)) == len(letters) and set(letters) <= set(named):
        return [vocabulary.canonical(named[letter]) or named[letter] for letter in letters]
    return affirmed(answer, vocabulary)


def _in_form(found: Response, sample: Sample, known: Labels, form: Form) -> Response:
    """The response, well formed where it has this form; without tags the answer is the whole text."""
    if form in ("reasoned", "tree"):  # a whole tree was laid out as both
        fits = found.well_formed and found.reasoning is not None
        problem = found.problem if fits == found.well_formed else _FORMS[form]
        return replace(found, well_formed=fits, problem=problem)
    alone = _ANSWER_ALONE.fullmatch(found.text)
    fits = alone is not None or not _BLOCK.search(found.text)
    text = alone[1] if alone else found.text
    if form == "description":
        fits = fits and bool(text.strip())
    elif form == "words":
        fits = fits and bool(found.said.emotions) and open_words.is_list(text, wheel.default())
    else:
        fits = fits and _is_one(text, sample, known)
    return replace(found, well_formed=fits, problem=None if fits else _FORMS[form])


def _is_one(text: str, sample: Sample, known: Labels) -> bool:
    """Whether a text is one label, choice, or word where any will do, and no more."""
    allowed = choices.of(sample)
    if allowed is not None:
        return allowed.find(text) is not None
    if known.any_word:
        lexicon = wheel.default()
        words = open_words.parse_words(text, lexicon).said.emotions
        return len(words or ()) == 1 and open_words.is_list(text, lexicon)
    return known.canonical(text) is not None


def _vocabulary(sample: Sample, vocabulary: str | None) -> Labels:
    name = sample.labels or vocabulary
    if name is not None:
        return labels.find(name)
    if choices.of(sample) is None:
        raise InputError(f"sample {sample.id!r} names no label set; give it labels, such as ekman7 or open")
    return NO_LABELS


def _read_words(text: str, units: Iterable[int] | None) -> Response:
    """The emotion words, and the units beside them.

    Well formed is a list in the form of `parse`, in an answer block alone, or bare: the last two do not reason.
    """
    lexicon = wheel.default()
    words, form = open_words.parse_words(text, lexicon), parse(text, NO_LABELS, units, Choices())
    alone = _ANSWER_ALONE.fullmatch(text)
    bare = alone[1] if alone else text if not _BLOCK.search(text) else None
    listed = form.answered if form.well_formed else bare
    well_formed = bool(words.said.emotions) and listed is not None and open_words.is_list(listed, lexicon)
    said = words.said.model_copy(update={"aus": form.said.aus})
    problem = words.problem or (form.problem if form.well_formed or listed is None else None)
    if problem is None and not well_formed:
        problem = "the answer is no list of words"
    return Response(text, words.reasoning, said, well_formed, problem, words.answered)
