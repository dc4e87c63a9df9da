"""MERR, which Emotion-LLaMA is trained on: an index of clips with pseudo labels, and captions by models.

protocol=coarse has 28,618 clips, protocol=fine 4,487 of them with more careful captions.
"""

from collections.abc import Iterator
from typing import Any

from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.published import clips, mer, tables
from affectreason.published.about import About, LeftOut

ABOUT = About(
    title="MERR",
    holds="28,618 clips of MER2023 with one of nine emotions and a caption, both by models; 4,487 of the finer kind",
    licence="research only; derived label files may not be handed on",
    gate="signed form for the clips (MER2023)",
    get="github.com/ZebangCheng/Emotion-LLaMA links the annotations; clips: see mer2023",
    paper="Cheng et al., Emotion-LLaMA (NeurIPS 2024, arXiv 2406.11161)",
    layout="""\
MERR_coarse_grained.txt, MERR_fine_grained.txt   a line a clip: name n_frames emotion valence
MERR_coarse_grained.json                         {name: {caption: ...}}
MERR_fine_grained.json                           {name: {smp_reason_caption: ...}}
transcription_en_all.csv                         name,sentence (MER2024's file: sentence_en)
video/NAME.mp4 or .avi""",
    labels=("merr9",),
    affect="expressed",
    origin="model",
    counts={"coarse:all": 28_618, "fine:all": 4487},
    notes=(
        "emotions are pseudo labels from action units: surprise 5+26, happy 6+12, sad 1+4+15, angry 4+5+7+23",
        "the valence column is -10 where there is none; else it is kept as a score, its scale is wider than [-1, 1]",
        "Emotion-LLaMA's code looks at the first frame, its paper describes the frame of the strongest expression",
        "class counts and thresholds on the project's page contradict the paper, so none are given here",
        "the clips' ready-made features (HL-UTT, mae_340_UTT, maeV_399_UTT) are not read",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "protocol": "coarse", "language": "english"}
CAPTIONS = {"coarse": "caption", "fine": "smp_reason_caption"}
SAID = ("transcription_en_all.csv", "transcription_all_new.csv")


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each line of the index; nothing is opened but the index, the captions and the transcripts."""
    root = tables.root_folder(options["root"])
    protocol = str(clips.chosen("protocol", options["protocol"], CAPTIONS))
    clips.chosen("language", options["language"], ("english", "none"))
    said = mer.transcripts(root, SAID, options["language"])
    path = tables.first(root, f"MERR_{protocol}_grained.txt")
    captions = tables.read_json(path.with_suffix(".json"))
    if not isinstance(captions, dict):
        raise InputError(f"{path.with_suffix('.json')} is not an object of clips; take both files of one release")
    for line, (name, _, emotion, *rest) in tables.lines(path, least=3):
        where = f"{path}:{line}"
        found = captions.get(name)
        caption = found.get(CAPTIONS[protocol]) if isinstance(found, dict) else None
        if caption is not None and not isinstance(caption, str):
            key = CAPTIONS[protocol]
            raise InputError(f"{path.with_suffix('.json')}: {key} of {name!r} is {str(caption)[:40]!r}, not a text")
        if caption is None:
            yield LeftOut(f"merr_{protocol}_{name}", f"no {CAPTIONS[protocol]} of it in {path.stem}.json", where)
            continue
        yield Sample(
            id=f"merr_{protocol}_{name}",
            media=mer.media(root, name, {}, where=where),
            transcript=said.get(name),
            gold=Affect(emotion=tables.label(emotion, "merr9", where), score=mer.score(next(iter(rest), None), where)),
            reasoning=caption,
            labels="merr9",
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(),
        )
