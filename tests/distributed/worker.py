"""Run a stage as `accelerate launch` does, with answers that are made up, the same in every run: `worker.py KIND ...`.

It is what test_stages.py launches in one process and in two; a group's answers depend on its prompt alone.
"""

import faulthandler
import os
import sys

from accelerate import state
from accelerate.utils import DistributedType
from tests.made_up import answers

from affectreason import cli
from affectreason.model import rollout


def uneven(response, sample):
    """A reward that differs within every group."""
    return (sum(map(ord, response.text)) % 7) / 7


def take_fsdp():
    """Have accelerate take FSDP over gloo: it does so where processes have GPUs alone, and else runs plain DDP."""
    begin = state.PartialState.__init__

    def begun(self, *args, **kwargs):
        begin(self, *args, **kwargs)
        if self.distributed_type == DistributedType.MULTI_CPU:
            self.distributed_type = DistributedType.MULTI_GPU

    state.PartialState.__init__ = begun


if __name__ == "__main__":
    parted_by_fsdp = os.environ.get("ACCELERATE_USE_FSDP") == "true"
    if parted_by_fsdp:
        take_fsdp()
    faulthandler.dump_traceback_later(240, exit=True)  # a process that waits for ever says where
    rollout.answers = answers
    try:
        cli.launch(sys.argv[1], sys.argv[2:])
    finally:
        assert parted_by_fsdp is (state.AcceleratorState().distributed_type == DistributedType.FSDP)
