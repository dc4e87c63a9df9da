"""An epoch has the same order whether the ones before it were trained in this process or in one that was stopped."""

from types import SimpleNamespace

import pytest
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler
from trl.trainer.utils import RepeatSampler

from affectreason.model import epochs
from affectreason.model.group_order import GroupOrder

MADE = {
    "of TRL's GRPO": lambda: RepeatSampler(range(5), mini_repeat_count=2, batch_size=5, seed=3),
    "of ours": lambda: GroupOrder(range(5), 2, seed=3),
}


class Dealt(BatchSampler):
    """Batches dealt out to processes, or the first of them skipped, as accelerate wraps them."""

    def __init__(self, inner):
        self.batch_sampler = inner

    def __iter__(self):
        yield from self.batch_sampler


def drawn(loader):
    return [place for batch in loader.batch_sampler for place in batch]


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("layers", [0, 2], ids=["one process", "several"])
def test_an_epoch_that_is_gone_on_with_has_its_own_order(kind, layers):
    def loader():
        found = BatchSampler(MADE[kind](), 2, drop_last=False)
        for _ in range(layers):
            found = Dealt(found)
        return DataLoader(range(5), batch_sampler=found)

    never, follow = loader(), epochs.Follow()
    orders = []
    for epoch in range(3):
        follow.on_epoch_begin(None, SimpleNamespace(epoch=float(epoch)), None, train_dataloader=never)
        orders.append(drawn(never))
    assert len({tuple(order) for order in orders}) == 3
    plain = loader()
    assert [drawn(plain) for _ in range(3)] == orders  # as it is without us
    begun = loader()
    follow.on_epoch_begin(None, SimpleNamespace(epoch=2.6), None, train_dataloader=begun)
    assert drawn(begun) == orders[2]


def test_an_order_that_is_never_drawn_is_left_alone():
    loader = DataLoader(range(4), batch_size=2)
    assert isinstance(epochs.sampler_of(loader), SequentialSampler)
    epochs.Follow().on_epoch_begin(None, SimpleNamespace(epoch=1.0), None, train_dataloader=loader)
    assert drawn(loader) == [0, 1, 2, 3]
    epochs.Follow().on_epoch_begin(None, SimpleNamespace(epoch=None), None)
