"""RAF-AU: faces from the Internet with blended expressions; action units with side, coded by experienced FACS coders.

The file lists the units that are present, and `null` where there are none; the other units of the set are absent. The
faces' emotions are votes of a crowd, published with RAF-ML, whose images these are.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from affectreason.affect import facs, jsonl
from affectreason.affect.sample import ActionUnit, Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import clips, tables, units
from affectreason.published.about import About, LeftOut

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
        "Coders looked for all units and wrote down what they found, so a unit of the 27 that is not listed is absent.",
        "No split is published; Facial-R1's files of it have 3,491 and 853 faces. test_list= takes such a file (rows "
        "with `image`), or a text with one name a line: those faces are the test split, the others train.",
        "L and R before a unit are its side; B and T (bottom only, top only) are read, and the unit is kept without.",
        "distribution= takes the file of votes of RAF-ML (EmoLabel/distribution.txt: a name and six numbers), whose "
        "images have the same names; the six are scaled to sum to 1 and are of the order of RAF-DB, without neutral.",
        "`null` is no neutral face: the crowd saw emotions in those too.",
        "The faces are RAF-ML's and RAF-CE's, and some are RAF-DB's: keep them on one side of a split.",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "images": "aligned", "distribution": None, "test_list": None, "split": None,
}  # fmt: skip


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each line of the label file; nothing is opened but the annotation files."""
    root = tables.root_folder(options["root"])
    images = str(options["images"])
    if images not in IMAGES:
        raise InputError(f"images={images}: no such folder of images; {nearest(images, IMAGES)}")
    split = clips.chosen("split", options["split"], ("train", "test"))
    if split is not None and options["test_list"] is None:
        raise InputError(f"split={split}: no split is published; give test_list=FILE, the names of the test faces")
    tested = {} if options["test_list"] is None else _listed(Path(str(options["test_list"])).expanduser())
    path = root / "RAFAU_label.txt"
    votes = {} if options["distribution"] is None else _votes(Path(str(options["distribution"])).expanduser())
    for line, (name, listed, *_) in tables.lines(path, least=2):
        stem = Path(name).stem
        part = None if options["test_list"] is None else "train" if tested.pop(stem, None) is None else "test"
        if split in (None, part):
            yield Sample(
                id=f"raf_au_{stem}",
                media=(Media(kind="image", path=str(tables.under(root, IMAGES[images].format(stem=stem)))),),
                gold=Affect(aus=_coded(listed, f"{path}:{line}: raf_au_{stem}"), emotions=votes.get(name)),
                labels="ekman6" if votes else None,
                affect=ABOUT.affect,
                provenance=ABOUT.provenance(split=part),
            )
    for stem, where in tested.items():
        yield LeftOut(f"raf_au_{stem}", "test_list= names a face that has no label", where)


def _coded(listed: str, where: str) -> tuple[ActionUnit, ...]:
    """The units of a line, and those of the set that it does not name as absent."""
    present = units.listed(listed, where)
    named = {unit.number for unit in present}
    return present + tuple(units.decided(number, False) for number in ABOUT.units if number not in named)


def _listed(path: Path) -> dict[str, str]:
    """The faces that a list names, without folder and ending, and where it does; InputError for a row without one."""
    if path.suffix != ".jsonl":
        return {_stem(words[0]): f"{path}:{line}" for line, words in tables.lines(path)}
    found = {}
    for line, row in jsonl.rows(path):
        if not isinstance(row.get("image"), str):
            raise InputError(f"{path}:{line}: the row has no `image`, the name of a face; {nearest('image', row)}")
        found[_stem(row["image"])] = f"{path}:{line}"
    return found


def _stem(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).stem.removesuffix("_aligned")


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
