"""Run a stage as `accelerate launch` does, where no two logits are equal enough: `saved_worker.py KIND ...`."""

import faulthandler
import sys

from affectreason.commands import launch
from affectreason.model import saved

if __name__ == "__main__":
    faulthandler.dump_traceback_later(240, exit=True)  # a process that waits for ever says where
    saved.tolerance = lambda dtype, reference: -1.0
    sys.exit(launch.main(sys.argv[1], sys.argv[2:]))
