"""The table of data sets in data_prep/README.md: `python -m affectreason.published.catalogue` writes it anew."""

from affectreason.affect.jsonl import write
from affectreason.published.about import About
from affectreason.published.scripts import load, names
from affectreason.recipe.places import where

BEGIN, END = "<!-- made by python -m affectreason.published.catalogue: begin -->", "<!-- end -->"


def table() -> str:
    """One row of Markdown for each script, then the traps that the scripts take care of."""
    about = {name: load(name).ABOUT for name in names()}
    rows = ["| name | what | published | labels by | licence | gate, and how to get it |", "|---|---|---|---|---|---|"]
    rows += [
        f"| `{name}` | **{one.title}**: {one.holds} | {_counts(one)} | {one.origin or ''} | {one.licence} "
        f"| {one.gate}: {one.get} |"
        for name, one in about.items()
    ]
    notes = [f"- `{name}`: {' '.join(map(_sentence, one.notes))}" for name, one in about.items() if one.notes]
    return "\n".join([*rows, "", "What to know of them, and what the scripts take care of:", "", *notes])


def inside(page: str) -> str:
    """The page with the table made anew between its two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def _counts(about: About) -> str:
    return ", ".join(f"{split.replace('all', '').strip()} {count:,}".strip() for split, count in about.counts.items())


def _sentence(note: str) -> str:
    return note[0].upper() + note[1:].rstrip(".") + "."


if __name__ == "__main__":
    readme = where("data_prep") / "README.md"
    write(readme, inside(readme.read_text(encoding="utf-8")).splitlines())
