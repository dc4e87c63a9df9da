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
from affectreason.corpus.card import Origin, card, content_digest, file_digest
from affectreason.corpus.card_questions import beforehand, read_answers, write_answers
from affectreason.corpus.findings import findings
from affectreason.corpus.tally import Tally, tally
from affectreason.errors import InputError
from affectreason.media.survey import survey
from affectreason.published import scripts
from affectreason.published.about import About
from affectreason.published.beside import answers_of, journal_of
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
    _check_free(folder / "README.md")
    made, answered = _made(data, None if given["answers"] is None else Path(str(given["answers"])))
    jsonl.write(folder / "README.md", card_text.readme(made).splitlines())
    text = json.dumps(made, indent=1, ensure_ascii=False)
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
    contents: set[str] = set()
    opened = journal_of(data).is_file()
    found = findings([data], media=opened)  # first, because it shows how far it is
    done = tally(_samples(data, opened, contents))
    answered = answers or answers_of(data)
    if answers is None and not answered.is_file():
        write_answers(answered, beforehand(done, _published(done)))
    origin = Origin(data.name, file_digest(data), content_digest(contents))
    return card(done, read_answers(answered), found, origin), answered


def _samples(data: Path, opened: bool, contents: set[str]) -> Iterator[Sample]:
    """The samples; with a journal of their media the digests of these too, put into `contents`."""
    if not opened:
        yield from readable(data)
        return
    for sample, facts in survey(readable(data), journal_of(data)):
        contents.update(fact.digest for fact in facts if fact.digest)
        yield sample


def _published(done: Tally) -> dict[str, About]:
    """What is published of the data sets that the samples name, by title."""
    every = {about.title: about for about in (scripts.load(name).ABOUT for name in scripts.names())}
    return {title: every[title] for title in done.fields["dataset"] if title in every}


def _limit(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise InputError(f"max_unknown={value}: write a whole number from 0, such as max_unknown=5")


def _check_free(path: Path) -> None:
    """InputError where a README.md lies that people wrote."""
    if path.is_file() and card_text.MADE_BY not in path.read_text(encoding="utf-8", errors="replace"):
        raise InputError(f"{path} was not made by `affectreason card` and is left alone; choose another out=DIR")
