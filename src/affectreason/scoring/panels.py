"""A response laid out for a terminal: its reasoning, its action units and its answer, set apart."""

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from affectreason.affect import facs
from affectreason.affect.response import Response
from affectreason.affect.sample import ActionUnit, Affect

COLOURS = {"upper": "cyan", "middle": "green", "lower": "magenta"}
"""Of action units, by the part of the face they are in."""
CODE = r"\b(?:AU|AD) ?[0-9]+\b"


def panels(response: Response, reasoning: bool = True, cut: int | None = None) -> Group:
    """Reasoning, action units and answer in panels of their own; with `reasoning` False the first is left out.

    A text that is not well formed is shown whole with the parser's reason, above what could be read in it.
    `cut` is the number of tokens after which the text was broken off, if it was.
    """
    said = response.said
    shown: list[RenderableType] = []
    if not response.well_formed:
        text = plain(response.text.strip()) if response.text.strip() else Text("(an empty text)", "dim")
        shown.append(boxed(text, "the text as the model wrote it", "yellow"))
    elif reasoning and response.reasoning:
        text = plain(response.reasoning)
        text.highlight_regex(CODE, "bold")
        shown.append(boxed(text, "reasoning", "blue"))
    if response.well_formed or said.aus is not None:
        shown.append(boxed(units(said), "action units", "cyan"))
    answered = answer(said)
    if answered is not None:
        shown.append(boxed(answered, "answer", "green"))
    if not response.well_formed:
        what = "not well formed" if answered is not None else "no answer could be read"
        shown.append(Text(f"{what}: {response.problem}", "yellow"))
    elif response.problem:
        shown.append(Text(f"note: {response.problem}", "dim"))
    if cut is not None:
        shown.append(Text(f"broken off after {cut} tokens; raise max_new_tokens= to read on", "yellow"))
    return Group(*shown)


def side_by_side(left: tuple[str, RenderableType], right: tuple[str, RenderableType]) -> Table:
    """Two titled columns of equal width."""
    table = Table.grid(expand=True, padding=(0, 1))
    for _ in range(2):
        table.add_column(ratio=1, overflow="fold")
    table.add_row(Text(left[0], "bold", justify="center"), Text(right[0], "bold", justify="center"))
    table.add_row(left[1], right[1])
    return table


def facts(title: str, rows: dict[str, str | None]) -> Panel:
    """Names and what they are, in one box; what is None is left out."""
    table = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        if value is not None:
            table.add_row(Text(name, "dim"), Text(value))
    return Panel(table, title=title, title_align="left", expand=False)


def units(said: Affect) -> RenderableType:
    """Each unit's code as a chip with its FACS name, side and intensity; in words where there is none."""
    if said.aus is None:
        return Text("nothing said of any", "dim")
    if not said.aus:
        return Text("none is active")
    return Columns([_chip(unit) for unit in said.aus], padding=(0, 3), equal=True)


def answer(said: Affect) -> Text | None:
    """The emotion or emotions and the numbers said, None where nothing was."""
    parts = []
    if said.emotion is not None:
        parts.append(Text(said.emotion, "bold green"))
    if said.emotions is not None and set(said.emotions) != {said.emotion}:
        weighted = any(weight != 1 for weight in said.emotions.values())
        names = [f"{name} {weight:.2f}" if weighted else name for name, weight in said.emotions.items()]
        parts.append(Text(", ".join(names)))
    for name in ("valence", "arousal", "dominance"):
        value = getattr(said, name)
        if value is not None:
            parts.append(Text(f"{name} {value:+.2f}"))
    return Text("   ").join(parts) if parts else None


def plain(text: str) -> Text:
    """A model's text to print: no markup is read in it, and it cannot steer the terminal."""
    return Text(text.replace("\x1b", "\u241b"))


def _chip(unit: ActionUnit) -> Text:
    known = facs.UNITS[unit.number]
    chip = Text.assemble((f" {facs.spelling(unit.number)} ", f"bold reverse {COLOURS[known.region]}"), f" {known.name}")
    if unit.side is not None:
        chip.append(f", {unit.side}", "dim")
    if unit.intensity is not None:
        letter = f"{'ABCDE'[int(unit.intensity) - 1]} = " if unit.intensity in (1, 2, 3, 4, 5) else ""
        chip.append(f", intensity {letter}{unit.intensity:g}", "dim")
    return chip


def boxed(content: RenderableType, title: str, colour: str, width: int | None = None) -> Panel:
    """A box with a coloured edge and title."""
    name = Text(title, colour if colour == "dim" else f"bold {colour}")
    return Panel(content, title=name, title_align="left", border_style=colour, padding=(0, 1), width=width)
