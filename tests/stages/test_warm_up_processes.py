"""Two processes warm up what one does: each sample counts once, whatever was said of it and whoever holds it."""

import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file
from tests.conftest import MICRO

from affectreason.affect.sample import Affect, Media
from affectreason.affect.samples import write
from affectreason.model import tiny

TRAIN = "learning_rate: 1e-1, optim: sgd, max_grad_norm: 0, num_train_epochs: 2, logging_steps: 1, save_strategy: 'no'"
START = ("-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone")


@pytest.mark.slow
@pytest.mark.parametrize("more", ["", "gradient_accumulation_steps: 2", "train_sampling_strategy: sequential"])
def test_a_last_step_that_is_not_full_counts_each_sample_once(qwen, pictures, tmp_path, more):
    """Five faces for steps of four; of one the units are not known, of one the emotion."""
    faces = [one.model_copy(update={"id": str(n)}) for n, one in enumerate(pictures[:5])]
    faces[1] = faces[1].model_copy(update={"gold": Affect(emotion=faces[1].gold.emotion)})
    faces[2] = faces[2].model_copy(update={"gold": Affect(aus=faces[2].gold.aus)})
    write(tmp_path / "s.jsonl", faces)
    learnt_alike(qwen, tmp_path, 1 if "accumulation" in more else 2, more, 4)


@pytest.mark.slow
def test_eyes_on_one_process_and_ears_on_the_other(pictures, sound, tmp_path):
    """Two faces beside two voices, then one voice."""
    tiny.write("qwen2_5_omni", tmp_path / "omni")
    voice = Media(kind="audio", path=str(sound(tmp_path / "low.wav")))
    heard = [
        pictures[n].model_copy(update={"id": f"voice {n}", "media": (voice,), "gold": Affect(emotion=name)})
        for n, name in enumerate(("anger", "fear", "anger"))
    ]
    write(tmp_path / "s.jsonl", [*pictures[:2], *heard])
    learnt_alike(tmp_path / "omni", tmp_path, 2, "train_sampling_strategy: sequential", 4)


def learnt_alike(source, folder, size, more, steps):
    """Compare losses and weights of two processes, with batches of `size` each, and of one over the same samples."""
    found = []
    for start, each in (((), 2 * size), (START, size)):
        out = folder / str(each)
        command = [sys.executable, *start, "-m", "affectreason", "run", f"recipe={MICRO}", "stage=base", f"out={out}",
                   f"base.init={source}", f"base.data=[{folder / 's.jsonl'}]", "evaluate=null",
                   f"base.train={{{TRAIN}, per_device_train_batch_size: {each}{more and ', '}{more}}}"]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        rows = [json.loads(row) for row in (out / "base" / "log.jsonl").read_text().splitlines()]
        found.append(([row["loss"] for row in rows if "loss" in row], load_file(out / "base/model/model.safetensors")))
    assert len(found[0][0]) == steps
    assert min(found[0][0]) > 0.05
    assert found[1][0] == pytest.approx(found[0][0], abs=1e-5)
    for name, there in found[0][1].items():
        torch.testing.assert_close(found[1][1][name], there, atol=1e-6, rtol=1e-5, msg=name)
