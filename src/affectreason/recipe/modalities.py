"""What of a sample a model sees, hears and reads; taking some of it away, in training and in evaluation.

`face` is pictures and clips with role face, `frames` all others, `audio` sounds, `text` the transcript and what was
said before. The question is none of them: without all four it is all that is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from affectreason.affect.hashes import share
from affectreason.errors import InputError, nearest
from affectreason.recipe import prompts

if TYPE_CHECKING:
    from affectreason.affect.sample import Media, Sample

NAMES: tuple[str, ...] = ("face", "frames", "audio", "text")


def of(sample: Sample) -> set[str]:
    """The modalities a sample has; an empty transcript says that nothing is said, which is something to read."""
    found = {name for item in sample.media if (name := _of_media(item)) is not None}
    return found | ({"text"} if sample.transcript is not None or sample.context else set())


def without(sample: Sample, names: Collection[str]) -> Sample:
    """The sample with the modalities of these names taken away, all else as it is; an unknown name is an InputError."""
    for name in names:
        check(name)
    changed: dict[str, object] = {}
    if any(_of_media(item) in names for item in sample.media):
        changed["media"] = tuple(item for item in sample.media if _of_media(item) not in names)
    if "text" in names:
        changed |= {"transcript": None, "context": ()}
    return sample.model_copy(update=changed) if changed else sample


def dropped(sample: Sample, shares: Mapping[str, float], seed: int = 0) -> Sample:
    """The sample without the modalities it loses in training, each with the probability that `shares` gives it.

    What is lost depends on the seed, the name and the sample's group (else its id), so that questions to one clip keep
    the same. One modality is always left: where all would go, the one that comes last in the draw stays.
    """
    drawn = {name: share(f"{seed}/{name}/{sample.group or sample.id}") / part for name, part in shares.items() if part}
    has = of(sample)
    lost = {name for name, at in drawn.items() if at < 1.0 and name in has}
    if lost and lost == has:
        lost -= {max(sorted(lost), key=lambda name: drawn[name])}
    return without(sample, lost)


def check(name: str) -> None:
    """Refuse what is no modality."""
    if name not in NAMES:
        raise InputError(f"unknown modality {name!r}; {nearest(name, NAMES)}")


def problem(names: Sequence[str]) -> str | None:
    """What is wrong with taking these away together, None where nothing is."""
    strange = next((name for name in names if name not in NAMES), None)
    if strange is not None:
        return f"unknown modality {strange!r}; {nearest(strange, NAMES)}"
    if not names:
        return "nothing is named; write one or more of " + ", ".join(NAMES)
    if len(set(names)) < len(names):
        return f"{', '.join(names)}: a modality is named twice"
    if set(names) == set(NAMES):
        return "nothing would be left but the question; leave one, for example [face, frames, audio] leaves the text"
    return None


def require(samples: Sequence[Sample], names: Collection[str], place: str) -> None:
    """Refuse to take away what no sample has, or what stays: the table would say that it is not used."""
    require_any(set().union(*(of(sample) for sample in samples)), len(samples), names, place)
    if "text" in names:
        require_unquoted(samples, place)


def require_unquoted(samples: Iterable[Sample], place: str) -> None:
    """InputError where a question or a turn quotes the transcript: it would stay there when text is taken away."""
    quoted = [sample.id for sample in samples if is_quoted(sample)]
    if quoted:
        raise InputError(
            f"{place}: the question or the turns of {len(quoted)} samples, first {quoted[0]!r}, quote the transcript, "
            "which stays there when text is taken away; take it out: a prompt quotes the transcript by itself"
        )


def require_any(there: Collection[str], count: int, names: Collection[str], place: str) -> None:
    """InputError for a modality that is not among those of `count` samples."""
    for name in names:
        if name not in there:
            has = ", ".join(one for one in NAMES if one in there) or "none"
            what = {"face": "a picture or clip with role face", "text": "a transcript"}.get(name, name)
            raise InputError(f"{place}: none of the {count} samples has {what}; they have: {has}")


def is_quoted(sample: Sample) -> bool:
    """Whether the question or a turn of a sample says what its transcript says."""
    spoken = " ".join((sample.transcript or "").split())
    texts = [sample.question or "", *(turn.text for turn in sample.turns)]
    return any(prompts.quoted(spoken, text) for text in texts)


def label(names: Sequence[str]) -> str:
    """Names as one word for a file or a row, in the order of `NAMES`: `face+frames`."""
    return "+".join(name for name in NAMES if name in names)


def _of_media(item: Media) -> str | None:
    """The modality of a file; features are of none."""
    if item.kind == "audio":
        return "audio"
    if item.kind == "features":
        return None
    return "face" if item.role == "face" else "frames"
