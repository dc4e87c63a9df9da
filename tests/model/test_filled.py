"""The last step of several processes is filled with rows from which nothing is learned."""

from functools import partial
from types import SimpleNamespace

import pytest
import torch

from affectreason.model import collate, filled, load, prefixes, sft_rows
from affectreason.recipe import prompts


@pytest.mark.parametrize(
    ("processes", "size", "count", "drop", "more"),
    [
        (2, 2, 9, False, 3),
        (2, 2, 8, False, 0),
        (1, 2, 9, False, 0),
        (2, 2, 9, True, 0),
        (4, 4, 9, False, 7),
        (4, 4, 1, False, 15),
    ],
)
def test_as_many_rows_as_the_last_step_lacks(processes, size, count, drop, more):
    args = SimpleNamespace(world_size=processes, per_device_train_batch_size=size, dataloader_drop_last=drop)
    assert filled.lacking(args, count) == more


def test_the_quiet_rows_come_last(pictures):
    made = filled.rows(pictures[:3], 2)
    assert [row["sample"] for row in made] == [pictures[n].to_json() for n in (0, 1, 2, 0, 0)]
    assert filled.quiet(made) == [False, False, False, True, True]
    assert filled.quiet([{"sample": "{}"}]) == [False]  # a row of another stage


@pytest.fixture(scope="module")
def batches(qwen):
    """Both ways to lay rows out, by their names."""
    model, processor = load.load(qwen, dtype="float32")
    padded = collate.Collator(processor, prompts.PLAIN, 8.0, 16)
    hidden = model.config.get_text_config().hidden_size
    shared = partial(sft_rows.batch, made=padded, place=partial(prefixes.positions, model), hidden=hidden)
    return {"padded": padded, "shared": shared}


@pytest.mark.parametrize("way", ["padded", "shared"])
def test_only_their_labels_are_taken_away(way, batches, pictures):
    rows = filled.rows(pictures[:2], 2)
    loud = batches[way]([{**row, filled.QUIET: False} for row in rows])
    made = batches[way](rows)
    for key in loud.keys() - {"labels", "shift_labels"}:
        assert torch.equal(made[key], loud[key]), key
    learned = int((batches[way](rows[:2])["labels"] != collate.IGNORED).sum())
    assert int((made["labels"] != collate.IGNORED).sum()) == learned
    assert int((loud["labels"] != collate.IGNORED).sum()) > learned
    alone = batches[way](rows[2:])
    assert (alone["labels"] == collate.IGNORED).all()
    assert alone["labels"].numel() > 0


@pytest.mark.parametrize("way", ["padded", "shared"])
def test_their_tokens_are_not_counted(way, batches, pictures):
    lay, rows = batches[way], filled.rows(pictures[:2], 2)
    counts = [len(lay([row])["input_ids"][0]) for row in rows]
    for those, real in ((rows, sum(counts[:2])), (rows[2:], 0), (rows[:2], sum(counts[:2]))):
        made = lay(those)
        (uncounted,) = filled.tokens(made, lay, those).values()
        assert int(made["attention_mask"].sum()) - uncounted == real
    assert filled.tokens({"pixel_values": torch.ones(1)}, lay, rows) == {}  # of a warm-up


def test_the_tokens_of_all_processes_are_taken_away():
    accelerator = SimpleNamespace(device="cpu", reduce=lambda here, how: here + 30)
    trainer = SimpleNamespace(_total_train_tokens=100, accelerator=accelerator)
    filled.uncount(trainer, 12)
    assert trainer._total_train_tokens == 58
    filled.uncount(trainer, None)
    assert trainer._total_train_tokens == 58
    filled.uncount(SimpleNamespace(accelerator=accelerator), 12)  # a trainer that counts none
