"""Two processes learn what one does: the loss is the mean over the answer tokens of both."""

import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import MICRO
from tests.model.test_two_processes import heard

from affectreason.affect.samples import write
from affectreason.model import tiny

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
    learnt_alike(qwen, tmp_path, 4)


@pytest.mark.slow
def test_two_processes_hear_as_one(drawn, sound, tmp_path):
    """A clip with its sound beside words; then a sound beside a picture: each process calls both towers."""
    tiny.write("qwen2_5_omni", tmp_path / "omni")
    write(tmp_path / "s.jsonl", heard(drawn, sound, tmp_path)[:4])
    learnt_alike(tmp_path / "omni", tmp_path, 1, "train_sampling_strategy: sequential")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "more"),
    [(2, ""), (1, "gradient_accumulation_steps: 2"), (2, "label_smoothing_factor: 0.1"), (4, "")],
    ids=["a batch", "accumulated", "padded rows", "less than a step"],
)
def test_a_last_step_that_is_not_full_counts_each_sample_once(qwen, drawn, tmp_path, size, more):
    """Five samples for steps of four, shuffled: of the second step one process has a sample, the other has none."""
    named = [
        one.model_copy(update={"id": f"{n}", "response": "So. " * (n + 1)})
        for n, one in enumerate(drawn["pictures"][:5])
    ]
    write(tmp_path / "s.jsonl", named)
    one, both = learnt_alike(qwen, tmp_path, size, more)
    assert len(one) == 2
    assert min(row["loss"] for row in one) > 1
    assert [row["num_tokens"] for row in both] == [row["num_tokens"] for row in one]  # of five samples, not of eight


def learnt_alike(source, folder, size, more=""):
    """Compare losses and weights of two processes, with batches of `size` each, and of one over the same samples.

    What comes back are the rows of both logs.
    """
    found = []
    for start, each in (((), 2 * size), (START, size)):
        out = folder / str(each)
        command = [sys.executable, *start, "-m", "affectreason", "run", f"recipe={MICRO}", "stage=sft", f"out={out}",
                   f"sft.init={source}", f"sft.data=[{folder / 's.jsonl'}]", "evaluate=null",
                   f"sft.train={{{TRAIN}, per_device_train_batch_size: {each}{more and ', '}{more}}}"]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        rows = [json.loads(row) for row in (out / "sft" / "log.jsonl").read_text().splitlines()]
        found.append(([row for row in rows if "loss" in row], load_file(out / "sft/model/model.safetensors")))
    one, both = (rows for rows, _ in found)
    assert [row["loss"] for row in both] == pytest.approx([row["loss"] for row in one], abs=1e-5)
    for name, there in found[0][1].items():
        torch.testing.assert_close(found[1][1][name], there, atol=1e-6, rtol=1e-5, msg=name)
    return one, both
