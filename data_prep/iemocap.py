"""IEMOCAP: acted dialogues of two; the corpus as unpacked, its two protocols, and the single annotators' votes.

protocol=4 has happy (with excited), sad, neutral and angry; protocol=6 keeps excited apart and adds frustrated. Labels
are the corpus's own votes, or MERBench's converted label file, which names the utterances that papers count.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import clips, evaluations, merbench, tables
from affectreason.published.about import About, LeftOut

ABOUT = About(
    title="IEMOCAP",
    holds="10,039 utterances of 151 acted dialogues, ten actors: nine emotions by vote, valence, arousal, dominance",
    licence="research only, no redistribution",
    gate="signed form",
    get="sail.usc.edu/iemocap: a release form",
    paper="Busso et al., IEMOCAP (Language Resources and Evaluation 2008)",
    layout="""\
Session{1..5}/dialog/EmoEvaluation/Ses01F_impro01.txt   dialog/transcriptions/Ses01F_impro01.txt
Session{1..5}/dialog/avi/DivX/Ses01F_impro01.avi        sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav
label_4way.json, label_6way.json   made once: affectreason convert npz=label_6way.npz out=label_6way.json
or, without the corpus, MERBench's iemocap-process: these files, transcription-engchi-polish.csv,
subvideo-tgt/Ses01F_impro01_F000.avi (or subvideo/Ses01F_impro01_F000.mp4), subaudio/Ses01F_impro01_F000.wav""",
    labels=("iemocap4", "iemocap6"),
    affect="expressed",
    origin="human",
    counts={"4:all": 5531, "4:train": 4290, "4:test": 1241, "6:all": 7433, "6:train": 5810, "6:test": 1623},
    label_counts={
        "4:all": {"happy": 1636, "sad": 1084, "neutral": 1708, "angry": 1103},
        "4:test": {"happy": 442, "sad": 245, "neutral": 384, "angry": 170},
        "6:all": {
            "happy": 648,
            "sad": 1084,
            "neutral": 1708,
            "angry": 1103,
            "excited": 1041,
            "frustrated": 1849,
        },
        "6:test": {"happy": 144, "sad": 245, "neutral": 384, "angry": 170, "excited": 299, "frustrated": 381},
    },
    notes=(
        "test is Session 5, train the others; papers part a validation set from train in ways of their own",
        "7,433 and 1,623 count the feature files most papers share; the corpus's own votes give 7,380 and 1,622, with "
        "53 happy utterances fewer, 1 of them in Session 5; both ways give 5,531 and 1,241 of protocol=4",
        "MERBench's label_6way.npz (github.com/zeroQiaoba/MERTools, MERBench/dataset/iemocap-process) names all 7,433: "
        "converted and put into root= it says which utterances there are and what is felt; votes, ratings and context "
        "stay the corpus's. labels_from=votes leaves it aside, labels_from=file needs it",
        "utterances whose annotators did not agree (xxx) or of other emotions are left out, and stay in the context",
        "the video shows both actors of a dialogue side by side and the sample is a part of it",
        "ratings of 1 to 5 become -1 to 1; one outside that is a slip of the pen and is absent",
        "attributes.votes has all votes, annotators those the protocol has; the actors' own ratings are not among them",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ..., "split": None, "protocol": 6, "media": "video", "context": 0, "labels_from": None,
}  # fmt: skip
SESSIONS = {None: (1, 2, 3, 4, 5), "train": (1, 2, 3, 4), "test": (5,)}
PROTOCOLS = {
    "4": {"hap": "happy", "exc": "happy", "sad": "sad", "neu": "neutral", "ang": "angry"},
    "6": {"hap": "happy", "exc": "excited", "sad": "sad", "neu": "neutral", "ang": "angry", "fru": "frustrated"},
}
CODES = {
    "happiness": "hap", "excited": "exc", "sadness": "sad", "neutral": "neu", "neutral state": "neu", "anger": "ang",
    "frustration": "fru", "fear": "fea", "surprise": "sur", "disgust": "dis", "other": "oth",
}  # fmt: skip


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each utterance of the protocol; nothing is opened but labels, evaluations and transcripts."""
    root = tables.root_folder(options["root"])
    split = clips.chosen("split", options["split"], ("train", "test"))
    protocol = str(clips.chosen("protocol", str(options["protocol"]), PROTOCOLS))
    kind = str(clips.chosen("media", str(options["media"]), ("video", "audio")))
    context = clips.count("context", options["context"])
    labels = merbench.emotions(root, protocol, options["labels_from"])
    if labels is not None and not any(root.glob("Session[1-5]/dialog")):
        yield from _cut_out(root, labels, split, protocol, kind, context)
        return
    for session in SESSIONS[split]:
        dialog = tables.first(root, f"Session{session}/dialog")
        files = [path for path in sorted((dialog / "EmoEvaluation").glob("*.txt")) if not path.name.startswith(".")]
        if not files:
            raise InputError(f"{dialog / 'EmoEvaluation'} has no evaluations (*.txt); unpack the whole corpus")
        for path in files:
            yield from _dialogue(path, protocol, kind, context, labels)
        for name in labels or ():
            if name.startswith(f"Ses0{session}"):
                where = str(root / f"label_{protocol}way.json")
                yield LeftOut(f"iemocap_{name}", "the label file names it, and no evaluation does", where)


def _dialogue(
    path: Path, protocol: str, kind: str, context: int, labels: dict[str, str] | None
) -> Iterator[Sample | LeftOut]:
    """The utterances of a dialogue by the votes, or by the label file, from which they are taken away."""
    said = evaluations.spoken(path.parent.with_name("transcriptions") / path.name)
    for one in evaluations.utterances(path):
        if one.code not in ("xxx", *CODES.values()):
            raise InputError(
                f"{one.where}: the label {one.code!r} is not the corpus's; {nearest(one.code, CODES.values())}"
            )
        emotion = PROTOCOLS[protocol].get(one.code) if labels is None else labels.pop(one.name, None)
        if emotion is None:
            yield LeftOut(f"iemocap_{one.name}", _why(one.code, protocol, labels is None), one.where)
            continue
        earlier = [turn for turn in said.values() if turn.start < one.start][-context:] if context else []
        yield _sample(path, one, emotion, protocol, kind).model_copy(
            update={
                "transcript": said[one.name].text if one.name in said else None,
                "context": tuple(f"{turn.speaker}: {turn.text}" for turn in earlier),
            }
        )


def _why(code: str, protocol: str, by_votes: bool) -> str:
    if not by_votes:
        return "the label file does not name it"
    return "its annotators did not agree" if code == "xxx" else f"protocol {protocol} has no {code}"


def _cut_out(
    root: Path, labels: dict[str, str], split: str | None, protocol: str, kind: str, context: int
) -> Iterator[Sample]:
    """The utterances of the label file with their clips as MERBench cuts them out, without the corpus itself."""
    if context:
        raise InputError(f"context={context}: what was said before stands in the corpus; put its Session1 to 5 in root")
    said = merbench.spoken(root)
    for name, emotion in labels.items():
        dialogue, subject = merbench.speaker(name, "")
        part = "test" if name.startswith("Ses05") else "train"
        if split in (None, part):
            yield Sample(
                id=f"iemocap_{name}",
                media=(merbench.clip(root, name, kind),),
                transcript=said.get(name),
                gold=Affect(emotion=emotion),
                labels=f"iemocap{protocol}",
                affect=ABOUT.affect,
                provenance=ABOUT.provenance(split=part, subject=subject, dialogue=dialogue),
            )


def _sample(path: Path, one: evaluations.Utterance, emotion: str, protocol: str, kind: str) -> Sample:
    return Sample(
        id=f"iemocap_{one.name}",
        media=(_media(path, one, kind),),
        gold=Affect(emotion=emotion, **_ratings(one.means.split(","), one.where)),
        attributes={"votes": tuple(f"{who}: {', '.join(said)}" for who, (said, _) in one.votes.items() if said)},
        labels=f"iemocap{protocol}",
        affect=ABOUT.affect,
        provenance=ABOUT.provenance(
            split="test" if one.name.startswith("Ses05") else "train", subject=one.speaker, dialogue=path.stem
        ),
        annotators=tuple(_vote(said, rated, protocol, one.where) for said, rated in one.votes.values()),
    )


def _vote(said: list[str], rated: list[str], protocol: str, where: str) -> Affect:
    """What one annotator said, as far as the protocol has names for it."""
    names: list[str | None] = []
    for word in said:
        if (code := CODES.get(word.lower())) is None:
            raise InputError(f"{where}: the vote {word!r} is not the corpus's; {nearest(word, CODES)}")
        names.append(PROTOCOLS[protocol].get(code))
    emotions = dict.fromkeys((name for name in names if name is not None), 1.0)
    given = dict(word.partition(" ")[::2] for word in rated)
    values = _ratings([given.get(key, "") for key in ("val", "act", "dom")], where)
    return Affect(emotion=names[0] if len(set(names)) == 1 else None, emotions=emotions or None, **values)


def _ratings(cells: list[str], where: str) -> dict[str, Any]:
    """Valence, arousal and dominance of 1 to 5 as -1 to 1; absent where empty or outside."""
    if len(cells) != 3:
        raise InputError(f"{where}: {cells} are not the three ratings valence, activation and dominance")
    found = {}
    for name, cell in zip(("valence", "arousal", "dominance"), cells, strict=True):
        value = tables.number(cell, where, 0, 10) if cell.strip() else 0
        found[name] = (value - 3) / 2 if 1 <= value <= 5 else None
    return found


def _media(path: Path, one: evaluations.Utterance, kind: str) -> Media:
    session = path.parents[2]
    if kind == "audio":
        return Media(kind="audio", path=str(session / "sentences" / "wav" / path.stem / f"{one.name}.wav"))
    return Media(kind="video", path=str(session / f"dialog/avi/DivX/{path.stem}.avi"), start=one.start, end=one.end)
