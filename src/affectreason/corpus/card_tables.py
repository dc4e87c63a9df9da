"""The tables of a data card in Markdown; of many names the most frequent are shown, all are in card.json."""

from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any

from affectreason.affect import facs

SHOWN = 20


def imbalances(splits: Mapping[str, Mapping[str, Any]]) -> str:
    """How uneven the labels of each split are."""
    head = ["split", "classes", "entropy / even", "largest / smallest", "majority", "always guessing it scores"]
    return table(
        head,
        [
            [split, one["classes"], _number(one["entropy_ratio"]), _number(one["largest_to_smallest"], 1),
             one["majority"], _number(one["majority_share"])]
            for split, one in splits.items()
        ],
    )  # fmt: skip


def units(by_set: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """How often each action unit is coded and present, by data set."""
    parts = ["### Action units"] if by_set else []
    for name, one in by_set.items():
        base = "of the samples in which a unit was coded" if one["absence_is_coded"] else (
            "of the samples that say anything of units: only present ones are listed, absent and not coded look alike"
        )  # fmt: skip
        parts.append(f"{name}: {one['samples']:,} samples say something of units; rates are {base}.")
        rows = [
            [facs.spelling(row["unit"]) if row["unit"] in facs.UNITS else f"AU{row['unit']}",
             facs.UNITS[row["unit"]].name if row["unit"] in facs.UNITS else "", f"{row['coded']:,}",
             f"{row['present']:,}", _number(row["rate"])]
            for row in one["units"]
        ]  # fmt: skip
        parts.append(table(["unit", "name", "coded", "present", "base rate"], rows) if rows else "")
    return parts


def scales(ranges: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The range and mean of each scale."""
    rows = [
        [name, f"{s['count']:,}", *(_number(s[key]) for key in ("least", "mean", "most"))] for name, s in ranges.items()
    ]
    return ["### Scales", table(["scale", "samples", "least", "mean", "most"], rows)] if rows else []


def agreement(card: Mapping[str, Any]) -> list[str]:
    """How far single votes agree."""
    rows = [
        [name, f"{one['items']:,}", f"{one['votes']:,}", _number(one.get("pairwise")), _number(one.get("difference")),
         _number(one["alpha"]) or ("undefined: every vote is the same" if _same(one) else "too large to sum")]
        for name, one in card["agreement"].items()
    ]  # fmt: skip
    parts = ["#### Agreement of the single votes"] if rows or card["sets_of_votes"] else []
    if rows:
        head = ["measure", "items", "votes", "pairs that agree", "mean difference", "Krippendorff's alpha"]
        parts += [table(head, rows), "An item counts where two or more gave the vote; a vote not given is left out."]
    if card["sets_of_votes"]:
        parts.append(
            f"{card['sets_of_votes']:,} samples have votes for several emotions at once; they are not measured."
        )
    return parts


def counts(title: str, found: Mapping[str, int], total: int) -> str:
    """How many samples have each value, the most frequent 20 by name; `total` is the number of all samples."""
    rows = [
        [name.replace("_", " ") if title == "field" else name, f"{n:,}", share(n, total)]
        for name, n in list(found.items())[:SHOWN]
    ]
    if len(found) > SHOWN:
        rest = sum(list(found.values())[SHOWN:])
        rows.append([_more(found), f"{rest:,}", share(rest, total)])
    return table([title, "samples", "share"], rows)


def by_split(splits: Mapping[str, Mapping[str, int]]) -> str:
    """Labels down, splits across: the most frequent 20 by name."""
    sums: dict[str, int] = {}
    for part in splits.values():
        for name, count in part.items():
            sums[name] = sums.get(name, 0) + count
    names = sorted(sums, key=lambda name: (-sums[name], name))
    columns = [*splits.values(), sums]
    rows = [[name, *(f"{part.get(name, 0):,}" for part in columns)] for name in names[:SHOWN]]
    if len(names) > SHOWN:
        rest = (sum(part.get(name, 0) for name in names[SHOWN:]) for part in columns)
        rows.append([_more(names), *(f"{count:,}" for count in rest)])
    return table(["label", *splits, "all"], rows)


def _same(votes: Mapping[str, Any]) -> bool:
    return votes.get("pairwise") == 1 or votes.get("difference") == 0


def _more(names: Sized) -> str:
    return f"*{len(names) - SHOWN:,} more, in card.json*"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [list(map(str, head)), ["---"] * len(head), *(list(map(str, row)) for row in rows)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in lines
    )


def share(count: int, total: int) -> str:
    """A part of the total in percent."""
    return f"{100 * count / total:.1f} %"


def _number(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:.{digits}f}"
