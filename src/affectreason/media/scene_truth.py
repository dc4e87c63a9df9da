"""What a drawn scene shows in face, voice and words, and the rule that makes of it the right answer.

The rule: the voice counts more than the face, the face more than the words; the first of them that shows an emotion
decides, and where none does it is neutral. It is a convention, made so that each is needed: no one of them is enough,
and where two disagree it is known who wins. The words of the open set name the emotion, how strong it is, and what it
is called when something else contradicts it.

A deck of 70 scenes holds every one of `KINDS` once for each emotion, so that the classes are balanced and the best
that can be reached from some of the evidence is the same for any number of whole decks.
"""

from dataclasses import dataclass, replace

from affectreason.media.face_truth import EMOTIONS
from affectreason.media.scene_words import ADJECTIVES, AGAINST_FACE, AGAINST_WORDS, MILD, STRONG

HIDDEN = "hidden"
NOTHING = ("neutral", HIDDEN)
KINDS: tuple[str, ...] = (
    "agree", "face", "voice", "words", "face against words",
    "agree", "face", "voice, hidden", "words, hidden", "voice against face",
)  # fmt: skip
"""What shows the emotion of a scene; `hidden` is a face turned away, the rest of the evidence is neutral."""
MUTE = {"voice": "face", "voice, hidden": "words, hidden", "voice against face": "face against words"}
"""What a scene without a voice is of in place of one whose voice decides."""
DECK = len(KINDS) * len(EMOTIONS)


@dataclass(frozen=True)
class Shown:
    """The emotion each kind of evidence shows, `neutral` for none, the face also `hidden`; and whether strongly."""

    face: str
    voice: str
    words: str
    strong: bool


def kind_of(place: int) -> tuple[str, str]:
    """The kind and the emotion of the scene at a place: seven in a row are of seven emotions and of several kinds."""
    row, column = divmod(place, len(EMOTIONS))
    return KINDS[(row + 3 * column) % len(KINDS)], EMOTIONS[column]


def shown(kind: str, emotion: str, strong: bool) -> Shown:
    """What face, voice and words show of an emotion in a scene of that kind."""
    said, _, rest = kind.partition(", ")
    face = HIDDEN if rest else "neutral"
    other = "neutral" if emotion == "neutral" else "anger" if emotion == "happiness" else "happiness"
    if said == "agree":
        return Shown(emotion, emotion, emotion, strong)
    if said == "face":
        return Shown(emotion, "neutral", "neutral", strong)
    if said == "voice":
        return Shown(face, emotion, "neutral", strong)
    if said == "words":
        return Shown(face, "neutral", emotion, strong)
    if said == "face against words":
        return Shown(emotion, "neutral", other, strong)
    return Shown(other, emotion, "neutral", strong)


def mute(kind: str, emotion: str, strong: bool) -> Shown:
    """What is shown where nobody is heard: face and words alone."""
    return replace(shown(MUTE.get(kind, kind), emotion, strong), voice="neutral")


def decided(one: Shown) -> str:
    """The right emotion: of the voice, else of the face, else of the words, else neutral."""
    return next((found for found in (one.voice, one.face, one.words) if found not in NOTHING), "neutral")


def open_set(one: Shown) -> tuple[str, ...]:
    """The words of the open vocabulary for a scene: one to three, the emotion's own first."""
    emotion = decided(one)
    if emotion == "neutral":
        return (ADJECTIVES["neutral"],)
    found = [ADJECTIVES[emotion], (STRONG if one.strong else MILD)[emotion]]
    if one.voice == emotion and one.face not in (emotion, *NOTHING):
        found.append(AGAINST_FACE[emotion])
    elif one.face == emotion and one.words not in (emotion, *NOTHING):
        found.append(AGAINST_WORDS[emotion])
    return tuple(found)
