"""The data card of a file of samples as plain values: what was counted, what people answered, what was found."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from affectreason import __version__
from affectreason.affect.labels import LABELS
from affectreason.corpus.agreement import finite
from affectreason.corpus.card_front import front
from affectreason.corpus.card_questions import QUESTIONS, Answer, unanswered
from affectreason.corpus.finding import Finding
from affectreason.corpus.tally import Tally, imbalance
from affectreason.errors import InputError


@dataclass(frozen=True)
class Origin:
    """The file a card is of: its name, the SHA-256 of its bytes, and one over the contents of its media if known."""

    file: str
    sha256: str
    media_sha256: str | None = None


def card(tally: Tally, answers: Mapping[str, Answer], findings: Sequence[Finding], origin: Origin) -> dict[str, Any]:
    """All that the card says, as JSON can hold it; shares and rates in [0, 1], sizes in bytes."""
    if not tally.samples:
        raise InputError(f"{origin.file} holds no samples; write one JSON object a line, as `affectreason prep` does")
    return {
        **asdict(origin),
        "made_with": f"affectreason {__version__}",
        "metadata": front(tally, answers).to_dict(),
        "questions": len(QUESTIONS),
        "unanswered": unanswered(answers),
        "answers": dict(answers),
        "samples": tally.samples,
        "unlabelled": tally.unlabelled,
        "people": len(set(tally.people)),
        "fields": {name: _sorted(counts) for name, counts in tally.fields.items()},
        "has": {name: tally.has[name] for name in sorted(tally.has)},
        "media": {"kinds": _sorted(tally.files.kinds), **tally.files.counted(), "samples_missing": tally.media_missing},
        **_distributions(tally),
        "scales": {
            name: {
                "count": one.count,
                "least": finite(one.least),
                "most": finite(one.most),
                "mean": finite(one.total / one.count),
            }
            for name, one in tally.scales.items()
        },
        "units": {
            name: {"samples": one.said, "absence_is_coded": one.absence_is_coded, "units": one.rows()}
            for name, one in sorted(tally.units.items())
        },
        "agreement": tally.votes.results(),
        "sets_of_votes": tally.votes.sets,
        "findings": [asdict(finding) for finding in findings],
    }


def portable(finding: Finding, data: Path) -> Finding:
    """The finding without paths of this machine: files below the folder of `data` relative to it, no others."""
    folder = re.compile(rf"(?<!\S){re.escape(str(data.parent.absolute()))}/")

    def plain(example: str) -> str:
        text = folder.sub("", example.replace(f"({data}:", f"({data.name}:"))
        named, _, told = text.partition("): ")
        return f"{named})" if told.startswith("/") or " /" in told else text

    return replace(finding, examples=tuple(map(plain, finding.examples)))


def content_digest(contents: Iterable[bytes]) -> str | None:
    """One SHA-256 over the digests of distinct contents, whatever their names and order; None where there is none."""
    distinct = sorted(set(contents))
    return hashlib.sha256(b"".join(distinct)).hexdigest() if distinct else None


def _distributions(tally: Tally) -> dict[str, Any]:
    """Labels by split, how uneven they are, and the names of the vocabulary that no sample has."""
    said: dict[str, Any] = {}
    for name, by_split in (("labels", tally.labels), ("sentiments", tally.sentiments)):
        whole = sum(by_split.values(), Counter[str]())
        said[name] = {split: _sorted(counts) for split, counts in sorted(by_split.items())}
        said[f"{name}_imbalance"] = {
            split: imbalance(counts) for split, counts in [("all", whole), *sorted(by_split.items())] if counts
        }
    said["several"] = {split: _sorted(counts) for split, counts in sorted(tally.several.items())}
    given = {name for counts in (*tally.labels.values(), *tally.several.values()) for name in counts}
    sets = [LABELS[name] for name in tally.fields["vocabulary"] if name in LABELS]
    said["unseen"] = sorted({name for one in sets for name in one.names} - given) if given else []
    return said


def _sorted(counts: Counter[str]) -> dict[str, int]:
    """The counts, the largest first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
