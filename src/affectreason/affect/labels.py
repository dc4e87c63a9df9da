"""The field's sets of emotion labels, the other forms their words take, and the way from one set to another.

Names are spelled as each data set publishes them, in its order; they are what samples and predictions store.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from affectreason.errors import InputError, closest, nearest

_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[\s/\-]{1,3}")


@dataclass(frozen=True)
class Labels:
    """One label set: `names` in the data set's order, `aliases` from other forms of a word to its name.

    `valence` (in [-1, 1]) and `family` are given per name, and lack the names they mean nothing for. With `any_word` it
    has no names of its own, and each word is one.
    """

    name: str
    names: tuple[str, ...]
    aliases: Mapping[str, str]
    valence: Mapping[str, float]
    family: Mapping[str, str]
    any_word: bool = False

    def canonical(self, word: str) -> str | None:
        """The name a word stands for as a whole, in any case, width and spacing; None if it is not of this set."""
        return _plain(word) or None if self.any_word else self._forms.get(_plain(word))

    def nearest(self, word: object) -> str:
        """Say which name or other form of a name was meant by a word that is neither, and list the names."""
        forms = dict(self.aliases) | {name: name for name in self.names}
        close = closest(word, forms)
        meant = "" if close is None else f"did you mean {close!r}{_here(close, forms[close])}? "
        return f"{meant}known: {', '.join(sorted(self.names))}"

    def mentions(self, text: str) -> list[tuple[int, int, str]]:
        """Every whole word that stands for a label, the longest at each place: (start, end, name) in characters.

        It does not ask whether the text affirms them; `affectreason.affect.denial` does.
        """
        words = list(_WORD.finditer(text))
        plain = [_plain(word.group()) for word in words]
        longest = max(map(len, self._phrases), default=1)
        found, at = [], 0
        while at < len(words):
            step = 1
            for size in range(min(longest, len(words) - at), 0, -1):
                name = self._phrases.get(tuple(plain[at : at + size]))
                run = words[at : at + size]
                if name and all(_BETWEEN.fullmatch(text, a.end(), b.start()) for a, b in pairwise(run)):
                    found.append((run[0].start(), run[-1].end(), name))
                    step = size
                    break
            at += step
        return found

    @cached_property
    def _forms(self) -> dict[str, str]:
        return {_plain(alias): name for alias, name in self.aliases.items()} | {
            _plain(name): name for name in self.names
        }

    @cached_property
    def _phrases(self) -> dict[tuple[str, ...], str]:
        return {tuple(_WORD.findall(form)): name for form, name in self._forms.items()}


OPEN = Labels("open", (), {}, {}, {}, any_word=True)
"""Any words for what is felt, several of them; `affectreason.affect.reading` reads them in answers."""


def _here(form: str, name: str) -> str:
    return "" if form == name else f" ({name!r} here)"


def find(name: str) -> Labels:
    """The label set of that name, or `OPEN`; an unknown one is an error that lists them."""
    if name == OPEN.name:
        return OPEN
    if name not in LABELS:
        raise InputError(f"unknown label set {name!r}; {nearest(name, (*LABELS, OPEN.name))}")
    return LABELS[name]


def _plain(word: str) -> str:
    """One spelling for every case, width (NFKC) and spacing of a word."""
    return " ".join(unicodedata.normalize("NFKC", word).casefold().replace("_", " ").split())


# Forms of one word, and near synonyms no set of this file tells apart; valence; family.
# Valence: our own rounding to quarters of where Russell's circumplex (1980) puts the word on its pleasure axis, not
# measured norms; None where it is neither pleasant nor unpleasant by itself. Families: the basic
# categories of Shaver et al. (1987), but disgust and contempt, anger there, are a family of their own; a word they do
# not place is put by us, or is its own family.
_WORDS: tuple[tuple[str, float | None, str], ...] = (
    ("anger angry angered angrily furious fury enraged rage irate wrath wrathful", -0.75, "anger"),
    ("annoyance annoyed", -0.5, "anger"),
    ("frustration frustrated", -0.75, "anger"),
    ("disapproval disapproving", -0.5, "anger"),
    ("disgust disgusted disgustedly revulsion revolted repulsed", -0.75, "disgust"),
    ("contempt contemptuous contemptuously scorn scornful disdain disdainful", -0.5, "disgust"),
    ("aversion averse", -0.5, "disgust"),
    ("fear fearful fearfully fears afraid scared frightened terrified terror", -0.75, "fear"),
    ("worry worried worries worrying anxiety anxious anxiously", -0.5, "fear"),
    ("disquietment", -0.5, "fear"),
    ("happiness happy happily joy joyful joyfully joyous cheerful cheerfulness delighted glad gladness", 0.75, "joy"),
    ("amusement amused", 0.75, "joy"),
    ("contentment contented", 0.75, "joy"),
    ("excitement excited excitedly", 0.75, "joy"),
    ("pleasure", 0.75, "joy"),
    ("enjoyment", 0.75, "joy"),
    ("peace peaceful", 0.75, "calm"),
    ("calm calmness calmly", 0.5, "calm"),
    ("sadness sad sadly sorrow sorrowful sorrowfully", -0.75, "sadness"),
    ("disappointment disappointed", -0.5, "sadness"),
    ("helplessness helpless", -0.75, "sadness"),
    ("suffering", -1.0, "sadness"),
    ("embarrassment embarrassed", -0.5, "sadness"),
    ("sympathy sympathetic", None, "sadness"),
    ("affection affectionate", 0.75, "love"),
    ("love loving", 0.75, "love"),
    ("yearning", None, "love"),
    ("surprise surprised surprisedly astonishment astonished amazement amazed", None, "surprise"),
    ("awe awed", 0.5, "awe"),
    ("neutral neutrality neutrally", 0.0, "neutral"),
    ("trust trusting", 0.5, "trust"),
    ("anticipation", None, "anticipation"),
    ("pain", -1.0, "pain"),
    ("fatigue fatigued", -0.5, "fatigue"),
    ("confidence confident", 0.5, "confidence"),
    ("disconnection disconnected", -0.25, "disconnection"),
    ("distraction distracted", None, "disconnection"),
    ("doubt/confusion doubt confusion doubtful confused", -0.25, "doubt"),
    ("engagement", 0.5, "engagement"),
    ("esteem", 0.5, "esteem"),
    ("sensitivity", None, "sensitivity"),
    ("something_else", None, "other"),
    # Compounds (Du, Tao & Martinez 2014) are of the family of their second word; of two unpleasant ones, unpleasant.
    ("happily_surprised", None, "surprise"),
    ("happily_disgusted", None, "disgust"),
    ("happily_fearful", None, "fear"),
    ("happily_sad", None, "sadness"),
    ("sadly_fearful", -0.75, "fear"),
    ("sadly_angry", -0.75, "anger"),
    ("sadly_surprised", None, "surprise"),
    ("sadly_disgusted", -0.75, "disgust"),
    ("fearfully_angry", -0.75, "anger"),
    ("fearfully_surprised", None, "surprise"),
    ("fearfully_disgusted", -0.75, "disgust"),
    ("angrily_surprised", None, "surprise"),
    ("angrily_disgusted", -0.75, "disgust"),
    ("disgustedly_surprised", None, "surprise"),
    ("negative negatively", -0.5, "negative"),
    ("positive positively", 0.5, "positive"),
)
_OF = {_plain(word): row for row in _WORDS for word in row[0].split()}


def _labels(name: str, words: str) -> Labels:
    """A label set with what `_WORDS` says of its names."""
    names = tuple(word.replace("_", " ") for word in words.split())
    rows = {one: _OF[_plain(one)] for one in names}
    return Labels(
        name=name,
        names=names,
        aliases={form: one for one, row in rows.items() for form in row[0].split() if _plain(form) != _plain(one)},
        valence={one: row[1] for one, row in rows.items() if row[1] is not None},
        family={one: row[2] for one, row in rows.items()},
    )


LABELS: dict[str, Labels] = {
    name: _labels(name, words)
    for name, words in {
        "ekman6": "anger disgust fear happiness sadness surprise",
        "ekman7": "anger disgust fear happiness neutral sadness surprise",
        "ekman8": "anger contempt disgust fear happiness neutral sadness surprise",
        "mikels8": "amusement awe contentment excitement anger disgust fear sadness",
        "artemis9": "amusement awe contentment excitement anger disgust fear sadness something_else",
        "emotion6": "anger disgust fear joy sadness surprise",
        "ube6": "anger fear joy love sadness surprise",
        "heco8": "surprise excitement happiness peace disgust anger fear sadness",
        "raer5": "neutrality enjoyment confusion fatigue distraction",
        "plutchik8": "joy trust fear surprise sadness disgust anger anticipation",
        "mer6": "neutral angry happy sad worried surprise",
        "merr9": "neutral angry happy sad worried surprise fear contempt doubt",
        "dfew7": "happy sad neutral angry surprise disgust fear",
        "mafw11": "anger disgust fear happiness neutral sadness surprise contempt anxiety helplessness disappointment",
        "r1_omni11": "happy surprise neutral angry disgust sad fear contemptuous disappointed helpless anxious",
        "meld7": "neutral surprise fear sadness joy disgust anger",
        "iemocap4": "happy sad neutral angry",
        "iemocap6": "happy sad neutral angry excited frustrated",
        "emotiontalk7": "neutral happy sad angry surprised disgusted fearful",
        "raf_db7": "surprise fear disgust happiness sadness anger neutral",
        "raf_db_compound11": (
            "happily_surprised happily_disgusted sadly_fearful sadly_angry sadly_surprised sadly_disgusted "
            "fearfully_angry fearfully_surprised angrily_surprised angrily_disgusted disgustedly_surprised"
        ),
        "raf_ce14": (
            "happily_surprised happily_disgusted sadly_fearful sadly_angry sadly_surprised sadly_disgusted "
            "fearfully_angry fearfully_surprised fearfully_disgusted angrily_surprised angrily_disgusted "
            "disgustedly_surprised happily_fearful happily_sad"
        ),
        "affectnet7": "neutral happy sad surprise fear disgust anger",
        "affectnet8": "neutral happy sad surprise fear disgust anger contempt",
        "fer2013": "angry disgust fear happy sad surprise neutral",
        "ck7": "anger contempt disgust fear happy sadness surprise",
        "caer7": "anger disgust fear happy neutral sad surprise",
        "crema_d6": "anger disgust fear happy neutral sad",
        "ravdess8": "neutral calm happy sad angry fearful disgust surprised",
        "emotic26": (
            "Affection Anger Annoyance Anticipation Aversion Confidence Disapproval Disconnection Disquietment "
            "Doubt/Confusion Embarrassment Engagement Esteem Excitement Fatigue Fear Happiness Pain Peace Pleasure "
            "Sadness Sensitivity Suffering Surprise Sympathy Yearning"
        ),
        "sentiment3": "negative neutral positive",
        "sentiment2": "negative positive",
    }.items()
}
