"""The YAML at the head of a data card, in the Hub's names and by the Hub's own class; nothing in it is guessed."""

import re
from collections.abc import Mapping

from huggingface_hub import DatasetCardData

from affectreason.corpus.card_questions import Answer, is_unknown
from affectreason.corpus.tally import NOT_SAID, Tally

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
         (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"))  # fmt: skip
LICENCES = (
    "apache-2.0", "mit", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0",
    "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0",
    "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "odc-by", "odbl", "pddl", "gpl-3.0", "openrail",
)  # fmt: skip
"""Identifiers of the Hub (huggingface.co/docs/hub/repositories-licenses) that data of the field carry."""
CREATORS = {"model": ("machine-generated",), "lexicon": ("machine-generated",), "human+model": ("machine-generated",),
            "self-report": ("other",), "acted": ("other",), "human": ()}  # fmt: skip
BY_PEOPLE = ("human", "human+model")
"""Origins whose makers' kind people must tell."""
CLASSIFIED = {"video": "video-classification", "frames": "video-classification", "image": "image-classification",
              "audio": "audio-classification"}  # fmt: skip
WRITTEN = {"video": "video-text-to-text", "frames": "video-text-to-text", "image": "image-text-to-text",
           "audio": "audio-text-to-text"}  # fmt: skip


def front(tally: Tally, answers: Mapping[str, Answer]) -> DatasetCardData:
    """The card's metadata; a key whose value is not known for sure is left out."""
    language = _known(answers["language"])
    licence, licence_name = hub_licence(_known(answers["licence"]))
    return DatasetCardData(
        pretty_name=", ".join(_known(answers["name"])) or None,
        license=licence,
        license_name=licence_name,
        language=language or None,
        multilinguality=_multilinguality(language),
        annotations_creators=creators(tally, answers["annotator_kind"]) or None,
        size_categories=size_category(tally.samples),
        task_categories=tasks(tally) or None,
        tags=_tags(tally),
    )


def size_category(samples: int) -> str:
    """The Hub's class of that many samples."""
    return next((name for limit, name in SIZES if samples < limit), "100M<n<1B")


def hub_licence(licences: list[str]) -> tuple[str | list[str] | None, str | None]:
    """The Hub's identifiers where all are known for sure; else `other` and an identifier made of the names."""
    if not licences:
        return None, None
    known = [_identifier(licence) for licence in licences]
    sure = list(dict.fromkeys(one for one in known if one is not None))
    if None not in known:
        return (sure[0] if len(sure) == 1 else sure), None
    return "other", "-and-".join(_slug(licence) for licence in licences)[:96]


def creators(tally: Tally, kind: Answer) -> list[str]:
    """Who made the annotations, in the Hub's words; none where one sample's maker, or the people's kind, is unknown.

    To name those who are known alone would say that there are no others.
    """
    if tally.unlabelled == tally.samples:
        return ["no-annotation"]
    origins, people = tally.fields["origin"], _known(kind)
    by_people = any(origins[origin] for origin in BY_PEOPLE)
    if origins[NOT_SAID] or (by_people and not people):
        return []
    return sorted({name for origin in origins for name in CREATORS[origin]} | set(people if by_people else ()))


def tasks(tally: Tally) -> list[str]:
    """The Hub's task categories of what is annotated over which media."""
    kinds = [kind for kind in CLASSIFIED if tally.files.kinds[kind]]
    alone = tally.fields["media"]["text alone"] > 0
    has = tally.has
    found: set[str] = set()
    if has["emotion"] or has["emotions"] or has["sentiment"] or has["units"]:
        found |= {CLASSIFIED[kind] for kind in kinds} | ({"text-classification"} if alone else set())
    if has["reasoning"] or has["response"] or has["answer"]:
        found |= {WRITTEN[kind] for kind in kinds} | ({"text-generation"} if alone else set())
    if has["answer"] and tally.files.kinds["image"]:
        found.add("visual-question-answering")
    return sorted(found)


def _tags(tally: Tally) -> list[str]:
    tags = ["emotion", "affective-computing"]
    tags += [f"affect-{kind}" for kind in sorted(tally.fields["affect"]) if kind != NOT_SAID]
    tags += ["facial-action-units"] if tally.has["units"] else []
    return tags + (["reasoning"] if tally.has["reasoning"] else [])


def _multilinguality(language: list[str]) -> str | None:
    if not language:
        return None
    return "multilingual" if len(language) > 1 or language == ["multilingual"] else "monolingual"


def _known(answer: Answer) -> list[str]:
    """The parts of an answer; none where one of them is unknown."""
    if is_unknown(answer):
        return []
    return [answer] if isinstance(answer, str) else answer


def _identifier(licence: str) -> str | None:
    """The identifier that a name is a plain spelling of: `CC BY-NC-SA 4.0`, `Apache 2.0`, `CC0`."""
    slug = _slug(licence)
    slug = {"cc0": "cc0-1.0", "mit-license": "mit", "apache-license-2.0": "apache-2.0"}.get(slug, slug)
    return slug if slug in LICENCES else None


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")
