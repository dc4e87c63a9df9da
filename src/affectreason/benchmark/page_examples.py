"""The example answers of the benchmark page: what was shown, thought, annotated and read, all text escaped."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from affectreason.benchmark.plain_words import line, safe
from affectreason.benchmark.shown import Shown, drawn, worst
from affectreason.scoring.page_faces import Thumbnail, chips, images

_TEXT = 4000  # characters of an answer that are shown


def examples(shown: Mapping[str, Sequence[Shown]], media: Path, picture: Thumbnail) -> str:
    """The twenty worst and twenty random answers of each system, folded away but for the last system's."""
    held = {system: answers for system, answers in shown.items() if answers}
    last = next(reversed(held), None)
    return "".join(
        f"<details class=more{' open' if system == last else ''}><summary>Answers of {safe(system, 60)}</summary>"
        f"{_worst(answers, media, picture)}{_random(answers, media, picture)}</details>"
        for system, answers in held.items()
    )


def _worst(answers: Sequence[Shown], media: Path, picture: Thumbnail) -> str:
    chosen = worst(answers)
    if not chosen:
        return "<p class=small>No answer has a score of its own, so none is the worst.</p>"
    level = sum(one.score == chosen[-1].score for one in answers)
    sure = any(one.confidence is not None for one in answers)
    told = (
        f"{level:,} of {len(answers):,} answers score {chosen[-1].score:.2f} like the last one here; "
        f"{'the model was surest of those shown first' if sure else 'which of them are shown is drawn with seed 0'}."
    )
    return _grid(f"The {len(chosen)} worst", told, chosen, media, picture)


def _random(answers: Sequence[Shown], media: Path, picture: Thumbnail) -> str:
    chosen = drawn(answers)
    told = f"Drawn with seed 0 from all {len(answers):,}, right or wrong: a fair picture of the answers."
    return _grid(f"{len(chosen)} at random", told, chosen, media, picture)


def _grid(title: str, told: str, chosen: Sequence[Shown], media: Path, picture: Thumbnail) -> str:
    kinds = {item.kind for one in chosen for item in one.prediction.sample.media}
    told += (
        " Of a clip four frames at most are shown, evenly spaced, row by row." if kinds & {"video", "frames"} else ""
    )
    cards = "".join(_card(one, media, picture) for one in chosen)
    return f"<h3>{safe(title)}</h3><p class=small>{safe(told)}</p><div class=faces>{cards}</div>"


def _card(one: Shown, media: Path, picture: Thumbnail) -> str:
    sample, response = one.prediction.sample, one.prediction.response
    css = "" if one.score is None else " right" if one.score >= 0.999 else " wrong" if one.score <= 0 else " partly"
    mark = {" right": "✓ ", " wrong": "✗ "}.get(css, "")
    read = "nothing could be read" if one.said is None else safe(one.said, 200) or "an empty answer"
    numbers = [] if one.score is None else [f"score {one.score:.2f}"]
    numbers += [] if one.confidence is None else [f"confidence {one.confidence:.2f}"]
    units = f"<p class=chips>{chips(sample.gold.units, response.said.units)}</p>" if sample.gold.units else ""
    problem = f"<p class=problem>{safe(response.problem, 300)}</p>" if response.problem else ""
    asked = "".join(
        f"<p class=small>{name}: {safe(line(text, 240))}</p>"
        for name, text in (("asked", sample.question), ("spoken", sample.transcript))
        if text
    )
    return (
        f"<article class='face{css}'>{_picture(one, media, picture)}<div class=said>"
        f"<p class=answer><b>{mark}{read}</b></p><p class=small>annotated: {safe(one.gold, 200)}"
        f"{''.join(f' · {number}' for number in numbers)}</p>{units}{problem}{asked}"
        f"<div class=reasoning dir=auto>{_thought(one)}</div><p class=small>{safe(sample.id, 120)}</p></div></article>"
    )


def _picture(one: Shown, media: Path, picture: Thumbnail) -> str:
    """What was shown; up to four frames of a clip have more room."""
    found = images(one.prediction, media, picture)
    clip = any(item.kind in ("video", "frames") for item in one.prediction.sample.media)
    return found.replace("<img class=photo", "<img class='photo clip'", 1) if clip else found


def _thought(one: Shown) -> str:
    """The reasoning, or the whole text where there is none, folded away after some lines."""
    response = one.prediction.response
    text = (response.reasoning if response.reasoning else response.text).strip()
    if len(text) <= 420:
        return safe(text) or "<i>nothing</i>"
    return f"<details><summary>{safe(text[:400].strip())} …</summary>{safe(text, _TEXT)}</details>"
