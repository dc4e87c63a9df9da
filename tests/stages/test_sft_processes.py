"""Two processes learn what one does: the loss is the mean over the answer tokens of both."""

import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import MICRO

from affectreason.affect.samples import write

TRAIN = "learning_rate: 1e-2, optim: sgd, max_steps: 2, logging_steps: 1, save_strategy: 'no'"
START = ("-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone")


@pytest.mark.slow
def test_two_processes_learn_what_one_does(qwen, drawn, tmp_path):
    """Groups on one rank, words alone on the other."""
    questions = [
        drawn["pictures"][1].model_copy(update={"id": str(n), "question": f"Part {n}?", "response": "So. " * (n + 1)})
        for n in range(4)
    ]
    words = [drawn["text"].model_copy(update={"id": f"words {n}", "question": "Why?" * (n + 1)}) for n in range(4)]
    write(tmp_path / "s.jsonl", [*questions, *words])
    found = []
    for start, size in (((), 8), (START, 4)):
        out = tmp_path / str(size)
        command = [sys.executable, *start, "-m", "affectreason", "run", f"recipe={MICRO}", "stage=sft", f"out={out}",
                   f"sft.init={qwen}", f"sft.data=[{tmp_path / 's.jsonl'}]", "evaluate=null",
                   f"sft.train={{{TRAIN}, per_device_train_batch_size: {size}}}"]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        rows = [json.loads(row) for row in (out / "sft" / "log.jsonl").read_text().splitlines()]
        found.append(([row["loss"] for row in rows if "loss" in row], load_file(out / "sft/model/model.safetensors")))
    assert found[1][0] == pytest.approx(found[0][0], abs=1e-5)
    for name, there in found[0][1].items():
        torch.testing.assert_close(found[1][1][name], there, atol=1e-6, rtol=1e-5, msg=name)
