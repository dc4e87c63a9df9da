"""eval/speed/memory.py: the estimate of memory holds for steps that are really taken."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "eval" / "speed" / "memory.py"


def ratios(*words):
    """Of each case the estimate over what was measured."""
    done = subprocess.run([sys.executable, str(SCRIPT), *words], check=True, stdout=subprocess.PIPE, text=True)
    cases = json.loads(done.stdout.splitlines()[-1])["cases"]
    assert all(one["ratio"] == one["estimate"] / one["measured"] for one in cases)
    return {one["case"]: round(one["ratio"], 3) for one in cases}


def within_a_fifth(found, cases):
    assert list(found) == cases
    assert all(0.8 < ratio < 1.2 for ratio in found.values()), found


@pytest.mark.slow
def test_the_estimate_is_within_a_fifth_of_the_peak():
    cases = ["sft", "sft_lora", "sft_qlora", "grpo_shared", "grpo_repeated"]
    within_a_fifth(ratios("models=[tiny]", f"cases={json.dumps(cases)}"), cases)


@pytest.mark.gpu
@pytest.mark.slow
def test_two_billion_weights_on_a_gpu():
    cases = ["sft_lora", "sft_qlora"]
    words = ["models=[2b]", "dtype=bfloat16", "steps=20"]
    within_a_fifth(ratios(*words, f"cases={json.dumps(cases)}"), cases)
