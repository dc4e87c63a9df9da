"""The report's example faces: picture, answer, units and reasoning beside what was annotated, all text escaped."""

import base64
import io
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from affectreason.affect import facs
from affectreason.affect.labels import Labels
from affectreason.affect.named import words_of
from affectreason.affect.sample import Media
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.word_rewards import wheel_f

_HALF = 0.5
Thumbnail = Callable[[Media, Path], bytes | None]


def thumbnail(media: Media, folder: Path) -> bytes | None:
    """A JPEG of an image at most 320 pixels wide and high; None for any other kind. A missing file is an error."""
    if media.kind != "image":
        return None
    from PIL import Image

    with Image.open(folder / media.path) as image:
        image.draft("RGB", (640, 640))
        small = image.convert("RGB")
        small.thumbnail((320, 320))
    buffer = io.BytesIO()
    small.save(buffer, format="JPEG", quality=85)
    return buffer.getvalue()


def examples(
    predictions: Sequence[Prediction], labels: Labels, media: Path, thumbnail: Thumbnail, stage: str
) -> Iterator[str]:
    """The section of up to 12 examples drawn at random, six right and six wrong where there are so many."""
    drawn, right, wrong = _choose(predictions, labels)
    if drawn:
        cards = "".join(_face(p, labels, media, thumbnail) for p in drawn)
        note = (
            f"<p class=small>Drawn at random (seed 0) after {escape(stage)}, half from the {right} right and half from "
            f"the {wrong} wrong answers where there are enough: not a picture of how often it is right. "
            "<span class='chip hit'>✓ shared</span> <span class='chip extra'>+ said, not annotated</span> "
            "<span class='chip missed'>− annotated, not said</span></p>"
        )
        yield f"<section><h2>Examples</h2>{note}<div class=faces>{cards}</div></section>"


def _choose(predictions: Sequence[Prediction], labels: Labels) -> tuple[list[Prediction], int, int]:
    """The examples, right and wrong in turn, and how many there are of each.

    Only samples with a gold emotion, or words where any do, are shown; where there are none, those with gold units.
    """
    golds = [(p, p.sample.gold) for p in predictions]
    known = [p for p, gold in golds if gold.emotion is not None or (labels.any_word and words_of(gold))]
    known = known or [p for p in predictions if p.sample.gold.units is not None]
    right = [p for p in known if _is_right(p, labels)]
    wrong = [p for p in known if not _is_right(p, labels)]
    draw = random.Random(0)
    hits = draw.sample(right, min(len(right), max(6, 12 - len(wrong))))
    misses = draw.sample(wrong, min(len(wrong), 12 - len(hits)))
    drawn = [p for pair in zip(hits, misses, strict=False) for p in pair]
    drawn += hits[len(misses) :] + misses[len(hits) :]
    return drawn, len(right), len(wrong)


def _is_right(p: Prediction, labels: Labels) -> bool:
    """The emotion is right, or where none is annotated all units are; a set of words with a wheel F of a half."""
    gold, said = p.sample.gold, p.response.said
    if labels.any_word and words_of(gold):
        return (wheel_f(p.response, p.sample) or 0.0) >= _HALF
    if gold.emotion is None:
        return gold.units == said.units
    return said.emotion is not None and labels.canonical(said.emotion) == labels.canonical(gold.emotion)


def _face(p: Prediction, labels: Labels, media: Path, thumbnail: Thumbnail) -> str:
    gold, said = p.sample.gold, p.response.said
    reasoning = p.response.reasoning if p.response.reasoning is not None else p.response.text
    text = escape(reasoning.strip()) or "<i>nothing</i>"
    if len(reasoning) > 420:
        text = f"<details><summary>{escape(reasoning[:400].strip())} …</summary>{text}</details>"
    mark = "✓" if _is_right(p, labels) else "✗"
    emotion = escape(said.emotion or ", ".join(words_of(said)) or "no emotion")
    annotated = escape(gold.emotion or ", ".join(words_of(gold)) or "not annotated")
    problem = f"<p class=problem>{escape(p.response.problem)}</p>" if p.response.problem else ""
    return (
        f"<article class='face {'right' if mark == '✓' else 'wrong'}'>{images(p, media, thumbnail)}<div class=said>"
        f"<p class=answer><b>{mark} {emotion}</b> <span class=small>annotated: {annotated}</span></p>"
        f"<p class=chips>{chips(gold.units, said.units)}</p>{problem}<div class=reasoning>{text}</div>"
        f"<p class=small>{escape(p.sample.id)}</p></div></article>"
    )


def images(p: Prediction, media: Path, thumbnail: Thumbnail) -> str:
    """The first medium that can be seen, inside the page itself; else the name of the first."""
    for item in p.sample.media:
        data = thumbnail(item, media)
        if data is not None:
            kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
            return f'<img class=photo alt="" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'
    name = f"{p.sample.media[0].kind}: {Path(p.sample.media[0].path).name}" if p.sample.media else "text only"
    return f"<div class='photo none'>{escape(name)}</div>"


def chips(gold: frozenset[int] | None, said: frozenset[int] | None) -> str:
    """A chip for each unit: shared, extra, missed; without annotation just what was said."""
    if gold is None:
        return _chip(said or (), "", "") + " <span class=small>units not annotated</span>"
    if said is None:
        return _chip(gold, "missed", "− ") + " <span class=small>said nothing of units</span>"
    chips = [_chip(gold & said, "hit", "✓ "), _chip(said - gold, "extra", "+ "), _chip(gold - said, "missed", "− ")]
    return " ".join(filter(None, chips)) or "<span class=small>no units, as annotated</span>"


def _chip(units: Iterable[int], css: str, sign: str) -> str:
    named = [(unit, escape(facs.UNITS[unit].name) if unit in facs.UNITS else "") for unit in sorted(units)]
    return " ".join(f'<span class="chip {css}" title="{name}">{sign}AU{unit}</span>' for unit, name in named)
