"""FEA-20K: faces of seven other sets with units, emotion and a written explanation (Facial-R1's data).

Only annotations are published; `images` is the folder below which the faces of the other sets lie, as `image` says.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import foreign, jsonl
from affectreason.affect.sample import Media, Sample
from affectreason.affect.samples import check_labels
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About, LeftOut

ABOUT = About(
    title="FEA-20K",
    holds="19,425 faces of FABA, BP4D, DISFA, RAF-AU, FER2013, AffectNet and RAF-DB: units, emotion, explanation",
    licence="of the sets the faces come from; none is stated for the annotations",
    gate="annotations open; faces by the forms of their sets",
    get="annotations: Hugging Face QBiscuits/FEA-20K; faces: from each set's authors",
    paper="arXiv 2511.10254",
    layout="""
<any name with train>_stage1.jsonl   also _stage2, _stage3; in any folder below root
<any name with test>.jsonl
images=DIR: the folder that the rows' `image` starts from
""",
    labels=("ekman7", "ekman8", "ekman6"),
    affect="expressed",
    origin="human+model",
    counts={"stage1:train": 17737, "test": 1688},
    notes=(
        "The training set of FEA-20K is the union of the stage1 files; stage2 and stage3 are what later steps used.",
        "An empty list of units says that there are none only in sets in which people coded units.",
        "Names of FER2013's pictures were changed; they fit the authors' own archive of it only.",
        "The names of the published files are not known beyond train, test and the stage; others are not read.",
        "Rows marked is_valid: false are left out.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "images": None, "split": None, "protocol": "stage1"}
SPLITS = ("train", "test")
STAGES = ("stage1", "stage2", "stage3")


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each row of the files of a split and stage; `response` is the description, verbatim."""
    root = tables.root_folder(options["root"])
    images = root if options["images"] is None else tables.root_folder(options["images"])
    for key, known in (("split", (None, *SPLITS)), ("protocol", STAGES)):
        if options[key] not in known:
            raise InputError(f"{key}={options[key]}: {nearest(str(options[key]), filter(None, known))}")
    chosen = [
        (path, split)
        for path in tables.files(root, (".jsonl",))
        if (split := _split(path)) and _stage(path) in (None, options["protocol"])
    ]
    if not chosen:
        raise InputError(f"{root} has no .jsonl file of {options['protocol']} with train or test in its name")
    for path, split in chosen:
        if options["split"] in (None, split):
            yield from _rows(path, split, images, path.relative_to(root).with_suffix("").as_posix())


def _rows(path: Path, split: str, images: Path, file: str) -> Iterator[Sample | LeftOut]:
    """The rows of a file, which is named in the ids by its path below root."""
    for line, row in jsonl.rows(path):
        name = f"fea20k_{file}_{row.get('id') or line}"
        where = f"{path}:{line}"
        if foreign.form(row) != "fea20k":
            raise InputError(
                f"{where}: not a row of FEA-20K, it has {', '.join(row) or 'nothing'}; keep other .jsonl files, also "
                "out=, outside root="
            )
        try:
            sample = foreign.to_sample({**row, "id": name}, name)
            if sample is None:
                yield LeftOut(name, "marked as not valid by its authors", where)
                continue
            media = tuple(Media(kind="image", path=str(tables.under(images, one.path))) for one in sample.media)
            source = sample.provenance.dataset
            known = {"source": source} if source else {}
            about = ABOUT.provenance(split=split)
            yield from check_labels(
                [
                    sample.model_copy(
                        update={"media": media, "attributes": known, "affect": "expressed", "provenance": about}
                    )
                ]
            )
        except InputError as error:
            raise InputError(f"{where}: {error}") from error


def _split(path: Path) -> str | None:
    return next((split for split in SPLITS if split in path.stem.lower()), None)


def _stage(path: Path) -> str | None:
    found = re.search(r"stage\d", path.stem.lower())
    return found and found.group()
