"""One spelling for every form of an emotion word, and which emotions are near each other: the leaves of a tree."""

from functools import cache

from affectreason.affect import wheel
from affectreason.affect.labels import LABELS


@cache
def feeling(word: str) -> str:
    """The one spelling for all forms of a word for what is felt ("happy", "joyful": happiness), in lower case.

    Forms that the label sets count as one are one; of other words the form that our lexicon derives them from.
    """
    plain = " ".join(word.casefold().replace("_", " ").split())
    return _heads().get(plain, (None, ""))[0] or wheel.default().m1(plain) or plain


@cache
def near(one: str, other: str) -> bool:
    """Whether two emotions are of one family of the label sets, or of one innermost cluster of our first wheel."""
    families = [_heads().get(word, (None, ""))[1] for word in (one, other)]
    clusters = [wheel.default().mapped(word, 1, 1) for word in (one, other)]
    return families[0] == families[1] != "" or clusters[0] == clusters[1] != ""


@cache
def _heads() -> dict[str, tuple[str, str]]:
    """Every form of every name of a label set: the name in the first set that has it, and its family."""
    found: dict[str, tuple[str, str]] = {}
    for labels in LABELS.values():
        forms = {name: name for name in labels.names} | dict(labels.aliases)
        for form, name in forms.items():
            plain = found.get(name.casefold(), (name.casefold(), ""))[0]
            found.setdefault(form.casefold().replace("_", " "), (plain, labels.family.get(name, "")))
    return found
