"""The script a text is written in: enough to see that a subtitle and a question are in different languages."""

import re

SCRIPTS = {
    "Chinese": re.compile(r"[\u3400-\u9fff\uf900-\ufaff]"),
    "Japanese": re.compile(r"[\u3040-\u30ff]"),
    "Korean": re.compile(r"[\u1100-\u11ff\uac00-\ud7af]"),
    "Latin": re.compile(r"[A-Za-z\u00c0-\u024f]"),
    "Cyrillic": re.compile(r"[\u0400-\u04ff]"),
    "Arabic": re.compile(r"[\u0600-\u06ff]"),
    "Devanagari": re.compile(r"[\u0900-\u097f]"),
}
MANY = 2
"""Latin letters for which one sign of a script that writes whole syllables stands, roughly."""


def script(text: str | None) -> str | None:
    """The script of most of a text, by its first thousand signs; None without letters of a script known here.

    Chinese signs beside kana are Japanese.
    """
    head = (text or "")[:1000]
    counts = {name: len(signs.findall(head)) for name, signs in SCRIPTS.items()}
    if counts["Japanese"]:
        counts["Japanese"] += counts.pop("Chinese")
    weighed = {name: n if name in ("Latin", "Cyrillic", "Arabic") else MANY * n for name, n in counts.items()}
    best = max(weighed, key=lambda name: weighed[name])
    return best if weighed[best] else None
