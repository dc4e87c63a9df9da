"""Your own clips with the action units that OpenFace 2 (or py-feat) saw in them: one sample a frame, or a clip's peak.

The labels are a program's: provenance says `origin: model`, and a test set must not be made of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from affectreason.affect import facs
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import detected, frames, tables, units
from affectreason.published.about import About, LeftOut

ALIGNED = "{clip}_aligned/frame_det_{face:02d}_{frame:06d}.bmp"
"""Where OpenFace writes the faces it aligned, beside the table of the clip."""
TAKES = ("rows", "peak")
ABOUT = About(
    title="OpenFace output",
    holds="your own clips with action units seen by OpenFace 2.2 (intensity 0-5) or py-feat (probability)",
    licence="that of your clips; OpenFace is for non-commercial research",
    gate="open",
    get="run OpenFace's FeatureExtraction, or py-feat's Detector, over clips you hold",
    paper="Baltrusaitis et al., OpenFace 2.0, FG 2018; Cheong et al., Py-Feat, Affective Science 2023",
    layout=(
        "CLIP.csv                                    one table a clip, one row a frame, in any folder below root\n"
        "CLIP_aligned/frame_det_00_000001.bmp        the faces OpenFace aligned, or what file= names"
    ),
    units=facs.unit_set("openface"),
    affect="expressed",
    origin="model",
    notes=(
        "OpenFace: AUxx_r is the intensity 0-5, kept as it is; AU28 has no intensity, its AU28_c is presence. The "
        "other AUxx_c are not read, they disagree with AUxx_r. at_least= makes presence of the intensities.",
        "py-feat: columns AU01 to AU43 are probabilities in [0, 1] and no intensities; a unit is present from "
        "at_least= (0.5) on, and nothing is said of how strong it is.",
        "Rows with success 0 or a confidence (py-feat: FaceScore) below confidence= (0.8, our choice) are left out and "
        "named.",
        "take=peak keeps the frame of a clip (and face) with the greatest sum of intensities or probabilities.",
        "file= has the parts {clip} (path of the table below root, without .csv), {frame} (as in the table), {index} "
        "({frame} - 1) and {face}. Without {frame} and {index} it names the whole clip, which take=peak allows.",
        "py-feat numbers frames from 0 and aligns no faces, so file= must be given.",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "csv": "**/*.csv", "take": "rows", "file": None, "at_least": None, "confidence": 0.8, "every": 1,
    "dataset": None, "licence": None,
}  # fmt: skip
EXAMPLE: dict[str, str | int] = {"clip": "a/b", "frame": 1, "index": 0, "face": 0}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each row, or each clip and face, of the tables in root; nothing is opened but these."""
    root = tables.root_folder(options["root"])
    take, every = str(options["take"]), frames.every(options["every"])
    if take not in TAKES:
        raise InputError(f"take={take}: no such choice; {nearest(take, TAKES)}")
    least = tables.number(str(options["confidence"]), "confidence", 0, 1)
    tables.under(root, str(options["csv"]), "csv=")
    tables.first(root, str(options["csv"]))
    for path in sorted(root.glob(str(options["csv"]))):
        chosen = (seen for at, seen in enumerate(detected.rows(path)) if at % every == 0)
        taken = detected.peaks(chosen, least) if take == "peak" else chosen
        yield from _samples(path, root, taken, least, options)


def _samples(
    path: Path, root: Path, taken: Iterable[detected.Seen], least: float, options: Mapping[str, Any]
) -> Iterator[Sample | LeftOut]:
    clip, by = path.relative_to(root).with_suffix("").as_posix(), detected.program(path)
    pattern = _pattern(options, by, path)
    bar = units.threshold(options["at_least"], 5 if by == detected.OPENFACE else 1)
    bar = detected.PY_FEAT_BAR if bar is None and by == detected.PY_FEAT else bar
    own = {key: str(options[key]) for key in ("dataset", "licence") if options[key] is not None}
    is_image = _is_image(pattern)
    for seen in taken:
        name = f"openface_{clip}_{seen.frame}" + (f"_face{seen.face}" if seen.face else "")
        where = f"{path}:{seen.line}"
        if not seen.levels or seen.sure < least:
            why = f"the program's confidence is {seen.sure:g}, less than confidence={least:g}"
            yield LeftOut(name, why if seen.levels else "the program found no face", where)
            continue
        file = frames.named(pattern, "file", clip=clip, frame=seen.frame, index=seen.frame - 1, face=seen.face)
        yield Sample(
            id=name,
            media=(Media(kind="image" if is_image else "video", path=str(tables.under(root, file))),),
            gold=Affect(aus=detected.said(seen, bar, f"{where}: {name}")),
            attributes={} if is_image else {"peak_frame": float(seen.frame)},
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(film=clip, labeller=by, **own),
        )


def _pattern(options: Mapping[str, Any], by: str, path: Path) -> str:
    """The option `file`; InputError when it is missing, names a clip for single frames, or one file for all clips."""
    if options["file"] is None and by == detected.PY_FEAT:
        raise InputError(f"{path} is of py-feat, which writes no faces; give file=, for example file='{{clip}}.mp4'")
    pattern = ALIGNED if options["file"] is None else str(options["file"])
    if not _is_image(pattern) and options["take"] == "rows":
        raise InputError(f"file={pattern} names a clip and no frame; put {{frame}} into it, or give take=peak")
    frames.check_pattern(pattern, "file", ("clip",), **EXAMPLE)
    return pattern


def _is_image(pattern: str) -> bool:
    """Whether the frame's number is part of the name."""
    second = {**EXAMPLE, "frame": 2, "index": 1}
    return frames.named(pattern, "file", **EXAMPLE) != frames.named(pattern, "file", **second)
