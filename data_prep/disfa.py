"""DISFA: spontaneous faces of people watching videos; the intensity of 12 action units in every frame.

Frames are numbered as the label files do it; images are found by `frames=`, as everybody extracts them in another way.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import facs
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import clips, frames, tables, units
from affectreason.published.about import About, LeftOut

FOLDS = {
    name: tuple(f"SN{number:03d}" for number in numbers)
    for name, numbers in {
        "A": (1, 2, 9, 10, 16, 26, 27, 30, 32),
        "B": (6, 11, 12, 13, 18, 21, 24, 28, 31),
        "C": (3, 4, 5, 7, 8, 17, 23, 25, 29),
    }.items()
}
LISTED = 4845
"""The frames of a subject in the published lists, counted from the first; the lists name no others."""
FEWER = {"SN010": 4844}
PROTOCOLS = {"12": facs.unit_set("disfa12"), "8": facs.unit_set("disfa8")}
ABOUT = About(
    title="DISFA",
    holds="videos of 27 people watching clips, 12 action units with intensity 0-5 in each frame",
    licence="research only, no redistribution",
    gate="signed form",
    get="the contact form on the authors' page (M. Mahoor, University of Denver)",
    paper="Mavadati et al., DISFA: A Spontaneous Facial Action Intensity Database, IEEE TAC 2013",
    layout=(
        "ActionUnit_Labels/SN001/SN001_au1.txt    lines `frame,intensity`, one file a unit\n"
        "img/SN001/0.png                          yours: the frames of LeftVideoSN001_comp.avi, see frames="
    ),
    units=facs.unit_set("disfa12"),
    affect="expressed",
    origin="human",
    counts={"all": 130_814},
    notes=(
        "The frames are yours to extract, once a subject: ffmpeg -i LeftVideoSN001_comp.avi -start_number 0 "
        "img/SN001/%d.png; frames= has the parts {subject}, {frame} (the number in the label file, from 1) and {index} "
        "(from 0).",
        "Folds are named by the subjects they test: A has 43,604 frames, B and C 43,605; the published lists call "
        "testing C fold 1, B fold 2, A fold 3.",
        "The benchmark calls a unit present from intensity 2 on: at_least=2, with protocol=8; without at_least= "
        "intensities are kept.",
        "A list given by frame_list= counts frames from 0, as the published ones do (SN001/0.png is the first).",
        "The published lists name the first 4,844 frames of SN010 and 4,845 of every other subject: labelled frames "
        "after them are left out, unless frame_list= names them.",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "split": None, "fold": None, "protocol": "12", "at_least": None, "every": 1, "frame_list": None,
    "frames": "img/{subject}/{index}.png",
}  # fmt: skip


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each labelled frame of each subject, in order; nothing is opened but the annotation files."""
    root = tables.root_folder(options["root"])
    protocol, pattern = str(options["protocol"]), str(options["frames"])
    clips.chosen("protocol", protocol, PROTOCOLS)
    bar = units.threshold(options["at_least"], 5)
    wanted = frames.choice(options, FOLDS, depth=2)
    frames.check_pattern(pattern, "frames", ("subject", "frame"), subject="SN001", frame=1, index=0)
    labels = tables.first(root, "ActionUnit_Labels")
    for folder in sorted(path for path in labels.glob("SN*") if path.is_dir()):
        subject = folder.name
        tested = frames.tested_in(subject, FOLDS, folder)
        if not wanted.wants(tested):
            continue
        rows = _levels(folder, PROTOCOLS[protocol])
        for index, (frame, levels) in enumerate(rows):
            if not wanted.takes((subject, index), index):
                continue
            if wanted.list_path is None and index >= FEWER.get(subject, LISTED):
                yield LeftOut(f"disfa_{subject}_{frame}", "the published lists end before this frame", str(folder))
                continue
            name = frames.named(pattern, "frames", subject=subject, frame=frame, index=index)
            yield Sample(
                id=f"disfa_{subject}_{frame}",
                media=(Media(kind="image", path=str(tables.under(root, name))),),
                gold=Affect(aus=units.graded(levels, bar)),
                affect=ABOUT.affect,
                provenance=ABOUT.provenance(split=wanted.split_of(tested), subject=subject, fold=tested),
            )
        yield from wanted.unmet("disfa", (subject,))
        for unit in PROTOCOLS[protocol]:
            if lacks := sum(unit not in levels for _, levels in rows):
                why = f"no AU{unit} in {lacks} of {len(rows)} frames, which are given without it; is the file whole?"
                yield LeftOut(f"disfa_{subject}_au{unit}", why, f"{folder}/{subject}_au{unit}.txt")


def _levels(folder: Path, wanted: tuple[int, ...]) -> list[tuple[int, dict[int, float]]]:
    """The frames of a subject in order, each with the level of each unit that was coded in it."""
    found: dict[int, dict[int, float]] = {}
    for unit in wanted:
        path = folder / f"{folder.name}_au{unit}.txt"
        for line, (first, second, *_) in tables.lines(path, least=2, delimiter=","):
            frame = int(tables.number(first, f"{path}:{line}", 0, 1e7))
            levels = found.setdefault(frame, {})
            if unit in levels:
                raise InputError(f"{path}:{line}: frame {frame} has two intensities of AU{unit}; keep one of the lines")
            levels[unit] = tables.number(second, f"{path}:{line}", 0, 5)
    return sorted(found.items())
