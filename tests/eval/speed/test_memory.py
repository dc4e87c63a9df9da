"""eval/speed/memory.py: the estimate of memory holds for steps that are really taken."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "eval" / "speed" / "memory.py"


@pytest.mark.slow
def test_the_estimate_is_within_a_fifth_of_the_peak():
    words = ["models=[tiny]", "cases=[sft,sft_lora,grpo_shared,grpo_repeated]"]
    done = subprocess.run([sys.executable, str(SCRIPT), *words], check=True, capture_output=True, text=True)
    cases = json.loads(done.stdout.splitlines()[-1])["cases"]
    assert [one["case"] for one in cases] == ["sft", "sft_lora", "grpo_shared", "grpo_repeated"]
    for one in cases:
        assert 0.8 < one["ratio"] < 1.2, one
        assert one["ratio"] == one["estimate"] / one["measured"]
