"""ArtEmis: paintings of WikiArt, the emotion each evoked in several people, and why in their own words.

A painting is one sample with all its annotators, or with label_view=annotation each annotation is one.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About, LeftOut

SPLITS = ("train", "val", "test", "rest")
VIEWS = ("painting", "annotation")
PROTOCOLS = ("artemis", "sevlm")
COLUMNS = ("art_style", "painting", "emotion", "utterance")
MANY = 41
ABOUT = About(
    title="ArtEmis",
    holds="about 80,000 paintings with 454,684 annotations: one of 9 evoked emotions and why, in a person's words",
    licence="of the data's own form; of the paintings, WikiArt's",
    gate="form",
    get="artemisdataset.org; pictures: WikiArt",
    paper="arXiv 2101.07396",
    layout="""
artemis_dataset_release_v0.csv     art_style,painting,emotion,utterance,repetition
                                   or artemis_preprocessed.csv, which has a column split
wikiart/<art_style>/<painting>.jpg
""",
    labels=("artemis9",),
    affect="evoked",
    origin="human",
    notes=(
        "Paintings with 41 annotations or more are the split rest, as the authors have it.",
        "The authors' 85/5/10 split is random and stands only in their preprocessed table, which is used when it is "
        "there; else a painting's split is a hash of style and painting in these shares: not theirs, always the same.",
        "protocol says when a painting has one emotion: artemis, half of its annotators or more and no other as many; "
        "sevlm, more than half of them.",
        "Of a painting with one emotion, the reasoning is the first that an annotator of that emotion gave.",
        "The preprocessed table has 429,431 annotations; very short and very long texts are not in it.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "protocol": "artemis", "label_view": "painting"}

Row = dict[str, str]


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each painting, in the order of its last row, or for each row; the table is read twice."""
    root = tables.root_folder(options["root"])
    for key, known in (("split", SPLITS), ("protocol", PROTOCOLS), ("label_view", VIEWS)):
        if options[key] not in known and (key, options[key]) != ("split", None):
            raise InputError(f"{key}={options[key]}: {nearest(str(options[key]), known)}")
    path = tables.first(root, "artemis_preprocessed.csv", "artemis_dataset_release_v0.csv", "*/artemis_*.csv")
    if options["label_view"] == "annotation":
        yield from _annotations(path, root, options["split"])
    else:
        yield from _paintings(path, root, options["split"], options["protocol"])


def _annotations(path: Path, root: Path, split: str | None) -> Iterator[Sample]:
    counts = _counted(path)
    for line, row in tables.rows(path, COLUMNS):
        own = _split(row, counts[_key(row)], f"{path}:{line}")
        if split in (None, own):
            yield _annotation(row, f"{path}:{line}", line, root, own)


def _paintings(path: Path, root: Path, split: str | None, protocol: str) -> Iterator[Sample]:
    """Rows are held only until the last one of their painting has come."""
    counts = _counted(path)
    held: dict[tuple[str, str], list[Row]] = {}
    for line, row in tables.rows(path, COLUMNS):
        key, where = _key(row), f"{path}:{line}"
        row["emotion"] = tables.label(row["emotion"], "artemis9", where)
        held.setdefault(key, []).append(row)
        if len(held[key]) == counts[key]:
            own, rows = _split(row, counts[key], where), held.pop(key)
            if split in (None, own):
                yield _painting(rows, where, root, own, protocol)


def _counted(path: Path) -> Counter[tuple[str, str]]:
    """The number of annotations of each painting; InputError for a painting that stands in two splits."""
    counts: Counter[tuple[str, str]] = Counter()
    splits: dict[tuple[str, str], str] = {}
    for line, row in tables.rows(path, COLUMNS):
        counts[_key(row)] += 1
        if "split" in row and splits.setdefault(_key(row), row["split"]) != row["split"]:
            raise InputError(
                f"{path}:{line}: {'/'.join(_key(row))} is in {row['split']} and {splits[_key(row)]}; mend it"
            )
    return counts


def _key(row: Row) -> tuple[str, str]:
    return row["art_style"], row["painting"]


def _split(row: Row, count: int, where: str) -> str:
    given = row.get("split", "rest" if count >= MANY else None)
    if given is not None:
        if given not in SPLITS:
            raise InputError(f"{where}: split is {given!r}; {nearest(given, SPLITS)}")
        return given
    digest = hashlib.sha256("/".join(_key(row)).encode()).digest()
    at = int.from_bytes(digest[:8], "big") / 2**64
    return "train" if at < 0.85 else "val" if at < 0.90 else "test"


def _media(row: Row, root: Path, where: str) -> tuple[Media, ...]:
    try:
        path = tables.under(root, f"wikiart/{row['art_style']}/{row['painting']}.jpg")
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return (Media(kind="image", path=str(path)),)


def _annotation(row: Row, where: str, line: int, root: Path, split: str) -> Sample:
    name = f"artemis_{row['art_style']}/{row['painting']}"
    return Sample(
        id=f"{name}_{line}",
        media=_media(row, root, where),
        gold=Affect(emotion=tables.label(row["emotion"], "artemis9", where)),
        reasoning=row["utterance"] or None,
        group=name,
        labels="artemis9",
        affect="evoked",
        provenance=ABOUT.provenance(split=split),
    )


def _painting(rows: list[Row], where: str, root: Path, split: str, protocol: str) -> Sample:
    votes = Counter(row["emotion"] for row in rows)
    (emotion, most), *others = votes.most_common()
    alone = protocol == "artemis" and not any(count == most for _, count in others)
    enough = 2 * most > len(rows) or (alone and 2 * most == len(rows))
    why = next((row["utterance"] for row in rows if row["emotion"] == emotion and row["utterance"]), None)
    return Sample(
        id=f"artemis_{rows[0]['art_style']}/{rows[0]['painting']}",
        media=_media(rows[0], root, where),
        gold=Affect(
            emotion=emotion if enough else None,
            emotions={name: count / len(rows) for name, count in votes.most_common()},
        ),
        reasoning=why if enough else None,
        annotators=tuple(Affect(emotion=row["emotion"]) for row in rows),
        labels="artemis9",
        affect="evoked",
        provenance=ABOUT.provenance(split=split),
    )
