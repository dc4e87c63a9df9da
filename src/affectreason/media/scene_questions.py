"""The questions put to a drawn scene, each with its right answer, the evidence for it and where that is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.media import tones
from affectreason.media.face_people import Identity
from affectreason.media.face_truth import PHRASES
from affectreason.media.scene_film import ACTIONS, FPS, ONSETS, PLACES
from affectreason.media.scene_truth import NOTHING, Shown, decided, open_set
from affectreason.media.scene_words import ADJECTIVES
from affectreason.media.tones import Voice

QUESTIONS: tuple[str, ...] = ("emotion", "words", "expression", "attribute")
HAIRS: tuple[str, ...] = ("bald", "short", "curly", "long", "bun")


@dataclass(frozen=True)
class Scene:
    """Everything that is known of one scene; `units` are those of the apex, None where the face is hidden.

    `said` is the transcript, `side` where the speaker is in the whole scene; without a `voice` nobody is heard.
    """

    id: str
    split: str
    media: tuple[Media, ...]
    number: int
    who: Identity
    shown: Shown
    units: Mapping[int, float] | None
    voice: Voice | None
    said: str
    action: str
    onset: str
    place: str
    side: str
    people: int

    @property
    def whole(self) -> bool:
        """Whether the scene round the face is filmed too."""
        return any(item.role == "context" for item in self.media)


@dataclass(frozen=True)
class Asked:
    """A question about an attribute: its text, its choices, the modalities that show the answer."""

    text: str
    choices: tuple[str, ...]
    seen_in: tuple[str, ...]


FACE = ("face", "frames")
ATTRIBUTES: dict[str, Asked] = {
    "hair": Asked("How is the speaker's hair?", HAIRS, FACE),
    "glasses": Asked("Does the speaker wear glasses?", ("yes", "no"), FACE),
    "beard": Asked("Does the speaker have a beard?", ("yes", "no"), FACE),
    "action": Asked("What does the speaker do with the head or the eyes?", ACTIONS, FACE),
    "apex_time": Asked("When is the speaker's expression strongest?", tuple(ONSETS), FACE),
    "place": Asked("Where is the scene?", PLACES, ("frames",)),
    "people": Asked("How many people are there?", ("one", "two"), ("frames",)),
    "side": Asked("On which side is the speaker?", ("left", "right"), ("frames",)),
    "voice_rate": Asked("How fast is the voice?", ("slow", "medium", "fast"), ("audio",)),
    "voice_pitch": Asked("How high is the voice?", ("low", "middle", "high"), ("audio",)),
    "voice_volume": Asked("How loud is the voice?", ("quiet", "medium", "loud"), ("audio",)),
    "voice_melody": Asked("Where does the pitch of the voice go?", ("falling", "level", "rising"), ("audio",)),
}
EXPRESSIONS: dict[str, Asked] = {
    "brows": Asked(
        "What do the speaker's brows do?", ("raised", "lowered", "raised and drawn together", "at rest"), FACE
    ),
    "lips": Asked(
        "What do the speaker's lips do?", ("pulled up", "pulled down", "stretched", "tightened", "none of these"), FACE
    ),
}
_OF_A_FACE = ("glasses", "beard", "action")  # not to be seen from behind


def samples(scene: Scene, questions: tuple[str, ...], rng: Random) -> list[Sample]:
    """The samples of a scene, one or two for each kind of question, all of one `group`."""
    known = attributes(scene)
    found: list[Sample] = []
    for kind in questions:
        if kind in ("emotion", "words"):
            found.append(_emotion(scene, known, kind == "words"))
        elif kind == "attribute":
            asked = sorted(set(known) & set(ATTRIBUTES))
            names = rng.sample(asked, min(2, len(asked)))
            found += [_closed(scene, known, "attribute", name, ATTRIBUTES[name]) for name in names]
        elif scene.units is not None:
            name = rng.choice(tuple(EXPRESSIONS))
            found.append(_closed(scene, known, "expression", name, EXPRESSIONS[name]))
    return found


def attributes(scene: Scene) -> dict[str, str | float | tuple[str, ...]]:
    """What is annotated of a scene beside its affect; what cannot be seen in it is absent."""
    first, shown = ONSETS[scene.onset], scene.shown
    found: dict[str, str | float | tuple[str, ...]] = {
        "hair": "short" if scene.who.style == "fade" else scene.who.style,
        "glasses": "yes" if scene.who.glasses else "no",
        "beard": "yes" if scene.who.beard else "no",
        "action": scene.action,
    }
    if scene.voice is not None:
        found |= {"voice_emotion": scene.shown.voice, **tones.words_of(scene.voice)}
        found |= {name: getattr(scene.voice, name) for name in ("rate", "pitch", "slope", "volume")}
    if scene.units is None:
        found = {name: value for name, value in found.items() if name not in _OF_A_FACE}
    elif shown.face not in NOTHING:
        found |= {"onset": first / FPS, "apex": (first + 1) / FPS, "offset": (first + 3) / FPS}
        found["apex_time"] = scene.onset
    if scene.units is not None:
        found |= {"brows": brows(scene.units), "lips": lips(scene.units)}
    if scene.whole:
        found |= {"place": scene.place, "people": "two" if scene.people == 2 else "one"}
        if scene.people == 2:
            found["side"] = scene.side
    return found


def brows(units: Mapping[int, float]) -> str:
    """What the brows do, one of the choices of `EXPRESSIONS`."""
    up, down = 1 in units or 2 in units, 4 in units
    return "raised and drawn together" if up and down else "raised" if up else "lowered" if down else "at rest"


def lips(units: Mapping[int, float]) -> str:
    """What the lips do, one of the choices of `EXPRESSIONS`; no drawn face does two of them."""
    ways = {12: "pulled up", 15: "pulled down", 20: "stretched", 23: "tightened"}
    return next((way for unit, way in ways.items() if unit in units), "none of these")


def caption(scene: Scene) -> str:
    """The evidence of each modality and what decides, in a few sentences of fixed wording."""
    shown, emotion = scene.shown, decided(scene.shown)
    heard = [] if scene.voice is None else [f"The voice: {_voice(scene.voice)}."]
    parts = [f"The face: {_face(scene)}.", *heard, f"The words: {_words(shown.words)}."]
    if emotion == "neutral":
        parts.append("Nothing shows an emotion, which is neutral.")
    elif shown.voice == emotion:
        against = shown.face not in (emotion, *NOTHING)
        parts.append(f"The voice {'counts more than the face and ' if against else ''}shows {emotion}.")
    elif shown.face == emotion:
        against = shown.words not in (emotion, *NOTHING)
        parts.append(f"The face {'counts more than the words and ' if against else ''}shows {emotion}.")
    else:
        parts.append(f"The words tell of {emotion}.")
    return " ".join(parts)


def _face(scene: Scene) -> str:
    if scene.units is None:
        return "turned away"
    if not scene.units:
        return "no action unit is active"
    return ", ".join(f"{PHRASES[unit]} (AU{unit})" for unit in sorted(scene.units))


def _voice(voice: Voice) -> str:
    words = tones.words_of(voice)
    return f"{words['voice_rate']}, {words['voice_volume']} and {words['voice_melody']}"


def _words(emotion: str) -> str:
    return "plain" if emotion == "neutral" else f"those of someone {ADJECTIVES[emotion]}"


def _emotion(scene: Scene, known: dict[str, str | float | tuple[str, ...]], as_words: bool) -> Sample:
    """The sample that asks for the emotion, as one label or as a set of words."""
    shown = scene.shown
    evidence = {"evidence_face": shown.face, "evidence_text": shown.words}
    if scene.voice is not None:
        evidence["evidence_audio"] = shown.voice
    if scene.whole:
        evidence["evidence_frames"] = shown.face
    units = scene.units
    aus = None if units is None else tuple(ActionUnit(number=n, intensity=v) for n, v in units.items())
    words = dict.fromkeys(open_set(shown), 1.0)
    gold = Affect(emotions=words, aus=aus) if as_words else Affect(emotion=decided(shown), aus=aus)
    return _sample(scene, "words" if as_words else "emotion", "emotion", gold, {**known, **evidence}).model_copy(
        update={"reasoning": caption(scene), "labels": "open" if as_words else "ekman7"}
    )


def _closed(
    scene: Scene, known: dict[str, str | float | tuple[str, ...]], task: str, name: str, asked: Asked
) -> Sample:
    """The sample that asks for one attribute or one part of the expression."""
    answer = str(known[name])
    evidence = {f"evidence_{where}": answer for where in asked.seen_in if where != "frames" or scene.whole}
    return _sample(scene, name, task, Affect(), {**known, **evidence}).model_copy(
        update={"question": asked.text, "choices": asked.choices, "answer": answer}
    )


def _sample(
    scene: Scene, name: str, task: str, gold: Affect, known: dict[str, str | float | tuple[str, ...]]
) -> Sample:
    return Sample(
        id=f"{scene.id}_{name}",
        media=scene.media,
        transcript=scene.said,
        task=task,
        group=scene.id,
        gold=gold,
        attributes=known,
        affect="expressed",
        provenance=Provenance(
            dataset="drawn_scenes",
            split=scene.split,
            subject=f"id{scene.number:012d}",
            labeller="drawn",
            licence="Apache-2.0",
        ),
    )
