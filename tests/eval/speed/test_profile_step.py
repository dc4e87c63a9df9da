"""eval/speed/profile_step.py: what is counted is what ran, and parts add up to the step."""

import importlib
import json
from pathlib import Path

import pytest

SPEED = Path(__file__).resolve().parents[3] / "eval" / "speed"
SMALL = {"prompt": 40, "answer": 4, "group": 2, "groups": 1, "times": 1, "width": 128, "layers": 2, "frozen": False}


@pytest.fixture
def script(monkeypatch):
    """The script, which imports its neighbours as one that is run does."""
    monkeypatch.syspath_prepend(str(SPEED))
    return importlib.import_module("profile_step")


def test_a_product_multiplies_as_often_as_its_shapes_say(script):
    plain = {"computed": 24, "needed": 24, "read": 4 * (6 + 12)}
    assert script.work("aten::mm", [[2, 3], [3, 4]], ["", ""], 0.5) == plain
    assert script.work("aten::addmm", [[4], [2, 3], [3, 4], [], []], [""] * 5, 1.0) == plain
    assert script.work("aten::bmm", [[5, 2, 3], [5, 3, 4]], ["", ""], 1.0)["computed"] == 5 * 24


def test_attention_needs_the_pairs_that_are_seen(script):
    query, key = [1, 2, 6, 8], [1, 2, 10, 8]
    pairs = 2 * 6 * 10 * 8  # heads, queries, keys, width
    found = script.work(script.FORWARD, [query, key, key, [1, 1, 6, 10]], ["", "", "", "", "0.", "False"], 0.25)
    assert found == {"computed": 2 * pairs, "needed": 0.5 * pairs, "read": 4 * 2 * 160}
    square = [[1, 2, 10, 8]] * 3
    causal = script.work(script.FORWARD, [*square, []], ["", "", "", "", "0.", "True"], 1.0)
    assert causal["computed"] == 2 * 2 * 55 * 8  # 10 * 11 / 2 pairs
    back = script.work(script.BACKWARD, [query, query, key, key, query, []], [""] * 6 + ["0.", "False"], 1.0)
    assert back["computed"] == 5 * pairs


@pytest.mark.parametrize(
    ("ran", "row"),
    [
        (("rollout", "vision", "products"), ("reading", "vision")),
        (("backward", "vision", "attention"), ("backward", "vision")),
        (("loss", "", "products"), ("loss", "bookkeeping")),
        (("decoding", "", ""), ("decoding", "sampling")),
        (("decoding", "head", "products"), ("decoding", "products")),
        (("forward", "head", ""), ("forward", "head")),
        (("forward", "language", ""), ("forward", "between")),
        (("backward", "", ""), ("backward", "between")),
    ],
)
def test_the_part_that_an_operation_belongs_to(script, ran, row):
    assert script.part(*ran) == row


def test_the_work_counted_is_that_of_torchs_own_counter(script, tmp_path):
    import grpo_step
    from torch.utils.flop_counter import FlopCounterMode

    grpo_step.write(tmp_path, SMALL["prompt"], SMALL)
    made = grpo_step.trainer("ours", tmp_path, SMALL | {"dtype": "float32"})
    batch = next(iter(made.get_train_dataloader()))
    with FlopCounterMode(display=False) as counter:
        grpo_step.step(made, batch)
    with script.marked(made) as seen:
        events, took, _ = script.watched(lambda: grpo_step.step(made, batch))
    parts, _ = script.counted(events, seen["visible"])
    read = len(made._asked[0].ids) - 1
    parts["reading", "attention"]["computed"] *= 2 * read / (read + 1)  # torch counts pairs that are not seen
    assert 2 * sum(one["computed"] for one in parts.values()) == counter.get_total_flops()
    assert sum(one["seconds"] for one in parts.values()) == pytest.approx(took, rel=0.05)
    prompt, rows = read, read + 8  # two answers of four tokens
    seen_pairs = prompt * (prompt + 1) / 2 + 2 * sum(prompt + n for n in (1, 2, 3, 4))
    assert seen == {"visible": pytest.approx(seen_pairs / rows**2), "tokens": rows}
    for step, part in (("forward", "attention"), ("backward", "attention")):
        assert parts[step, part]["needed"] == pytest.approx(parts[step, part]["computed"] * seen["visible"])
    layer = 128 * (128 + 64 + 64) + 128 * 128 + 3 * 128 * 384
    multiplied = 2 * (6 * 128 + 384)  # what two rows bring to the products of a layer
    head = made.model.lm_head.weight.numel() + 2 * 128
    assert parts["decoding", "products"]["read"] == 4 * 4 * (2 * (layer + multiplied) + head)


def test_the_last_line_tells_all_of_the_step(script, capsys):
    script.main([f"{key}={json.dumps(value)}" for key, value in SMALL.items()])
    out = capsys.readouterr()
    found = json.loads(out.out.splitlines()[-1])
    assert sum(one["share"] for one in found["parts"]) == pytest.approx(1)
    assert {one["part"] for one in found["parts"] if one["floor"] is None} == {*script.UNBOUND, ""}
    assert "times the floor" in out.err
