"""A data card as the Hub shows it: a README.md whose YAML the Hub's own class reads, then sections in its order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from huggingface_hub import DatasetCard, DatasetCardData

from affectreason.affect import facs
from affectreason.corpus.card_questions import QUESTIONS, UNKNOWN

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
        *_agreement(card),
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


def unanswered_line(card: Mapping[str, Any]) -> str:
    """`3 of 28 questions are unanswered: consent, privacy, takedown.`"""
    left = card["unanswered"]
    if not left:
        return f"All {card['questions']} questions are answered."
    return f"{len(left)} of {card['questions']} questions are unanswered: {', '.join(left)}."


def _structure(card: Mapping[str, Any]) -> list[str]:
    total, media = card["samples"], card["media"]
    parts = ["### Splits", _counts("split", card["fields"]["split"], total)]
    for name, title in (("labels", "Emotion labels"), ("sentiments", "Sentiment labels")):
        if card[name]:
            parts += [f"### {title}", _by_split(card[name]), _imbalances(card[f"{name}_imbalance"])]
    if card["several"]:
        parts += ["### Sets of emotions", "Samples in which each is named:", _by_split(card["several"])]
    if card["unseen"]:
        parts.append(f"Of the vocabulary, no sample has: {', '.join(card['unseen'])}.")
    parts += [*_units(card["units"]), *_scales(card["scales"])]
    parts += ["### Media", _counts("media of a sample", card["fields"]["media"], total)]
    parts.append(
        f"{media['files']:,} distinct files (a folder of frames counts as one), {media['missing']:,} of them missing "
        f"({_share(media['samples_missing'], total)} of samples miss one), {_bytes(media['bytes'])}."
    )
    parts += [
        "### What samples carry",
        _counts("field", {**card["has"], "nothing annotated": card["unlabelled"]}, total),
    ]
    parts += [f"{card['people']:,} people are told apart."] if card["people"] else []
    parts.append("### Where they come from")
    for name in ("dataset", "origin", "labeller", "affect", "vocabulary", "licence", "gate", "task", "fold"):
        if set(card["fields"][name]) != {"not said"}:
            parts.append(_counts(name, card["fields"][name], total))
    unsaid = [name for name in ("dataset", "origin", "affect", "licence") if set(card["fields"][name]) == {"not said"}]
    return parts + ([f"No sample says its {', '.join(unsaid)}."] if unsaid else [])


def _imbalances(by_split: Mapping[str, Mapping[str, Any]]) -> str:
    head = ["split", "classes", "entropy / even", "largest / smallest", "majority", "always guessing it scores"]
    return _table(
        head,
        [
            [split, one["classes"], _number(one["entropy_ratio"]), _number(one["largest_to_smallest"], 1),
             one["majority"], _number(one["majority_share"])]
            for split, one in by_split.items()
        ],
    )  # fmt: skip


def _units(units: Mapping[str, Mapping[str, Any]]) -> list[str]:
    parts = ["### Action units"] if units else []
    for name, one in units.items():
        base = "of the samples in which a unit was coded" if one["absence_is_coded"] else (
            "of the samples that say anything of units: only present ones are listed, absent and not coded look alike"
        )  # fmt: skip
        parts.append(f"{name}: {one['samples']:,} samples say something of units; rates are {base}.")
        rows = [
            [facs.spelling(row["unit"]) if row["unit"] in facs.UNITS else f"AU{row['unit']}",
             facs.UNITS[row["unit"]].name if row["unit"] in facs.UNITS else "", f"{row['coded']:,}",
             f"{row['present']:,}", _number(row["rate"])]
            for row in one["units"]
        ]  # fmt: skip
        parts.append(_table(["unit", "name", "coded", "present", "base rate"], rows) if rows else "")
    return parts


def _scales(scales: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows = [
        [name, f"{s['count']:,}", *(_number(s[key]) for key in ("least", "mean", "most"))] for name, s in scales.items()
    ]
    return ["### Scales", _table(["scale", "samples", "least", "mean", "most"], rows)] if rows else []


def _agreement(card: Mapping[str, Any]) -> list[str]:
    rows = [
        [name, f"{one['items']:,}", f"{one['votes']:,}", _number(one.get("pairwise")), _number(one.get("difference")),
         "undefined: every vote is the same" if one["alpha"] is None else _number(one["alpha"])]
        for name, one in card["agreement"].items()
    ]  # fmt: skip
    parts = ["#### Agreement of the single votes"] if rows or card["sets_of_votes"] else []
    if rows:
        head = ["measure", "items", "votes", "pairs that agree", "mean difference", "Krippendorff's alpha"]
        parts += [_table(head, rows), "An item counts where two or more gave the vote; a vote not given is left out."]
    if card["sets_of_votes"]:
        parts.append(
            f"{card['sets_of_votes']:,} samples have votes for several emotions at once; they are not measured."
        )
    return parts


def _findings(card: Mapping[str, Any]) -> list[str]:
    rows = [[one["level"], one["kind"], f"{one['count']:,}", one["text"], one["mend"]] for one in card["findings"]]
    said = (
        _table(["level", "kind", "count", "what", "what mends it"], rows)
        if rows
        else "`affectreason check` finds none."
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
        lines.append(f"- **{texts[key]}** {'*unknown*' if said == UNKNOWN else said}")
    return "\n".join(lines)


def _counts(title: str, counts: Mapping[str, int], total: int) -> str:
    return _table(
        [title, "samples", "share"],
        [
            [name.replace("_", " ") if title == "field" else name, f"{n:,}", _share(n, total)]
            for name, n in counts.items()
        ],
    )


def _by_split(by_split: Mapping[str, Mapping[str, int]]) -> str:
    sums: dict[str, int] = {}
    for counts in by_split.values():
        for name, count in counts.items():
            sums[name] = sums.get(name, 0) + count
    names = sorted(sums, key=lambda name: (-sums[name], name))
    rows = [[name, *(f"{counts.get(name, 0):,}" for counts in by_split.values()), f"{sums[name]:,}"] for name in names]
    return _table(["label", *by_split, "all"], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [list(map(str, head)), ["---"] * len(head), *(list(map(str, row)) for row in rows)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in lines
    )


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f} %"


def _bytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _number(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:.{digits}f}"
