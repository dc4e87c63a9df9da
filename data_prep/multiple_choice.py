"""Any file of questions with choices, as JSON lines or a table; also the JSON of Face-Human-Bench."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from affectreason.affect import jsonl
from affectreason.affect.sample import Media, Provenance, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables
from affectreason.published.about import About, LeftOut

LETTERS = ascii_uppercase[:11]
_BASE64 = re.compile(r"(?:data:image/|[A-Za-z0-9+/=\s]{400,}$)")
ABOUT = About(
    title="your own questions with choices",
    holds="questions with two to eleven choices and a letter as answer; Face-Human-Bench's 1,800 + 1,800 too",
    licence="yours; of Face-Human-Bench and its pictures, their authors'",
    gate="open",
    get="you have it",
    layout="""
questions.tsv          columns question, A, B, C, D, answer (a letter), image (a path), and id, category if there are
questions.jsonl        the same keys, or options: [...] and answer: a letter, a text or a number from 0
face_human.json        {data: [{type, QA: {question, options, answer}, image: {image_paths: {original, cropped}}}]}
""",
    notes=(
        "Pictures are files: a column of pictures in base64 is refused, write them out first.",
        "The choices are written with letters below the question; an answer that is a number counts from 0.",
        "picture= says which of Face-Human-Bench's two pictures is taken: cropped (default) or original.",
    ),
)
OPTIONS: dict[str, Any] = {
    "root": ...,
    "file": ...,
    "images": None,
    "split": "test",
    "dataset": None,
    "licence": None,
    "picture": "cropped",
}
PICTURES = ("cropped", "original")

Row = dict[str, Any]


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One closed question for each row."""
    root = tables.root_folder(options["root"])
    images = root if options["images"] is None else tables.root_folder(options["images"])
    path, picture = tables.under(root, str(options["file"])), options["picture"]
    if picture not in PICTURES:
        raise InputError(f"picture={picture}: {nearest(str(picture), PICTURES)}")
    provenance = Provenance(
        dataset=str(options["dataset"] or path.stem), licence=options["licence"], split=str(options["split"])
    )
    for line, row in _rows(path, str(picture)):
        try:
            yield _sample(row, f"{path.stem}_{line}", images, provenance)
        except InputError as error:
            raise InputError(f"{path}:{line}: {error}") from error


def _rows(path: Path, picture: str) -> Iterator[tuple[int, Row]]:
    """Each question with its line, or its place in a list."""
    kind = path.suffix.lower()
    if kind in (".csv", ".tsv"):
        yield from tables.rows(path, ("question", "answer"), "\t" if kind == ".tsv" else ",")
        return
    if kind == ".json":
        whole = tables.read_json(path)
        if isinstance(whole, dict) and isinstance(whole.get("data"), list):
            yield from ((number, _of_faces(row, path, number, picture)) for number, row in enumerate(whole["data"], 1))
            return
    yield from jsonl.rows(path)


def _of_faces(row: Any, path: Path, number: int, picture: str) -> Row:
    """A row of Face-Human-Bench in the plain form."""
    try:
        return {**row["QA"], "category": row["type"], "image": row["image"]["image_paths"][picture]}
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{path}: question {number} is not {{type, QA: {{question, options, answer}}, image: {{image_paths: "
            f"{{{picture}}}}}}} ({error}); take the file as published"
        ) from error


def _sample(row: Row, name: str, images: Path, provenance: Provenance) -> Sample:
    for key in ("question", "answer"):
        if row.get(key) in (None, ""):
            raise InputError(f"no {key!r}; {nearest(key, row)}")
    options = _options(row)
    answer = options[_right(row["answer"], options)]
    lettered = "\n".join(f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=False))
    return Sample(
        id=str(row.get("id") or name),
        media=tuple(Media(kind="image", path=str(tables.under(images, one))) for one in _pictures(row)),
        question=f"{str(row['question']).strip()}\n{lettered}",
        choices=tuple(options),
        answer=answer,
        task=str(row["category"]) if row.get("category") else None,
        provenance=provenance,
    )


def _options(row: Row) -> list[str]:
    """The choices in order, from a list or from columns A, B, ...; an empty cell ends them."""
    given = row.get("options", row.get("choices"))
    if isinstance(given, dict):
        row, given = given, None
    if given is None:
        given = []
        for letter in LETTERS:
            if row.get(letter) in (None, ""):
                break
            given.append(row[letter])
    if not isinstance(given, list):
        raise InputError(f'options is {str(given)[:40]!r}, not a list; write ["...", "..."] or columns A, B, ...')
    options = [re.sub(r"^[(\[]?[A-K][)\].:]{1,2}\s+", "", str(one).strip()) for one in given]
    if not 2 <= len(options) <= len(LETTERS) or "" in options:
        raise InputError(
            f"{len(options)} choices; write {2} to {len(LETTERS)} that are not empty, as options or A, B, ..."
        )
    twice = next((one for one in options if options.count(one) > 1), None)
    if twice is not None:
        raise InputError(f"the choice {twice!r} stands there twice; an answer could not be told from the other")
    return options


def _right(answer: Any, options: list[str]) -> int:
    """The place of the right choice, given as a letter, as its text or as a number from 0."""
    word = str(answer).strip()
    if type(answer) is not int and word in options:
        return options.index(word)
    letter = word.strip("()[].: ").upper()
    at = int(word) if word.isdecimal() else LETTERS.find(letter) if len(letter) == 1 else -1
    if not 0 <= at < len(options):
        raise InputError(
            f"the answer {answer!r} is none of the {len(options)} choices; write a letter from A to "
            f"{LETTERS[len(options) - 1]}, the text of one, or a number from 0"
        )
    return at


def _pictures(row: Row) -> list[str]:
    """The paths of the pictures, none where the question has none; InputError for pictures that are no files."""
    given = row.get("image", row.get("images"))
    paths = given if isinstance(given, list) else [] if given in (None, "") else [given]
    for path in paths:
        if not isinstance(path, str) or _BASE64.match(path):
            raise InputError(
                f"the picture {str(path)[:30]!r}... is not a path (base64?); write the pictures to files and their "
                "names into the column image"
            )
    return paths
