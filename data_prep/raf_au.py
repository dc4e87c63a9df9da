"""RAF-AU: faces from the Internet with blended expressions; action units with side, coded by experienced FACS coders.

Only the units that are present are listed; `null` says that there are none. The faces' emotions are votes of a crowd,
published with RAF-ML, whose images these are.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from affectreason.affect import facs
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables, units
from affectreason.published.about import About

IMAGES = {"aligned": "aligned/{stem}_aligned.jpg", "original": "original/{stem}.jpg"}
VOTED = ("surprise", "fear", "disgust", "happiness", "sadness", "anger")
"""The columns of `distribution.txt`, in the order of RAF-DB's first six classes."""
ABOUT = About(
    title="RAF-AU",
    holds="4,601 faces from the Internet, 26 action units with side; with RAF-ML's file also votes for 6 emotions",
    licence="research only, no redistribution",
    gate="e-mail",
    get="the password is sent by the authors (whdeng.cn, Beijing University of Posts and Telecommunications)",
    paper="Yan et al., RAF-AU Database, arXiv 2008.05196",
    layout=(
        "RAFAU_label.txt             lines `0007.jpg 1+4+L12` or `0007.jpg null`\n"
        "aligned/0007_aligned.jpg    or original/0007.jpg, see images="
    ),
    labels=("ekman6",),
    units=facs.unit_set("raf_au"),
    affect="expressed",
    origin="human",
    counts={"all": 4_601},
    notes=(
        "The paper counts 26 units, Facial-R1's files have 27, other readers AU39 besides: any unit of FACS is taken.",
        "No split is published; Facial-R1's files of it have 3,491 and 853 faces.",
        "L and R before a unit are its side; B and T (bottom only, top only) are read, and the unit is kept without.",
        "distribution= takes the file of votes of RAF-ML (EmoLabel/distribution.txt: a name and six numbers), whose "
        "images have the same names; the six are scaled to sum to 1 and are of the order of RAF-DB, without neutral.",
        "`null` is no neutral face: the crowd saw emotions in those too.",
        "The faces are RAF-ML's and RAF-CE's, and some are RAF-DB's: keep them on one side of a split.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "images": "aligned", "distribution": None}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each line of the label file; nothing is opened but the annotation files."""
    root = tables.root_folder(options["root"])
    images = str(options["images"])
    if images not in IMAGES:
        raise InputError(f"images={images}: no such folder of images; {nearest(images, IMAGES)}")
    path = root / "RAFAU_label.txt"
    votes = {} if options["distribution"] is None else _votes(Path(str(options["distribution"])).expanduser())
    for line, (name, listed, *_) in tables.lines(path, least=2):
        stem = Path(name).stem
        yield Sample(
            id=f"raf_au_{stem}",
            media=(Media(kind="image", path=str(tables.under(root, IMAGES[images].format(stem=stem)))),),
            gold=Affect(aus=units.listed(listed, f"{path}:{line}: raf_au_{stem}"), emotions=votes.get(name)),
            labels="ekman6" if votes else None,
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(),
        )


def _votes(path: Path) -> Mapping[str, dict[str, float]]:
    """The share of votes of each emotion by the name of the image, without the emotions nobody voted for."""
    found = {}
    for line, (name, *cells) in tables.lines(path, least=7):
        if len(cells) != len(VOTED):
            raise InputError(
                f"{path}:{line}: {len(cells)} numbers after {name!r}, not six ({', '.join(VOTED)}); "
                "distribution= takes RAF-ML's EmoLabel/distribution.txt"
            )
        numbers = [tables.number(cell, f"{path}:{line}", 0, 1e4) for cell in cells]
        total = sum(numbers)
        if total == 0:
            raise InputError(f"{path}:{line}: nobody voted for {name!r}; delete the line, and it has no emotion")
        found[name] = {emotion: votes / total for emotion, votes in zip(VOTED, numbers, strict=True) if votes}
    return found
