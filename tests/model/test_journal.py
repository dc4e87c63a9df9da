import json

import pytest

from affectreason.errors import InputError
from affectreason.model import journal


class State:
    """A process of a group, without the group."""

    def __init__(self, index, world):
        self.process_index, self.num_processes, self.is_main_process = index, world, index == 0

    def wait_for_everyone(self):
        pass


@pytest.fixture
def rank(monkeypatch):
    return lambda index, world: monkeypatch.setattr(journal, "PartialState", lambda: State(index, world))


def rows_of(asked):
    def work(batch):
        asked.append(batch)
        return [{"item": i, "first": batch.start} for i in batch]

    return work


EXPECTED = [{"item": i, "first": 3 * (i // 3)} for i in range(8)]


def test_batches_are_done_in_order_and_once(tmp_path, rank):
    rank(0, 1)
    asked = []
    assert journal.by_batch(tmp_path, "x", 8, 3, rows_of(asked)) == EXPECTED
    assert asked == [range(0, 3), range(3, 6), range(6, 8)]
    assert journal.by_batch(tmp_path, "x", 8, 3, rows_of(asked)) == EXPECTED
    assert len(asked) == 3


def test_a_cut_last_line_is_done_again(tmp_path, rank):
    rank(0, 1)
    journal.by_batch(tmp_path, "x", 8, 3, rows_of([]))
    part = tmp_path / "part-0.jsonl"
    part.write_text(part.read_text()[:-9])
    asked = []
    assert journal.by_batch(tmp_path, "x", 8, 3, rows_of(asked)) == EXPECTED
    assert asked == [range(6, 8)]
    assert journal.by_batch(tmp_path, "x", 8, 3, rows_of(asked)) == EXPECTED
    assert len(asked) == 1


def test_what_was_done_before_a_crash_is_kept(tmp_path, rank):
    rank(0, 1)

    def crash(batch):
        if batch.start == 6:
            raise KeyboardInterrupt
        return rows_of([])(batch)

    with pytest.raises(KeyboardInterrupt):
        journal.by_batch(tmp_path, "x", 8, 3, crash)
    asked = []
    assert journal.by_batch(tmp_path, "x", 8, 3, rows_of(asked)) == EXPECTED
    assert asked == [range(6, 8)]


def test_batches_do_not_depend_on_the_number_of_processes(tmp_path, rank):
    asked = []
    rank(1, 2)
    with pytest.raises(KeyError):  # nobody waits here, so the other's batches are not there yet
        journal.by_batch(tmp_path, "x", 8, 3, rows_of(asked))
    assert asked == [range(3, 6)]
    rank(0, 2)
    assert journal.by_batch(tmp_path, "x", 8, 3, rows_of(asked)) == EXPECTED
    assert asked == [range(3, 6), range(0, 3), range(6, 8)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part-0.jsonl", "part-1.jsonl"]
    rank(0, 1)  # resumed with another number of processes: nothing is asked again
    assert journal.by_batch(tmp_path, "x", 8, 3, rows_of(asked)) == EXPECTED
    assert len(asked) == 3


def test_words_of_any_script_survive(tmp_path, rank):
    rank(0, 1)
    text = "微笑\u2028new line\n"
    work = lambda batch: [{"text": text} for _ in batch]  # noqa: E731
    assert journal.by_batch(tmp_path, "x", 1, 1, work) == [{"text": text}]
    assert journal.by_batch(tmp_path, "x", 1, 1, lambda _: []) == [{"text": text}]
    assert json.loads((tmp_path / "part-0.jsonl").read_text())["start"] == 0


def test_a_full_disk_is_told_in_words(tmp_path, rank, full_disk):
    rank(0, 1)
    with (
        full_disk(100),
        pytest.raises(InputError, match=r"cannot write .*: File too large; free space there, then run"),
    ):
        journal.by_batch(tmp_path, "x", 30, 30, rows_of([]))
    assert journal.by_batch(tmp_path, "x", 30, 30, rows_of([]))[-1] == {"item": 29, "first": 0}


def pairs_of(asked, stop=None):
    def work(items):
        for at in range(0, len(items), 2):
            if at == stop:
                raise KeyboardInterrupt
            asked.append(items[at : at + 2])
            yield {i: {"item": i} for i in items[at : at + 2]}

    return work


def test_items_are_done_in_the_order_given_and_once(tmp_path, rank):
    rank(0, 1)
    asked = []
    expected = {i: {"item": i} for i in range(5)}
    assert journal.by_item(tmp_path, "x", [4, 2, 0, 1, 3], pairs_of(asked)) == expected
    assert asked == [[4, 2], [0, 1], [3]]
    assert journal.by_item(tmp_path, "x", [4, 2, 0, 1, 3], pairs_of(asked)) == expected
    assert len(asked) == 3


def test_items_done_before_a_crash_are_kept_and_a_cut_line_is_not(tmp_path, rank):
    rank(0, 1)
    with pytest.raises(KeyboardInterrupt):
        journal.by_item(tmp_path, "x", range(6), pairs_of([], stop=4))
    part = tmp_path / "part-0.jsonl"
    part.write_text(part.read_text()[:-4])  # of items 0 to 3 the last is cut
    asked = []
    assert list(journal.by_item(tmp_path, "x", range(6), pairs_of(asked))) == list(range(6))
    assert asked == [[3, 4], [5]]


def test_items_are_dealt_out_to_the_processes(tmp_path, rank):
    asked = []
    rank(1, 2)
    with pytest.raises(KeyError):  # nobody waits here, so the other's items are not there yet
        journal.by_item(tmp_path, "x", range(5), pairs_of(asked))
    assert asked == [[1, 3]]
    rank(0, 1)  # resumed with one process: what is left, and no more
    assert list(journal.by_item(tmp_path, "x", range(5), pairs_of(asked))) == list(range(5))
    assert asked[1:] == [[0, 2], [4]]
