"""Facial action units: the table, how each is put in words, what goes together, and which corpus codes which.

FACS: Ekman & Friesen 1978; Ekman, Friesen & Hager 2002. Intensity letters A-E are 1-5.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from affectreason.affect.labels import LABELS
from affectreason.errors import InputError, nearest

Kind = Literal["AU", "AD"]
Region = Literal["upper", "middle", "lower"]


@dataclass(frozen=True)
class Unit:
    """One action unit (AU) or action descriptor (AD, without a muscle of its own) of FACS.

    `phrase` is what can be seen, for reasoning texts; `spellings` are words that name this unit and no other, in
    singular and without articles and auxiliary verbs (see `affectreason.affect.mentions`).
    """

    number: int
    kind: Kind
    name: str
    region: Region
    muscles: tuple[str, ...]
    phrase: str
    spellings: tuple[str, ...]


# number, kind, region | name | muscles (of 25, 26, 43 and 45 some relax instead) | what is seen
_TABLE = """
    1 AU upper | inner brow raiser | frontalis, pars medialis | the inner ends of the brows are drawn upward
    2 AU upper | outer brow raiser | frontalis, pars lateralis | the outer ends of the brows are lifted
    4 AU upper | brow lowerer | corrugator supercilii; depressor supercilii; procerus | the brows are lowered
    5 AU upper | upper lid raiser | levator palpebrae superioris | the upper lids are raised, showing more of the eyes
    6 AU upper | cheek raiser | orbicularis oculi: orbitalis | the cheeks are pushed up under the eyes
    7 AU upper | lid tightener | orbicularis oculi: palpebralis | the lids are tightened and the eyes narrowed
    8 AU lower | lips toward each other | orbicularis oris | the lips are drawn toward each other over the open jaw
    9 AU middle | nose wrinkler | levator labii superioris alaeque nasi | the skin of the nose is wrinkled
    10 AU lower | upper lip raiser | levator labii superioris | the upper lip is raised
    11 AU middle | nasolabial deepener | zygomaticus minor | the folds beside the nose are deepened
    12 AU lower | lip corner puller | zygomaticus major | the lip corners are pulled up
    13 AU lower | sharp lip puller | levator anguli oris | the lip corners are pulled sharply up
    14 AU lower | dimpler | buccinator | the mouth corners are tightened inward, forming dimples
    15 AU lower | lip corner depressor | depressor anguli oris | the lip corners are turned down
    16 AU lower | lower lip depressor | depressor labii inferioris | the lower lip is pulled down
    17 AU lower | chin raiser | mentalis | the chin is pushed up
    18 AU lower | lip pucker | incisivii labii | the lips are puckered
    19 AD lower | tongue show | - | the tongue is visible between the teeth
    20 AU lower | lip stretcher | risorius; platysma | the lips are stretched sideways
    21 AU lower | neck tightener | platysma | the neck is tightened
    22 AU lower | lip funneler | orbicularis oris | the lips are pushed out like a funnel
    23 AU lower | lip tightener | orbicularis oris | the lips are tightened and narrowed
    24 AU lower | lip pressor | orbicularis oris | the lips are pressed together
    25 AU lower | lips part | depressor labii inferioris; mentalis; orbicularis oris | the lips are parted
    26 AU lower | jaw drop | masseter; temporalis; internal pterygoid | the jaw is dropped
    27 AU lower | mouth stretch | pterygoids; digastric | the mouth is stretched wide open
    28 AU lower | lip suck | orbicularis oris | the lips are sucked in over the teeth
    29 AD lower | jaw thrust | - | the jaw is thrust forward
    30 AD lower | jaw sideways | - | the jaw is moved to one side
    31 AD lower | jaw clencher | masseter | the jaw muscles bulge as the teeth are clenched
    32 AD lower | lip bite | - | the teeth bite the lip
    33 AD lower | cheek blow | - | air is blown out through the cheeks
    34 AD lower | cheek puff | - | the cheeks are puffed out
    35 AD lower | cheek suck | - | the cheeks are sucked in
    36 AD lower | tongue bulge | - | the tongue bulges under the skin of the cheek or lip
    37 AD lower | lip wipe | - | the tongue wipes along the lips
    38 AU middle | nostril dilator | nasalis, pars alaris | the nostrils are widened
    39 AU middle | nostril compressor | nasalis, pars transversa; depressor septi | the nostrils are narrowed
    43 AU upper | eyes closed | levator palpebrae superioris | the eyes are closed
    45 AU upper | blink | levator palpebrae superioris; orbicularis oculi: palpebralis | the eyes shut and open
    46 AU upper | wink | orbicularis oculi: palpebralis | a single eye closes in a wink
"""
# Words for a unit besides its name: `noun: verbs` goes both ways ("brow lowered", "lowered brow").
_SPELLINGS = """
    1 inner brow: raised raise raising lifted; inner corner of brow raised
    2 outer brow: raised raise raising lifted; outer corner of brow raised
    4 brow: lowered lowering furrowed furrowing knitted; brow drawn together; brow pulled together
    5 upper lid: raised raise raising lifted
    6 cheek: raised raise raising lifted
    7 lid: tightened tightening tensed; lower lid tightened
    9 nose: wrinkled wrinkle wrinkling
    10 upper lip: raised raise raising lifted
    11 nasolabial furrow deepener; nasolabial fold: deepened; nasolabial furrow: deepened
    12 lip corner: pulled pull pulling raised; lip corner pulled up; corner of lip pulled up; corner of mouth pulled up
    13 lip corner pulled sharply up
    15 lip corner: depressed downturned; lip corner turned down; lip corner pulled down; lip corner pulled downward
    15 lip corner lowered; corner of mouth pulled down; corner of mouth turned down
    16 lower lip: depressed lowered; lower lip pulled down
    17 chin: raise raised raising; chin boss: raised
    18 lip puckerer; lip: puckered puckering
    19 tongue shown
    20 lip: stretched stretch stretching; lip corner stretched; lip corner pulled sideways; lip corner pulled back
    21 neck: tightened tightening
    22 lip funneller; lip: funneled funnelled funneling
    23 lip: tightened tightening
    24 lip presser; lip: pressed pressing; lip pressed together
    25 lip: parted parting
    26 jaw: dropped dropping lowered
    27 mouth: stretched stretching
    28 lip: sucked sucking
    29 jaw: thrusting
    30 jaw moved sideways
    31 jaw: clenched clenching clench
    32 lip: bitten biting
    34 cheek puffer; cheek: puffed puffing
    35 cheek: sucked sucking
    36 bulging tongue
    37 lip wiping
    38 nostril: dilated flared flaring
    39 nostril: compressed
    43 eye: closed closing; eye closure
"""


def _spellings() -> dict[int, tuple[str, ...]]:
    """The rows of `_SPELLINGS`, each verb put after and before its noun."""
    found: dict[int, tuple[str, ...]] = {}
    for row in _SPELLINGS.strip().splitlines():
        number, _, parts = row.strip().partition(" ")
        for part in parts.split("; "):
            noun, _, verbs = part.partition(": ")
            ways = [way for verb in verbs.split() for way in (f"{noun} {verb}", f"{verb} {noun}")] or [noun]
            found[int(number)] = found.get(int(number), ()) + tuple(ways)
    return found


def _units() -> dict[int, Unit]:
    """The rows of `_TABLE` by number."""
    found, spellings = {}, _spellings()
    for row in _TABLE.strip().splitlines():
        code, name, muscles, phrase = row.strip().split(" | ")
        number, kind, region = code.split()
        parts = () if muscles == "-" else tuple(muscles.split("; "))
        found[int(number)] = Unit(
            int(number), cast(Kind, kind), name, cast(Region, region), parts, phrase, spellings.get(int(number), ())
        )
    return found


UNITS: dict[int, Unit] = _units()

# One muscle undoes the other, or one code excludes the other in the manual; to see both at once is suspect, not wrong.
OPPOSING: tuple[tuple[int, int], ...] = ((5, 43), (12, 15), (18, 20), (24, 25), (24, 27), (25, 28), (26, 27))


class Prototype(NamedTuple):
    """The units an emotion's posed face has by convention, and those it may have besides."""

    required: frozenset[int]
    allowed: frozenset[int]


def _prototypes(table: str) -> dict[str, Prototype]:
    """Rows `emotion: required / allowed`."""
    found = {}
    for row in table.strip().splitlines():
        emotion, _, units = row.strip().partition(":")
        required, _, allowed = units.partition("/")
        found[emotion] = Prototype(frozenset(map(int, required.split())), frozenset(map(int, allowed.split())))
    return found


# Conventions of posed faces, of limited reliability and specificity in life (Barrett et al. 2019).
# emfacs: Friesen & Ekman 1983 and the 2002 Investigator's Guide (disgust also as 9+15+17 and 9 or 10 with 17).
# du2014: Du, Tao & Martinez, PNAS 2014: seen in more than 70% of the subjects / in a smaller share.
# ck_plus: Lucey et al. 2010, the first alternative of each rule; the units of the others stand behind the slash.
PROTOTYPES: dict[str, dict[str, Prototype]] = {
    "emfacs": _prototypes("""
        anger: 4 5 7 23
        contempt: 12 14
        disgust: 9 15 16 / 10 17
        fear: 1 2 4 5 7 20 26
        happiness: 6 12
        neutral:
        sadness: 1 4 15
        surprise: 1 2 5 26"""),
    "du2014": _prototypes("""
        anger: 4 7 24 / 10 17 23
        disgust: 9 10 17 / 4 24
        fear: 1 4 20 25 / 2 5 26
        happiness: 12 25 / 6
        neutral:
        sadness: 4 15 / 1 6 11 17
        surprise: 1 2 25 26 / 5"""),
    "ck_plus": _prototypes("""
        anger: 23 24
        contempt: 14
        disgust: 9 / 10
        fear: 1 2 4 / 5
        happiness: 12
        neutral:
        sadness: 1 4 15 / 6 11
        surprise: 1 2 / 5"""),
}


def prototype(emotion: str, source: str) -> Prototype | None:
    """The prototype of an emotion in any of its forms ("happy", "joy"), None if `source` has none of it."""
    if source not in PROTOTYPES:
        raise InputError(f"unknown source of prototypes {source!r}; {nearest(source, PROTOTYPES)}")
    return PROTOTYPES[source].get(LABELS["ekman8"].canonical(emotion) or "")


# What each corpus or tool codes: the units an answer about it can be held to.
SETS: dict[str, tuple[int, ...]] = {
    "disfa12": (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26),
    "disfa8": (1, 2, 4, 6, 9, 12, 25, 26),
    "bp4d12": (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24),
    "bp4d_intensity5": (6, 10, 12, 14, 17),
    "gft10": (1, 2, 4, 6, 10, 12, 14, 15, 23, 24),
    "emotionet12": (1, 2, 4, 5, 6, 9, 12, 17, 20, 25, 26, 43),
    "affwild2_12": (1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26),
    # As Facial-R1's files list it; the paper of RAF-AU (arXiv 2008.05196) counts 26.
    "raf_au": (1, 2, 4, 5, 6, 7, 9, 10, 12, *range(14, 21), *range(22, 31), 32, 43),
    "faba12": (1, 2, 4, 5, 6, 10, 12, 17, 24, 25, 26, 43),
    "faba20": (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 20, 23, 24, 25, 26, 27, 43),
    "openface": (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45),
    "openface3": (1, 2, 4, 6, 9, 12, 25, 26),
    "py_feat20": (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43),
    "opengraphau27": (1, 2, 4, 5, 6, 7, *range(9, 21), *range(22, 28), 32, 38, 39),
    "facial_r1_30": (1, 2, 4, 5, 6, 7, *range(9, 21), *range(22, 33), 43),
}


def unit_set(name: str) -> tuple[int, ...]:
    """The units of that corpus or tool; an unknown name is an error that lists them."""
    if name not in SETS:
        raise InputError(f"unknown set of action units {name!r}; {nearest(name, SETS)}")
    return SETS[name]


def spelling(number: int) -> str:
    """The way this project writes a unit, descriptors too, as the corpora do: `AU12`."""
    return f"AU{_known(number).number}"


def phrase(number: int) -> str:
    """What can be seen of a unit, as a clause without a full stop: "the lip corners are pulled up"."""
    return _known(number).phrase


def _known(number: int) -> Unit:
    """The unit of that number; an unknown one is an error."""
    if number not in UNITS:
        raise InputError(f"there is no action unit {number!r}; known: {', '.join(map(str, UNITS))}")
    return UNITS[number]
