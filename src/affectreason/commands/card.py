"""`affectreason card`: a data card of a file of samples, in the Hub's format and as JSON."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl
from affectreason.affect.sample import Sample
from affectreason.affect.samples import readable
from affectreason.corpus import card_text
from affectreason.corpus.card import Origin, card, content_digest, portable
from affectreason.corpus.card_known import beforehand, in_part
from affectreason.corpus.card_questions import read_answers, write_answers
from affectreason.corpus.findings import findings
from affectreason.corpus.tally import Tally, tally
from affectreason.errors import InputError
from affectreason.media.survey import survey
from affectreason.published import scripts
from affectreason.published.about import About
from affectreason.published.beside import answers_of, journal_of
from affectreason.recipe import folders
from affectreason.recipe.words import options

HELP = """\
affectreason card data=FILE.jsonl   write a data card: README.md in the Hub's format, and card.json
What can be counted is counted: splits, labels and how uneven they are, units, media, agreement, origin, licences,
duplicates and leaks. What only people know is asked in FILE.card.yaml, which the first run writes beside the data.
  answers=FILE.yaml   the answers, when they lie elsewhere
  out=DIR             where the two files are written (default: FILE.card beside the data)
  max_unknown=N       exit code 1 when more than N questions are answered `unknown`
  --json              print card.json
Media are opened where prep or check has begun to, so that contents are compared; else run check first."""


def main(words: list[str]) -> int:
    """Write the card; 0, or 1 when more questions are unanswered than `max_unknown` allows."""
    known = {"data": ..., "answers": None, "out": None, "max_unknown": None}
    given = options([word for word in words if word != "--json"], known)
    data, most = Path(str(given["data"])), _limit(given["max_unknown"])
    folder = Path(str(given["out"])) if given["out"] is not None else data.with_suffix(".card")
    _check_free(folder, data.name)
    made, answered = _made(data, None if given["answers"] is None else Path(str(given["answers"])))
    jsonl.write(folder / "README.md", card_text.readme(made).splitlines())
    text = json.dumps(made, indent=1, ensure_ascii=False, allow_nan=False)
    jsonl.write(folder / "card.json", [text])
    if "--json" in words:
        print(text)
    print(f"wrote {folder / 'README.md'} and card.json", file=sys.stderr if "--json" in words else sys.stdout)
    unknown = len(made["unanswered"])
    said = f"{unknown} of {made['questions']} questions are unanswered"
    if most is not None and unknown > most:
        print(f"{said}, max_unknown={most} are allowed; answer them in {answered}", file=sys.stderr)
        return 1
    print(f"{said}; answer them in {answered}" if unknown else "all questions are answered", file=sys.stderr)
    return 0


def _made(data: Path, answers: Path | None) -> tuple[dict[str, Any], Path]:
    """The card, and the file its answers are in, which is written where there is none."""
    contents: set[bytes] = set()
    opened = journal_of(data).is_file()
    found = [portable(one, data) for one in findings([data], media=opened)]  # first: it shows how far it is
    done = tally(_samples(data, opened, contents))
    answered = answers or answers_of(data)
    if answers is None and not answered.is_file():
        write_answers(answered, beforehand(done, _published(done)), in_part(done))
    origin = Origin(data.name, folders.digest(data), content_digest(contents))
    return card(done, read_answers(answered), found, origin), answered


def _samples(data: Path, opened: bool, contents: set[bytes]) -> Iterator[Sample]:
    """The samples; with a journal of their media 16 bytes of each content's digest too, put into `contents`."""
    if not opened:
        yield from readable(data)
        return
    for sample, facts in survey(readable(data), journal_of(data)):
        contents.update(bytes.fromhex(fact.digest)[:16] for fact in facts if fact.digest)
        yield sample


def _published(done: Tally) -> dict[str, About]:
    """What is published of the data sets that the samples name, by title."""
    every = {about.title: about for about in (scripts.load(name).ABOUT for name in scripts.names())}
    return {title: every[title] for title in done.fields["dataset"] if title in every}


def _limit(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise InputError(f"max_unknown={value}: write a whole number from 0, such as max_unknown=5")


def _check_free(folder: Path, name: str) -> None:
    """InputError where a README.md or card.json lies that people wrote, or that is the card of another file."""
    for path, card_of in ((folder / "README.md", card_text.card_of), (folder / "card.json", _named_in)):
        if path.is_file():
            made_of = card_of(path.read_text(encoding="utf-8", errors="replace"))
            if made_of is None:
                raise InputError(
                    f"{path} was not made by `affectreason card` and is left alone; choose another out=DIR"
                )
            if made_of != name:
                raise InputError(f"{path} is the card of {made_of} and is left alone; choose another out=DIR")


def _named_in(text: str) -> str | None:
    """The file that a card.json is of; None where it is no card."""
    try:
        made = json.loads(text)
    except (ValueError, RecursionError):
        return None
    ours = isinstance(made, dict) and str(made.get("made_with")).startswith("affectreason ")
    return str(made.get("file")) if ours else None
