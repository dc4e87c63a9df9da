"""The names of emotions that count in an affect, and those that a sample is counted under."""

from affectreason.affect.sample import Affect, Sample


def emotions_said(said: Affect) -> tuple[str, ...]:
    """The names in a set or distribution of emotions; one of weight 0 was asked for and found absent."""
    return tuple(name for name, weight in (said.emotions or {}).items() if weight > 0)


def words_of(said: Affect) -> list[str]:
    """The emotions of a set, else the one emotion, in lower case and each once."""
    words = emotions_said(said) or ((said.emotion,) if said.emotion else ())
    return list(dict.fromkeys(plain for word in words if (plain := word.strip().lower())))


def label_names(sample: Sample) -> tuple[str, ...]:
    """Its emotion, or else each of several, or else its sentiment, or else its answer among choices; maybe none."""
    said = sample.gold
    if said.emotion is None and said.emotions:
        return emotions_said(said)
    name = said.emotion or said.sentiment or (sample.answer if sample.choices else None)
    return (name,) if name else ()
