"""Parts of a text that deny what stands in them: rows and columns of a Markdown table, lists under a heading."""

import re
from bisect import bisect_right

from affectreason.affect.denial_after import DENIES, means_no

Span = tuple[int, int]
_LINE = re.compile(r"[^\n]+")
_CELL = re.compile(r"[^|\n]+")
_RULE = re.compile(r"[ \t]*\|?[ \t:|-]*-[ \t:|-]*")
_YES = re.compile(r"\W*(?:yes|present|active|visible|true|detected|x|✓|✔|✅|[1-9][\d.]*)\W*|[✓✔✅☑]", re.I)
_BULLET = re.compile(r"[ \t]*(?:[-*•+]|\d{1,2}[.)])[ \t]+")
_HEADING = re.compile(
    rf"\W*(?:(?:[\w ]{{0,30}}\b)?{DENIES}\b[\w ]{{0,30}}|(?:no|none|not)(?: (?:of )?(?:these|AUs?"
    r"|(?:action )?units?|emotions?))?)\W{0,6}",
    re.I,
)
_FIELD = re.compile(r"[^,;\t\n]+")
_ZEROS = re.compile(r"(?<=\n)[ \t]*[01](?:\.0+)?(?:[ \t]*[,;\t][ \t]*[01](?:\.0+)?)+[ \t]*$", re.M)
_MAY_HEAD = re.compile(rf"\b{DENIES}\b" + r"|^[^\w\n]{0,9}(?:no|none|not)\b", re.I | re.M)


def denied_parts(text: str) -> list[Span]:
    """Spans (start, end) of a text, in order and apart, in which a table or a heading denies what is named."""
    found: list[Span] = []
    if "|" in text:
        found += _tables(text)
    if "\n" in text:
        found += _columns(text)
        if _MAY_HEAD.search(text):
            found += _under_headings(text)
    apart: list[Span] = []
    for start, end in sorted(found):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def is_inside(at: int, spans: list[Span]) -> bool:
    """Whether a place lies in one of the spans, which are in order and apart."""
    index = bisect_right(spans, at, key=lambda span: span[0]) - 1
    return index >= 0 and at < spans[index][1]


def _under_headings(text: str) -> list[Span]:
    """The lines of a list under a heading such as "Absent units:"."""
    found, under = [], False
    for line in _LINE.finditer(text):
        bullet = _BULLET.match(line[0])
        if not bullet or line[0].rstrip().endswith(":"):
            words = line[0].strip()
            marked = words.endswith((":", "**")) or words.startswith("#") or len(words.split()) <= 4
            under = marked and len(words) <= 80 and _HEADING.fullmatch(words) is not None
        elif under:
            found.append(line.span())
    return found


def _columns(text: str) -> list[Span]:
    """Names in a line over a 0 in a line of zeros and ones, with commas: "AU4, AU12", "1, 0"."""
    found: list[Span] = []
    for values in _ZEROS.finditer(text):
        above = text.rfind("\n", 0, values.start() - 1) + 1
        names = list(_FIELD.finditer(text, above, values.start() - 1))
        digits = _FIELD.findall(values[0])
        if len(names) == len(digits):
            found += [name.span() for name, digit in zip(names, digits, strict=True) if float(digit) == 0]
    return found


def _tables(text: str) -> list[Span]:
    """What the rows of tables say no to."""
    found: list[Span] = []
    rows: list[list[re.Match[str]]] = []
    for line in _LINE.finditer(text):
        if line[0].count("|") >= 2:
            rows.append([] if _RULE.fullmatch(line[0]) else list(_CELL.finditer(text, *line.span())))
        else:
            found += _table(rows)
            rows = []
    return found + _table(rows)


def _table(rows: list[list[re.Match[str]]]) -> list[Span]:
    """Of each row what stands before a cell that says no; of a head over a single row of values its columns."""
    has_head = len(rows) > 1 and not rows[1]
    heads = rows[0] if has_head else []
    body = [row for row in rows[2:] if row] if has_head else [row for row in rows if row]
    if len(body) == 1 and len(heads) == len(body[0]) and all(_is_value(cell[0]) for cell in body[0]):
        return [head.span() for head, cell in zip(heads, body[0], strict=True) if means_no(cell[0])]
    found: list[Span] = []
    for row in body:
        for index, cell in enumerate(row):
            if index and cell[0].strip() and _is_value(cell[0]):
                column = heads[index][0] if len(heads) == len(row) else ""
                if means_no(cell[0]) or (_YES.fullmatch(cell[0]) and column.strip() and means_no(column)):
                    found.append((row[0].start(), cell.start()))
                break
    return found


def _is_value(cell: str) -> bool:
    return means_no(cell) or _YES.fullmatch(cell) is not None
