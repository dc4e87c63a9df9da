"""Work done batch by batch, written down as it is done: a killed run goes on, and ranks share the work.

Batches of `by_batch` are the same whatever the number of processes; rank r takes batches r, r + world, ... Each process
writes to a file of its own. What a kill cut short in the last line is done again.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from accelerate import PartialState

from affectreason.media.progress import bar
from affectreason.model.disk import writing

Row = dict[str, Any]


def by_batch(folder: Path, label: str, count: int, size: int, work: Callable[[range], list[Row]]) -> list[Row]:
    """The rows `work` makes of `count` items in batches of `size`, in order, in every process."""
    state = PartialState()
    folder.mkdir(parents=True, exist_ok=True)
    state.wait_for_everyone()
    done = _read(folder)
    batches = [range(start, min(start + size, count)) for start in range(0, count, size)]
    mine = batches[state.process_index :: state.num_processes]
    shown = bar(label, len(mine), sum(b.start in done for b in mine)) if state.is_main_process else None
    path = folder / f"part-{state.process_index}.jsonl"
    with writing(path), path.open("a", encoding="utf-8") as file:
        for number, batch in enumerate(mine, 1):
            if batch.start not in done:
                file.write("\n" + json.dumps({"start": batch.start, "rows": work(batch)}))
                file.flush()
            if shown:
                shown.move(number)
    if shown:
        shown.close()
    state.wait_for_everyone()
    done = _read(folder)
    return [row for batch in batches for row in done[batch.start]]


def by_item(
    folder: Path, label: str, order: Sequence[int], work: Callable[[list[int]], Iterator[dict[int, Row]]]
) -> dict[int, Row]:
    """The row `work` makes of each item, in every process; rows are written down as it yields them.

    Items that are not done are dealt out to the processes in turn, in the order given; of `work` it is asked that an
    item's row does not depend on the others.
    """
    state = PartialState()
    folder.mkdir(parents=True, exist_ok=True)
    state.wait_for_everyone()
    done = _rows(folder)
    state.wait_for_everyone()  # all must deal from one pack
    mine = [item for item in order if item not in done][state.process_index :: state.num_processes]
    total = sum(item in done for item in order) // state.num_processes + len(mine)
    shown = bar(label, total, total - len(mine)) if state.is_main_process else None
    path, left = folder / f"part-{state.process_index}.jsonl", len(mine)
    with writing(path), path.open("a", encoding="utf-8") as file:
        for rows in work(mine) if mine else ():
            file.write("".join("\n" + json.dumps({"item": item, "row": row}) for item, row in rows.items()))
            file.flush()
            left -= len(rows)
            if shown:
                shown.move(total - left)
    if shown:
        shown.close()
    state.wait_for_everyone()
    done = _rows(folder)
    return {item: done[item] for item in order}


def _rows(folder: Path) -> dict[int, Row]:
    """The finished items of every process."""
    return {line["item"]: line["row"] for path in sorted(folder.glob("part-*.jsonl")) for line in _lines(path)}


def _read(folder: Path) -> dict[int, list[Row]]:
    """The finished batches of every process, by their first index."""
    return {line["start"]: line["rows"] for path in sorted(folder.glob("part-*.jsonl")) for line in _lines(path)}


def _lines(path: Path) -> Iterator[Any]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:  # blank, or cut short by a kill
            continue


def is_main() -> bool:
    """Whether this process writes what all of them made."""
    return PartialState().is_main_process


def wait() -> None:
    """Wait for every process."""
    PartialState().wait_for_everyone()
