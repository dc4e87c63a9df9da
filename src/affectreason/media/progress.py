"""A progress bar with the time left; where nobody looks at a terminal, a line every tenth that takes its time."""

import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

QUIET = 2.0
"""Seconds between two lines where nobody looks at a terminal."""
PACE = 3600.0
"""Seconds of which the pace is taken for the time left; in less a step of a long run may not end."""


class Bar:
    """A bar that moves to absolute counts and shows the newest numbers beside it."""

    def __init__(self, label: str, total: int, at: int = 0) -> None:
        self.console = Console(file=sys.stderr)
        self.label, self.total, self.last, self.note = label, total, at, ""
        self.tenth, self.said = 10 * at // max(total, 1), time.monotonic()
        columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        left = (TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
        self.progress = Progress(
            *columns, *left, console=self.console, disable=not self.console.is_terminal, speed_estimate_period=PACE
        )
        self.task = self.progress.add_task(label, total=total, completed=at, note="")
        self.progress.start()

    def move(self, at: int) -> None:
        """Show that `at` of the total are done."""
        self.progress.update(self.task, completed=at)
        tenth = 10 * at // max(self.total, 1)
        if not self.console.is_terminal and tenth > self.tenth and time.monotonic() - self.said >= QUIET:
            self.tenth, self.said = tenth, time.monotonic()
            left = self.progress.tasks[0].time_remaining
            seconds = f", {left:.0f} s left" if left else ""
            self.console.print(f"{self.label}: {at}/{self.total}{seconds} {self.note}", highlight=False)

    def of(self, at: int, total: int | None) -> None:
        """Show that `at` of a total are done that was not known at the beginning, and may not be known yet."""
        if total is None:
            self.progress.update(self.task, completed=at, total=None)
            return
        if total != self.total:
            self.total = total
            self.progress.update(self.task, total=total)
        self.move(at)

    def say(self, numbers: dict[str, Any]) -> None:
        """Show numbers beside the bar."""
        self.note = " ".join(f"{key} {float(value):.3f}" for key, value in numbers.items())
        self.progress.update(self.task, note=self.note)

    def close(self) -> None:
        """End the bar and leave it on the screen."""
        self.progress.stop()


def bar(label: str, total: int, at: int = 0) -> Bar:
    """Begin a bar."""
    return Bar(label, total, at)
