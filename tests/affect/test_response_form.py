"""Our well-formed answers beside R1-Omni's format reward, on the conformance cases (section I)."""

import json
import re
from pathlib import Path

import pytest

from affectreason.affect.labels import find
from affectreason.affect.response import parse

CASES = json.loads((Path(__file__).parents[1] / "data" / "mer_unibench_cases.json").read_text(encoding="utf-8"))
R1_OMNI = find("r1_omni11")
PUBLISHED = re.compile(r"<think>.*?</think>\s*<answer>.*?</answer>", re.S)  # the whole completion, nothing stripped
# Where ours is another judgement than the published one: what we say, and of what. Theirs looks at the tags alone, and
# at white space around them; ours asks that the one answer can be scored, and white space around it does no harm.
DIFFERS = {
    "<think>a</think><answer>angry</answer>\n": None,
    " <think>a</think><answer>angry</answer>": None,
    "<think>a</think><answer>sad</answer><answer>angry</answer>": "2 <answer> and 2 </answer>, not one of each; "
    "the answers contradict each other",
    "<think></think><answer></answer>": "the answer is empty; the reasoning is empty",
    "<think>a</think><answer>angry, sad</answer>": "the answer 'angry, sad' affirms 2 labels: angry, sad",
    "<think>two people, 3 frames</think><answer>3</answer>": "the answer '3' affirms no label of r1_omni11",
}


@pytest.mark.parametrize("case", CASES["I_r1omni_rewards"]["cases"], ids=lambda case: repr(case["completion"]))
def test_the_form_is_the_published_one_but_where_it_says_why(case):
    text = case["completion"]
    assert float(PUBLISHED.fullmatch(text) is not None) == case["format"]
    ours = parse(text, R1_OMNI)
    assert (ours.well_formed != bool(case["format"])) == (text in DIFFERS)
    if text in DIFFERS:
        assert ours.problem == DIFFERS[text]
        assert ours.well_formed == (DIFFERS[text] is None)


def test_every_difference_is_a_case():
    assert set(DIFFERS) <= {case["completion"] for case in CASES["I_r1omni_rewards"]["cases"]}
    assert len(DIFFERS) == 6
