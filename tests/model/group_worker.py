"""Train on groups whose answers are made up, the same in every run: `group_worker.py MODEL SAMPLES OUT TRAIN`.

It is what test_two_processes.py launches in one process and in two. Losses, and from the main process the weights, are
left in OUT.
"""

import json
import sys
from pathlib import Path

from safetensors.torch import save_file
from tests.made_up import answers
from tests.model.test_group_trainer import make

from affectreason.affect.samples import read
from affectreason.model import rollout
from affectreason.model.group_trainer import GroupTrainer


def reward(completion_ids, **_):
    """Differs within every group, whose answers are of 3 to 6 tokens."""
    return [float(len(ids) % 5) for ids in completion_ids]


def run(source, samples, out, train):
    """Losses of the steps, which go to `out` with the weights."""
    rollout.answers = answers
    how = {"max_steps": 2, "shuffle_dataset": False, "max_grad_norm": 0.0, "optim": "adamw_torch", "adam_epsilon": 1e-2}
    trainer = make(GroupTrainer, source, read(samples), Path(out) / "t", reward=reward, **{**how, **train})
    trainer.train()
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    if trainer.accelerator.is_main_process:
        inner = trainer.accelerator.unwrap_model(trainer.model)
        named = {name: one.detach().contiguous().clone() for name, one in inner.named_parameters()}
        save_file(named, Path(out) / "weights.safetensors")
        (Path(out) / "losses.json").write_text(json.dumps(losses))
    trainer.accelerator.wait_for_everyone()
    trainer.accelerator.end_training()  # gloo's threads may else abort a process that ends


if __name__ == "__main__":
    run(*sys.argv[1:4], json.loads(sys.argv[4]))
