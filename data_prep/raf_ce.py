"""RAF-CE: faces of RAF-ML with one of 14 compound emotions and the action units of RAF-AU."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import facs
from affectreason.affect.labels import find
from affectreason.affect.sample import ActionUnit, Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables, units
from affectreason.published.about import About

COMPOUNDS = find("raf_ce14").names
SPLITS = ("train", "test", "val")
VIEWS = {"compound": "raf_ce14", "basic": "ekman6"}
IMAGES = {"aligned": "aligned/{stem}_aligned.jpg", "original": "original/{stem}.jpg"}
ABOUT = About(
    title="RAF-CE",
    holds="4,549 faces from the Internet, one of 14 compound emotions each, action units with side",
    licence="non-commercial research only, no redistribution",
    gate="e-mail",
    get="labels: whdeng.cn/RAF/model4.html; the images are those of RAF-ML and RAF-AU, asked for by e-mail",
    layout=(
        "RAFCE_emolabel.txt          lines `0007.jpg 0`, the number of the class\n"
        "RAFCE_AUlabel.txt           lines `0007.jpg 1+2+L12` or `0007.jpg null`\n"
        "RAFCE_partition.txt         lines `0007.jpg 0`: 0 train, 1 test, 2 val\n"
        "aligned/0007_aligned.jpg    or original/0007.jpg, see images="
    ),
    labels=("raf_ce14", "ekman6"),
    units=facs.unit_set("raf_au"),
    affect="expressed",
    origin="human",
    counts={"all": 4_549},
    notes=(
        "The classes are numbered from 0, in the order of the label set raf_ce14.",
        "label_view=basic gives the two emotions of each compound as a set (happily surprised: happiness, surprise).",
        "L and R before a unit are its side; B and T (bottom only, top only) are read, and the unit is kept without.",
        "A face that one of the files lacks has no emotion, no units or no split; what is published of the splits' "
        "sizes is not known.",
        "The faces are RAF-ML's and RAF-AU's: keep them on one side of a split.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "label_view": "compound", "images": "aligned"}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each face of any of the three files; nothing is opened but these."""
    root = tables.root_folder(options["root"])
    split, view, images = options["split"], str(options["label_view"]), str(options["images"])
    for key, value, known in (("split", split, SPLITS), ("label_view", view, VIEWS), ("images", images, IMAGES)):
        if value is not None and value not in known:
            raise InputError(f"{key}={value}: no such {key}; {nearest(value, known)}")
    emotions, aus, parts = (_column(root / f"RAFCE_{kind}.txt") for kind in ("emolabel", "AUlabel", "partition"))
    for name in dict.fromkeys([*parts, *emotions, *aus]):
        stem = Path(name).stem
        place = tables.by_index(parts[name][0], SPLITS, parts[name][1]) if name in parts else None
        if split is not None and place != split:
            continue
        compound = tables.by_index(emotions[name][0], COMPOUNDS, emotions[name][1]) if name in emotions else None
        yield Sample(
            id=f"raf_ce_{stem}",
            media=(Media(kind="image", path=str(tables.under(root, IMAGES[images].format(stem=stem)))),),
            gold=_gold(compound, view, units.listed(*aus[name]) if name in aus else None),
            labels=VIEWS[view],
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(split=place),
        )


def _gold(compound: str | None, view: str, aus: tuple[ActionUnit, ...] | None) -> Affect:
    if compound is None or view == "compound":
        return Affect(emotion=compound, aus=aus)
    basic = [find(VIEWS["basic"]).canonical(word) for word in compound.split()]
    return Affect(emotions={word: 1.0 for word in basic if word}, aus=aus)


def _column(path: Path) -> dict[str, tuple[str, str]]:
    """The second word of each line and where it stands, by the name of the image."""
    found: dict[str, tuple[str, str]] = {}
    for line, (name, value, *_) in tables.lines(path, least=2):
        if name in found:
            raise InputError(f"{path}:{line}: {name!r} stands in {found[name][1]} already; keep one of the lines")
        found[name] = (value, f"{path}:{line}")
    return found
