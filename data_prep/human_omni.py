"""HumanOmniV2's questions: options by letter, and a solution that tells the context, thinks, and answers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from affectreason.affect import jsonl
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError
from affectreason.published import dialogues, tables
from affectreason.published.about import About

ABOUT = About(
    title="HumanOmniV2",
    holds="questions on clips with options, some of several right ones, and solutions with their reasons",
    licence="CC BY-NC-SA 4.0 for the authors' own clips; those of other sets keep theirs",
    gate="open",
    get="github.com/HumanMLLM/HumanOmniV2 (src/open-r1-multimodal/data_config) and the hub set PhilipC/IntentTrain",
    paper="HumanOmniV2 (arXiv 2506.21277)",
    layout="""\
FILE.json: [{problem, problem_type, options: ['A. Urgent'], solution, path, data_type}]
path is a file, or {image, audio}; solution: <context>...</context><think>...</think><answer>B,C</answer>""",
    affect="expressed",
    origin="model",
    notes=(
        "problem_type emer_ov_mc asks for the emotions of a clip: its right options are the gold emotions, in the "
        "words of EMER, which are of no closed set",
        "the reasons were written by a model",
        "root=DIR is the folder the paths start from, cut=PREFIX what to cut off their beginning",
    ),
)
OPTIONS: dict[str, Any] = {"file": ..., "root": None, "cut": None, "split": None}
KINDS: tuple[Literal["image", "video", "audio"], ...] = ("image", "video", "audio")


def samples(**options: Any) -> Iterator[Sample]:
    """One sample for each row of the file; no media are opened."""
    path = Path(str(options["file"])).expanduser().absolute()
    root = path.parent if options["root"] is None else tables.root_folder(options["root"])
    for line, row in jsonl.rows(path):
        try:
            yield _sample(row, f"human_omni_{path.stem}_{line}", root, options)
        except InputError as error:
            raise InputError(f"{path}:{line}: {error}") from error


def _sample(row: dict[str, Any], name: str, root: Path, options: dict[str, Any]) -> Sample:
    missing = [key for key in ("problem", "problem_type", "solution") if not isinstance(row.get(key), str)]
    if missing:
        raise InputError(f"the row has no {missing[0]!r}; needed: problem, problem_type, solution")
    media = tuple(dialogues.below(item, root, options["cut"]) for item in _media(row))
    answer = _block(row["solution"], "answer")
    if answer is None:
        raise InputError(f"the solution {row['solution'][-60:]!r} has no <answer> block; put the answer into one")
    choices = _choices(row.get("options") or [])
    right = _right(answer, choices)
    felt = row["problem_type"] == "emer_ov_mc"
    context = {"context": _block(row["solution"], "context")}
    several = {} if felt or len(right) < 2 else {"right": tuple(right)}
    return Sample(
        id=name,
        media=media,
        question=_lettered(row["problem"], choices),
        choices=tuple(choices.values()) or None,
        answer=None if felt or len(right) > 1 else right[0],
        task=row["problem_type"],
        group=dialogues.group("human_omni", media, root),
        gold=Affect(emotions=dict.fromkeys(right, 1.0)) if felt else Affect(),
        attributes={key: value for key, value in (context | several).items() if value},
        reasoning=_block(row["solution"], "think"),
        response=row["solution"],
        affect=ABOUT.affect,
        provenance=ABOUT.provenance(split=None if options["split"] is None else str(options["split"])),
    )


def _lettered(problem: str, choices: dict[str, str]) -> str:
    """The question with its options by letter below it, as the solutions name them, unless it has them already."""
    missing = any(choice not in problem for choice in choices.values())
    return problem + "".join(f"\n{letter}. {choice}" for letter, choice in choices.items()) if missing else problem


def _media(row: dict[str, Any]) -> list[Media]:
    """The files of a row: `path` is one of the kind `data_type`, or names one of each kind."""
    files = row.get("path", row.get("video"))
    if isinstance(files, str):
        files = {str(row.get("data_type", "video")): files}
    if not isinstance(files, dict) or not files or not set(files) <= set(KINDS):
        raise InputError(f"the path {files!r} is no file of the kinds {', '.join(KINDS)}; correct path and data_type")
    return [Media(kind=kind, path=str(files[kind])) for kind in KINDS if kind in files]


def _choices(options: Any) -> dict[str, str]:
    """The options by their letters, which may be written before them."""
    if not isinstance(options, list):
        raise InputError(f"options is {str(options)[:40]!r}, not a list; correct the row")
    return {chr(65 + at): re.sub(r"^[A-Z][.:)]\s*", "", str(one)).strip() for at, one in enumerate(options)}


def _right(answer: str, choices: dict[str, str]) -> list[str]:
    """The options that an answer of letters names; without options the answer itself."""
    if not choices:
        return [answer]
    letters = [word.strip().rstrip(".") for word in answer.split(",")]
    wrong = [letter for letter in letters if letter not in choices]
    if wrong:
        raise InputError(f"the answer {wrong[0]!r} is none of the options {', '.join(choices)}; correct the row")
    return list(dict.fromkeys(choices[letter] for letter in letters))


def _block(text: str, tag: str) -> str | None:
    match = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.S)
    return match[1].strip() if match and match[1].strip() else None
