"""A data card as the Hub shows it: a README.md whose YAML the Hub's own class reads, then sections in its order."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from huggingface_hub import DatasetCard, DatasetCardData

from affectreason.corpus.card_questions import QUESTIONS, is_unknown
from affectreason.corpus.card_tables import SHOWN, agreement, by_split, counts, imbalances, scales, share, table, units

MADE_BY = "<!-- made by affectreason card -->"
USES = ("purpose", "out_of_scope")
CAUTION = (
    "A label says what somebody judged or was asked to show, not what a person felt. These data are no ground for "
    "surveillance, hiring or diagnosis; inferring emotions at work and at school is restricted by law in some "
    "jurisdictions."
)


def readme(card: Mapping[str, Any]) -> str:
    """The card in Markdown; ValueError where the Hub's class would read other metadata than were written."""
    metadata = DatasetCardData(**card["metadata"])
    text = DatasetCard(f"---\n{metadata.to_yaml()}\n---\n{_body(card)}\n").content
    if DatasetCard(text).data.to_dict() != card["metadata"]:
        raise ValueError("the card's metadata do not come back as they were written")
    return text


def _body(card: Mapping[str, Any]) -> str:
    parts = [
        MADE_BY,
        f"# Dataset Card for {card['metadata'].get('pretty_name') or card['file']}",
        f"{card['samples']:,} samples. {unanswered_line(card)}",
        "## Dataset Details",
        _answers(card, "About"),
        _answers(card, "Access"),
        "## Uses",
        _bullets(card, USES),
        CAUTION,
        "## Dataset Structure",
        *_structure(card),
        "## Dataset Creation",
        "### Source Data",
        _answers(card, "Source"),
        "### Annotations",
        _answers(card, "Annotation"),
        *agreement(card),
        "#### Who are the annotators?",
        _answers(card, "Annotators"),
        "#### Personal and Sensitive Information",
        _answers(card, "People"),
        "## Bias, Risks, and Limitations",
        _answers(card, "Limits"),
        *_findings(card),
        "## Digests",
        "\n".join(
            (
                f"- `{card['file']}`: SHA-256 `{card['sha256']}`",
                f"- contents of the media, names and order left aside: {_media_digest(card)}",
                f"- made with {card['made_with']}; the same numbers are in `card.json`",
            )
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def card_of(text: str) -> str | None:
    """The name of the file that a README is the card of; None where it is none of ours."""
    found = re.search(r"^- `(.+)`: SHA-256 `[0-9a-f]{64}`$", text, re.MULTILINE)
    return found[1] if found and MADE_BY in text else None


def unanswered_line(card: Mapping[str, Any]) -> str:
    """`3 of 28 questions are unanswered: consent, privacy, takedown.`"""
    left = card["unanswered"]
    if not left:
        return f"All {card['questions']} questions are answered."
    return f"{len(left)} of {card['questions']} questions are unanswered: {', '.join(left)}."


def _structure(card: Mapping[str, Any]) -> list[str]:
    total, media = card["samples"], card["media"]
    parts = ["### Splits", counts("split", card["fields"]["split"], total)]
    for name, title in (("labels", "Emotion labels"), ("sentiments", "Sentiment labels")):
        if card[name]:
            parts += [f"### {title}", by_split(card[name]), imbalances(card[f"{name}_imbalance"])]
    if card["several"]:
        parts += ["### Sets of emotions", "Samples in which each is named:", by_split(card["several"])]
    if card["unseen"]:
        more = f" and {len(card['unseen']) - SHOWN:,} more" if len(card["unseen"]) > SHOWN else ""
        parts.append(f"Of the vocabulary, no sample has: {', '.join(card['unseen'][:SHOWN])}{more}.")
    parts += [*units(card["units"]), *scales(card["scales"])]
    parts += ["### Media", counts("media of a sample", card["fields"]["media"], total)]
    parts.append(
        f"{media['files']:,} distinct files (a folder of frames counts as one), {media['missing']:,} of them missing "
        f"({share(media['samples_missing'], total)} of samples miss one), {_bytes(media['bytes'])}."
    )
    parts += [
        "### What samples carry",
        counts("field", {**card["has"], "nothing annotated": card["unlabelled"]}, total),
    ]
    parts += [f"{card['people']:,} people are told apart."] if card["people"] else []
    parts.append("### Where they come from")
    for name in ("dataset", "origin", "labeller", "affect", "vocabulary", "licence", "gate", "task", "fold"):
        if set(card["fields"][name]) != {"not said"}:
            parts.append(counts(name, card["fields"][name], total))
    unsaid = [name for name in ("dataset", "origin", "affect", "licence") if set(card["fields"][name]) == {"not said"}]
    return parts + ([f"No sample says its {', '.join(unsaid)}."] if unsaid else [])


def _findings(card: Mapping[str, Any]) -> list[str]:
    rows = [[one["level"], one["kind"], f"{one['count']:,}", one["text"], one["mend"]] for one in card["findings"]]
    said = (
        table(["level", "kind", "count", "what", "what mends it"], rows) if rows else "`affectreason check` finds none."
    )
    parts = ["### What a check finds: duplicates, leaks, damage", said]
    if card["media_sha256"] is None and card["media"]["files"]:
        parts.append("The media were not opened, so contents were not compared: run `affectreason check` first.")
    return parts


def _media_digest(card: Mapping[str, Any]) -> str:
    return f"SHA-256 `{card['media_sha256']}`" if card["media_sha256"] else "not known, the media were not opened"


def _answers(card: Mapping[str, Any], section: str) -> str:
    return _bullets(card, [one.key for one in QUESTIONS if one.section == section and one.key not in USES])


def _bullets(card: Mapping[str, Any], keys: Iterable[str]) -> str:
    texts = {one.key: one.text for one in QUESTIONS}
    lines = []
    for key in keys:
        answer = card["answers"][key]
        said = ", ".join(answer) if isinstance(answer, list) else " ".join(answer.split())
        lines.append(f"- **{texts[key]}** {'*unknown*' if is_unknown(said) else said}")
    return "\n".join(lines)


def _bytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
