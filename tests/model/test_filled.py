"""Samples that several processes learn from twice are told."""

from types import SimpleNamespace

import pytest

from affectreason.model import sft_rows


@pytest.mark.parametrize(
    ("processes", "count", "drop", "more"),
    [(2, 9, False, 3), (2, 8, False, 0), (1, 9, False, 0), (2, 9, True, 0), (4, 9, False, 7)],
)
def test_the_last_batch_is_filled(processes, count, drop, more, capsys):
    trainer = SimpleNamespace(
        accelerator=SimpleNamespace(num_processes=processes, is_main_process=True),
        args=SimpleNamespace(per_device_train_batch_size=2 if processes < 4 else 4, dataloader_drop_last=drop),
    )
    sft_rows.say_filled(trainer, count)
    told = capsys.readouterr().err
    size = 2 if processes < 4 else 4
    assert told == (
        f"{more} of {count} samples are learned from twice an epoch, to fill the last batch of {processes} processes x "
        f"{size}; train.dataloader_drop_last: true leaves that batch out\n"
        if more
        else ""
    )
