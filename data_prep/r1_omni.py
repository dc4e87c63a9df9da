"""R1-Omni's conversations on clips of DFEW and MAFW: answers to learn (cold start), or bare labels (reinforcement)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl, response
from affectreason.affect.labels import Labels, find
from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.published import dialogues, tables
from affectreason.published.about import About

ABOUT = About(
    title="R1-Omni",
    holds="15,306 clips of DFEW and MAFW with one label each, and answers with reasons for 580 clips",
    licence="that of DFEW and MAFW; the weights are CC BY-NC 4.0",
    gate="signed form",
    get="your own files in this form: the authors never released theirs whole (HumanMLLM/R1-Omni)",
    paper="R1-Omni (arXiv 2503.05379)",
    layout="""\
FILE.json: [{video, conversations: [{from: human, value: '<video> <audio> ...'}, {from: gpt, value: 'happy'}]}]
or, to learn, value: '<think>...</think><answer>happy</answer>'""",
    labels=("r1_omni11",),
    affect="expressed",
    notes=(
        "the line <audio> stands for the clip's own sound, which has no file of its own",
        "an answer with tags is the text to learn, a bare word is the label",
        "cut=PREFIX is what to cut off the beginning of the authors' paths, which are those of their machine",
        "who made the labels depends on the source of a row, which the rows do not name",
    ),
)
OPTIONS: dict[str, Any] = {"file": ..., "root": None, "cut": None, "split": None, "labels": "r1_omni11"}


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row of the file; no media are opened."""
    path = Path(str(options["file"])).expanduser().absolute()
    root = path.parent if options["root"] is None else tables.root_folder(options["root"])
    vocabulary = find(str(options["labels"]))
    for line, row in jsonl.rows(path):
        where = f"{path}:{line}"
        try:
            found = dialogues.sample(
                _without_sound(row), f"r1_omni_{path.stem}", line, root, options["cut"], ("sharegpt",)
            )
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        learnt = re.search(r"<(think|answer)>", found.response or "") is not None
        update = {
            "gold": _gold(found.response or "", learnt, vocabulary, where),
            "response": found.response if learnt else None,
            "labels": vocabulary.name,
            "affect": ABOUT.affect,
            "provenance": ABOUT.provenance(split=None if options["split"] is None else str(options["split"])),
        }
        yield found.model_copy(update=update)


def _gold(text: str, learnt: bool, vocabulary: Labels, where: str) -> Affect:
    """What an answer with tags says, or the label that a bare answer is."""
    if learnt:
        return response.parse(text, vocabulary).said
    return Affect(emotion=tables.label(text.strip(), vocabulary.name, where))


def _without_sound(row: dict[str, Any]) -> dict[str, Any]:
    """The row without the marks of the clip's own sound, unless files of sound are named."""
    if row.get("audio") or row.get("audios") or not isinstance(row.get("conversations"), list):
        return row
    said = [
        {**one, "value": one["value"].replace("<audio>", "")} if isinstance(one, dict) and _asks(one) else one
        for one in row["conversations"]
    ]
    return {**row, "conversations": said}


def _asks(one: dict[str, Any]) -> bool:
    return one.get("from") == "human" and isinstance(one.get("value"), str)
