"""Emo-CFG: questions and answers on clips of 19 sets, from attributes over expressions to emotions and their reasons.

Answers stay verbatim in `response`; an option's letter is also the `answer`, and where the file names a set with a
closed vocabulary and the answer is one of its names, or a list of units, it is the gold label too.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl
from affectreason.affect.labels import find
from affectreason.affect.sample import ActionUnit, Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import clips, dialogues, tables
from affectreason.published.about import About

ABOUT = About(
    title="Emo-CFG",
    holds="2.1 million questions and answers on about 400,000 clips of 19 sets",
    licence="research only by a signed agreement; the clips keep the licences of their sets",
    gate="signed form",
    get="huggingface.co/datasets/KlingTeam/Emo-CFG: a signed agreement is uploaded there",
    paper="Zhang et al., VidEmo (NeurIPS 2025, arXiv 2511.02712)",
    layout="""\
jsons/{train,test}/{attribute,caption,emotion,qa,rationale}/{full,sampled}/*.json   rationale in train only
videos/{AFEW,AffWild2,CAER,CASME,...}/""",
    labels=("ravdess8", "dfew7", "mafw11", "mer6", "meld7", "sentiment3"),
    units=(1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26),
    affect="expressed",
    origin="human+model",
    notes=(
        "edition=sampled is a part of edition=full, so one of them is read",
        "jsons/curation lists what was put together and holds no rows of its own, so it is not read",
        "a row's task is its tag 'source', or the file's name; questions on one clip are one group",
        "the sets of the rows overlap with the sets themselves: check against= those you evaluate on",
        "how the answers of closed tasks are written is not published: one that is no known name gives no gold label",
        "cut=PREFIX is what to cut off the beginning of the authors' paths",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": None, "task": None, "edition": "full", "cut": None}
FAMILIES = ("attribute", "caption", "emotion", "qa", "rationale")
VOCABULARIES = {
    "RAVDESS": "ravdess8", "DFEW": "dfew7", "MAFW": "mafw11", "MER2023": "mer6", "MELD": "meld7", "MOSI": "sentiment3",
    "MOSEI": "sentiment3",
}  # fmt: skip
OPTION = re.compile(r"^[ \t]*\(?([A-Z])[.):][ \t]*(\S.*?)[ \t]*$", re.M)


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row; nothing is opened but the files of rows."""
    root = tables.root_folder(options["root"])
    split = clips.chosen("split", options["split"], ("train", "test"))
    family = clips.chosen("task", options["task"], FAMILIES)
    edition = clips.chosen("edition", options["edition"], ("full", "sampled"))
    files = [
        (part, one, path)
        for part in ("train", "test")
        for one in FAMILIES
        if split in (None, part) and family in (None, one)
        for path in tables.files(root / "jsons" / part / one / str(edition), (".json", ".jsonl"))
    ]
    if not files:
        asked = f"jsons/{split or '{train,test}'}/{family or '*'}/{edition}/*.json"
        raise InputError(f"{root} has no {asked}; is root= the folder Emo-CFG that holds jsons and videos?")
    for part, one, path in files:
        for line, row in jsonl.rows(path):
            try:
                yield _sample(row, f"emo_cfg_{part}_{one}_{path.stem}", line, root, options["cut"], part, path.stem)
            except InputError as error:
                raise InputError(f"{path}:{line}: {error}") from error


def _sample(row: dict[str, Any], name: str, line: int, root: Path, cut: object, split: str, stem: str) -> Sample:
    known: dict[str, Any] = {key: row[key] for key in ("messages", "videos", "images") if key in row}
    found = dialogues.sample(known, name, line, root, cut, ("placeholders", "messages"))
    media = tuple(_there(item, root) for item in found.media)
    question = (found.question or "").lstrip(". \n")
    choices = _choices(question)
    said = _said((found.response or "").strip(), choices)
    vocabulary = VOCABULARIES.get(stem.partition("_")[0])
    gold = _gold(said, stem, vocabulary)
    closed = choices and len(said) == 1 and said[0] in choices.values() and gold == Affect()
    return found.model_copy(
        update={
            "media": media,
            "question": question,
            "choices": tuple(choices.values()) or None,
            "answer": said[0] if closed else None,
            "task": str(row.get("source") or stem),
            "group": dialogues.group("emo_cfg", media, root),
            "gold": gold,
            "labels": vocabulary if gold.emotion or gold.emotions or gold.sentiment else None,
            "affect": ABOUT.affect,
            "provenance": ABOUT.provenance(split=split),
        }
    )


def _there(media: Media, root: Path) -> Media:
    """The file below root or below its videos: at which of them the published paths start is not documented."""
    path = Path(media.path)
    return media.model_copy(update={"path": str(clips.either(path, root / "videos" / path.relative_to(root)))})


def _choices(question: str) -> dict[str, str]:
    """The options of a question by their letters, when lines of it begin with A, B, ... in order."""
    found = OPTION.findall(question)
    right = len(found) > 1 and [letter for letter, _ in found] == [chr(65 + at) for at in range(len(found))]
    return dict(found) if right else {}


def _said(text: str, choices: dict[str, str]) -> list[str]:
    """What an answer says: the options of its letters (`B`, `(B) Sad`, `ABK`), else the whole text."""
    if match := OPTION.fullmatch(text):
        return [choices.get(match[1], text)]
    letters = re.sub(r"[\s,.()]", "", text)
    if letters and len(set(letters)) == len(letters) and set(letters) <= set(choices):
        return [choices[letter] for letter in letters]
    return [text]


def _gold(said: list[str], stem: str, vocabulary: str | None) -> Affect:
    """The gold label where every part of the answer is a name of the file's vocabulary, or its units."""
    if "Action_Unit" in stem:
        words = [word.strip().upper() for word in said[0].split(",")]
        if words in (["NONE"], ["[]"]):
            return Affect(aus=())
        if all(re.fullmatch(r"AU\d{1,2}", word) for word in words):
            return Affect(aus=tuple(ActionUnit(number=int(word[2:])) for word in words))
    names = [find(vocabulary).canonical(one) for one in said] if vocabulary else []
    found = [name for name in names if name is not None]
    if not found or len(found) != len(names):
        return Affect()
    if vocabulary == "sentiment3":
        return Affect(sentiment=found[0]) if len(found) == 1 else Affect()
    return Affect(emotion=found[0]) if len(found) == 1 else Affect(emotions=dict.fromkeys(found, 1.0))
