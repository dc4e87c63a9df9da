"""A person at a terminal: lines read from them, notes to them, and a text that grows while they watch."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from affectreason.errors import InputError
from affectreason.scoring.panels import boxed, plain


def read_line(by_hand: bool) -> str:
    """One line; in a terminal with the arrow keys, and files completed by Tab."""
    if not by_hand:
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.strip()
    try:
        import readline

        readline.parse_and_bind("tab: complete")
        readline.set_completer_delims(" \t\n")
    except ImportError:  # not on every system; then lines are edited by the terminal alone
        pass
    return input("\n> ").strip()


def note(text: str, style: str = "dim") -> None:
    """Say something that is no part of the dialogue; outside a terminal on one line, for programs that read it."""
    console = Console(stderr=True, highlight=False)
    console.print(Text(text, style), soft_wrap=not console.is_terminal)


def paths(rest: str) -> list[str]:
    """Paths as a shell reads them, or one path with spaces that is there as it stands."""
    if rest and Path(rest).expanduser().exists():
        return [rest]
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise InputError(f"{rest}: {error}; close the quotes") from error


@contextmanager
def growing(screen: Console, reasoning: bool = True) -> Iterator[Callable[[str, int], None] | None]:
    """Show a text while it is written, and take it away when it is done; None where the screen is no terminal.

    What is given back is called with the text so far and its tokens. With `reasoning` False only the tokens are shown.
    """
    if not screen.is_terminal:
        yield None
        return
    with Live(Spinner("dots", "looking", style="dim"), console=screen, transient=True) as live:

        def show(text: str, tokens: int) -> None:
            if reasoning:
                width = max(screen.width - 3, 8)  # room for the ^C a terminal echoes, lest it break the line
                lines = plain(text).wrap(screen, width - 4)[-max(screen.height - 6, 1) :]
                live.update(boxed(Text("\n").join(lines), f"writing, {tokens} tokens", "dim", width))
            else:
                live.update(Spinner("dots", f"writing, {tokens} tokens", style="dim"))

        yield show
