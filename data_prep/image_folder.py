"""Pictures in one folder for each class: FI, Emotion6, UBE, Emo8, CAER-S, HECO, or your own.

    affectreason prep image_folder set=fi root=FI out=data/fi.jsonl

Without folders train, val and test the split is made from the bytes of each picture: copies of a picture are of one
split whatever they are called, and a picture keeps its split when others are added. It is written to a file beside the
data, with the digest of each picture; what stands in that file is never changed, only added to.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from affectreason.affect import jsonl
from affectreason.affect.labels import LABELS
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About, AffectKind, LeftOut

log = logging.getLogger(__name__)
SETS: dict[str, tuple[str | None, str | None, AffectKind | None, str]] = {
    "fi": ("FI", "mikels8", "evoked", "80/5/15"),
    "emotion6": ("Emotion6", "emotion6", "evoked", "70/10/20"),
    "ube": ("UBE", "ube6", "evoked", "80/10/10"),
    "emo8": ("Emo8", "mikels8", "evoked", "80/10/10"),
    "caer_s": ("CAER-S", "caer7", "expressed", "80/10/10"),
    "heco": ("HECO", "heco8", "expressed", "70/10/20"),
    "own": (None, None, None, "80/10/10"),
}
"""Title, label set, kind of affect, and the shares of train, val and test in which a split is made."""
SPLITS = ("train", "val", "test")
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
ABOUT = About(
    title="image folders",
    holds="FI, Emotion6, UBE, Emo8, CAER-S, HECO or your own: pictures in one folder for each emotion",
    licence="each set's own",
    gate="each set's own",
    get="from each set's authors",
    layout="""
train/<class>/*.jpg, val/<class>/..., test/<class>/...     where they are there, the split; other folders are not read
or
<class>/*.jpg                                              then split_80_5_15.jsonl is written beside them
""",
    labels=("mikels8", "emotion6", "ube6", "caer7", "heco8"),
    notes=(
        "The published splits of FI and HECO had no seed and cannot be made again; ours have their shares.",
        "A split is made by the pictures' bytes, so shares are met nearly and not exactly.",
        "Pictures that a split file names and that are gone are reported as missing.",
        "Shares of UBE, Emo8 and CAER-S are ours; give share=TRAIN/VAL/TEST for others.",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "set": ..., "split": None, "share": None, "split_file": None, "labels": None, "affect": None,
    "dataset": None, "licence": None,
}  # fmt: skip
TEXTS = ("set", "labels", "dataset", "licence")
"""Options that are text, also where YAML makes a number of them."""


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each picture; `labels`, `affect`, `dataset` and `licence` say what `set` does not."""
    root = tables.root_folder(options["root"])
    options = {**options, **{key: str(options[key]) for key in TEXTS if options[key] is not None}}
    if options["set"] not in SETS:
        raise InputError(f"set={options['set']}: {nearest(str(options['set']), SETS)}")
    if options["split"] not in (None, *SPLITS):
        raise InputError(f"split={options['split']}: {nearest(str(options['split']), SPLITS)}")
    title, vocabulary, kind, share = SETS[options["set"]]
    vocabulary, kind = options["labels"] or vocabulary, options["affect"] or kind
    if vocabulary is None:
        raise InputError(f"set=own needs labels=NAME, the label set of your classes; {nearest('', LABELS)}")
    if kind not in (None, *get_args(AffectKind)):
        raise InputError(f"affect={kind}: {nearest(str(kind), get_args(AffectKind))}")
    about = {"dataset": options["dataset"] or title, "licence": options["licence"] or ABOUT.licence}
    for file, split in _files(root, vocabulary, _shares(options["share"] or share), options["split_file"]):
        if options["split"] in (None, split):
            inner = file.split("/")
            yield Sample(
                id=f"image_folder_{options['set']}_{file}",
                media=(Media(kind="image", path=str(tables.under(root, file))),),
                gold=Affect(emotion=tables.label(inner[inner[0] in SPLITS], vocabulary, str(root / file))),
                labels=vocabulary,
                affect=kind,
                provenance=ABOUT.provenance(split=split, **about),
            )


def _shares(share: object) -> tuple[int, int, int]:
    parts = str(share).split("/")
    if len(parts) != 3 or not all(part.isdigit() for part in parts) or sum(map(int, parts)) != 100:
        raise InputError(f"share={share} is not three whole numbers that make 100; write for example share=80/5/15")
    train, val, test = map(int, parts)
    return train, val, test


def _files(root: Path, vocabulary: str, shares: tuple[int, int, int], given: object) -> Iterator[tuple[str, str]]:
    """Every picture's path below root, and its split: that of the folder, else that of the split file."""
    if any((root / split).is_dir() for split in SPLITS):
        for split in SPLITS:
            if (root / split).is_dir():
                yield from ((file, split) for file in _pictures(root, root / split, vocabulary))
        return
    path = Path(str(given)).absolute() if given else root / f"split_{'_'.join(map(str, shares))}.jsonl"
    _extend(path, root, vocabulary, shares)
    for line, row in jsonl.rows(path):
        if row.get("split") not in SPLITS or not isinstance(row.get("file"), str):
            raise InputError(f"{path}:{line}: a row needs file and split, one of {', '.join(SPLITS)}; remove the line")
        yield row["file"], row["split"]


def _pictures(root: Path, folder: Path, vocabulary: str) -> Iterator[str]:
    """The pictures in the class folders of a folder; InputError for a folder whose name is not of the label set."""
    classes = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith((".", "__")))
    if not classes:
        raise InputError(f"{folder} has no folder for each class; is root= right?")
    for one in classes:
        tables.label(one.name, vocabulary, str(one))
    for one in classes:
        for path in tables.files(one, PICTURES):
            if not path.name.startswith("."):
                yield path.relative_to(root).as_posix()


def _extend(path: Path, root: Path, vocabulary: str, shares: tuple[int, int, int]) -> None:
    """Add the pictures that the split file does not name yet; its other lines stay as they are."""
    lines = [row for _, row in jsonl.rows(path)] if path.exists() else []
    known = {row.get("file") for row in lines}
    new = [_assigned(root, file, shares) for file in _pictures(root, root, vocabulary) if file not in known]
    if new:
        text = [json.dumps(row, ensure_ascii=False) for row in lines + new]
        jsonl.write(path, text)
        digest = hashlib.sha256("".join(line + "\n" for line in text).encode()).hexdigest()
        log.warning("%d pictures were given a split in %s, sha256 %s", len(new), path, digest)


def _assigned(root: Path, file: str, shares: tuple[int, int, int]) -> dict[str, str]:
    try:
        with (root / file).open("rb") as picture:
            digest = hashlib.file_digest(picture, "sha256")
    except OSError as error:
        raise InputError(f"{root / file} cannot be read: {error.strerror}; remove it or mend it") from error
    at = int.from_bytes(digest.digest()[:8], "big") * 100 / 2**64
    split = "train" if at < shares[0] else "val" if at < shares[0] + shares[1] else "test"
    return {"file": file, "split": split, "sha256": digest.hexdigest()}
