"""VQA v2: open questions on pictures of COCO, each answered by ten people."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About, LeftOut

SPLITS = ("train", "val")
ABOUT = About(
    title="VQA v2",
    holds="658,111 questions on 123,287 pictures of COCO (train and val), each answered by ten people in a few words",
    licence="annotations CC BY 4.0; pictures: Flickr's terms",
    gate="open",
    get="visualqa.org; pictures: COCO 2014",
    layout="""
v2_OpenEnded_mscoco_val2014_questions.json     {questions: [{question_id, image_id, question}]}
v2_mscoco_val2014_annotations.json             {annotations: [{question_id, image_id, question_type, answer_type,
                                               multiple_choice_answer, answers: [10 x {answer, ...}]}]}
val2014/COCO_val2014_000000262148.jpg          or COCO_val2014_000000262148.jpg
""",
    origin="human",
    counts={"train": 443757, "val": 214354},
    notes=(
        "The ten answers are the attribute answers, which its accuracy needs; the commonest is the sample's answer.",
        "limit= takes a part with the shares of the answer types (yes/no, number, other) kept; the same seed= takes "
        "the same questions, so that a model can be compared before and after tuning.",
        "The answers of the test split are not published, so it is not read.",
        "Visual Genome has pictures of COCO: keep it out of training, or on one side of a split.",
    ),
)
OPTIONS: dict[str, Any] = {"root": ..., "split": "val", "limit": None, "seed": 0}

Row = dict[str, Any]


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One open question for each annotated one, in the order of the questions; questions on one picture are a group."""
    root, split = tables.root_folder(options["root"]), options["split"]
    if split not in SPLITS:
        raise InputError(f"split={split}: {nearest(str(split), SPLITS)}")
    limit, seed = options["limit"], options["seed"]
    if limit is not None and (type(limit) is not int or limit < 1):
        raise InputError(f"limit={limit} is not a number of questions; write for example limit=2000")
    asked = tables.first(root, f"v2_OpenEnded_mscoco_{split}2014_questions.json")
    told = tables.first(root, f"v2_mscoco_{split}2014_annotations.json")
    answers = {row["question_id"]: row for row in _rows(told, "annotations", ("question_id", "answer_type", "answers"))}
    questions = _rows(asked, "questions", ("question_id", "image_id", "question"))
    known = [row for row in questions if row["question_id"] in answers]
    types = {row["question_id"]: str(answers[row["question_id"]]["answer_type"]) for row in known}
    kept = set(types) if limit is None else part(types, limit, seed)
    for row in questions:
        name = row["question_id"]
        if name not in answers:
            yield LeftOut(f"vqa_v2_{name}", f"{told.name} has no answers to it", str(asked))
        elif name in kept:
            yield _sample(row, answers[name], root, split, f"{told}: question {name}")


def part(types: dict[Any, str], limit: int, seed: int) -> set[Any]:
    """`limit` questions with the share of each answer type kept, by a hash of the seed and the question's id.

    Largest remainders make the shares whole; the order of the file does not matter.
    """
    groups: dict[str, list[Any]] = defaultdict(list)
    for name, kind in types.items():
        groups[kind].append(name)
    shares = {kind: min(limit / max(len(types), 1), 1.0) * len(names) for kind, names in groups.items()}
    sizes = {kind: int(share) for kind, share in shares.items()}
    short = min(limit, len(types)) - sum(sizes.values())
    for kind in sorted(shares, key=lambda kind: (sizes[kind] - shares[kind], kind))[:short]:
        sizes[kind] += 1
    drawn = {kind: sorted(names, key=lambda name: _drawn(seed, name)) for kind, names in groups.items()}
    return {name for kind, names in drawn.items() for name in names[: sizes[kind]]}


def _drawn(seed: int, name: Any) -> bytes:
    return hashlib.sha256(f"{seed}:{name}".encode()).digest()


def _rows(path: Path, key: str, needed: Sequence[str]) -> list[Row]:
    """The list of objects below a key; InputError for what has another form."""
    found = tables.read_json(path)
    rows = found.get(key) if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise InputError(f"{path} has no list {key!r}; take the file as published")
    for number, row in enumerate(rows, start=1):
        missing = [name for name in needed if not isinstance(row, dict) or name not in row]
        if missing:
            raise InputError(f"{path}: row {number} of {key!r} has no {missing[0]!r}; take the file as published")
    return rows


def _sample(row: Row, told: Row, root: Path, split: str, where: str) -> Sample:
    given = told["answers"] if isinstance(told["answers"], list) else []
    people = tuple(str(one["answer"]) for one in given if isinstance(one, dict) and "answer" in one)
    if not people or len(people) != len(given):
        raise InputError(f"{where}: answers is not a list of objects with an 'answer'; take the file as published")
    try:
        image = f"COCO_{split}2014_{int(row['image_id']):012d}.jpg"
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: image_id is {row['image_id']!r}, not a number of COCO") from error
    folder = root / f"{split}2014"
    return Sample(
        id=f"vqa_v2_{row['question_id']}",
        media=(Media(kind="image", path=str((folder if folder.is_dir() else root) / image)),),
        question=str(row["question"]),
        answer=str(told.get("multiple_choice_answer") or max(people, key=people.count)),
        task="vqa",
        group=f"vqa_v2_{split}_{row['image_id']}",
        attributes={"answers": people, "answer_type": str(told["answer_type"])},
        provenance=ABOUT.provenance(split=split),
    )
