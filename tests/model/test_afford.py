import pytest

from affectreason.model import afford
from affectreason.model.afford import Afford, Stay
from affectreason.model.memory import Need, Setting
from affectreason.model.sharding import Sharding
from affectreason.recipe.parts import Filter, Witness

NEED = Need({"weights": 2**30}, {"forward and backward": 2**31}, flops=int(50e12), asking=int(20e12), read=int(3e12))
OWN = Setting(4, 2, 4, 64, 8, 8, "sgd", False, True, "cuda", False, 0.0)
STAY = Stay("grpo", NEED, "a picture", 90, 600, 0, 0, same_as="grpo", seconds=4.2)


def test_what_loads_a_model_is_counted_and_of_the_rest_it_is_said_why_not(recipe):
    found = recipe()
    votes = [[Witness(use="model"), Witness(use="classifier")], [Witness(use="units")]]
    filters = [
        Filter(kind="filter", name=f"vote{n}", data=["a.jsonl"], witnesses=those) for n, those in enumerate(votes)
    ]
    found = found.model_copy(update={"stages": (*found.stages, *filters)})
    names = [name for name, _ in afford._counted(found)]
    assert names == ["base", "sft", "grpo", "grow", "sft_2", "vote0", "vote0 2", "evaluate"]
    assert {one.name: why for one in found.stages if (why := afford._left_out(one))} == {
        "faces": "draws on a CPU, and holds one picture at a time",
        "vote1": "loads no model: its witnesses read annotations",
    }


def test_seconds_of_a_step_by_hand():
    # Two micro-batches of 50 TFLOP, one generation that reads 20 TFLOP of prompts and 3 TB of weights and cache.
    assert afford._seconds(NEED, OWN) == pytest.approx(2 * 0.5 + 0.2 + 3.0)
    rare = Setting(4, 2, 4, 64, 16, 16, "sgd", False, True, "cuda", False, 0.0)
    assert afford._seconds(NEED, rare) == pytest.approx(2 * 0.5 + 3.2 / 2)
    assert afford._seconds(NEED, Setting(4, 2, 4, 64, 0, 8, "sgd", False, True, "cuda", False, 0.5)) == 1.0


def test_hours_are_of_the_whole_stage():
    said = list(afford.lines(Afford(2**32, Sharding("", 1, 1), [STAY])))
    assert said[1] == "grpo: fits: 2.0 GiB at its most (forward and backward)"
    assert said[-1] == (
        "  work: 50.00 TFLOP a micro-batch; 600 steps of 4.2 s take 42.0 min at 100 TFLOP/s and 1 TB/s a GPU"
    )


def test_without_data_a_step_is_told():
    (last,) = [one for one in afford._of_stay(afford.replace(STAY, steps=None), 2**32) if "work" in one]
    assert last == (
        "  work: 50.00 TFLOP a micro-batch; a step takes 4.2 s at 100 TFLOP/s and 1 TB/s a GPU; how many there are is "
        "known with its data"
    )


def test_what_to_type_is_quoted_for_a_shell():
    stay = afford.replace(STAY, together=("grpo.lora={r: 16}", "media.max_frames=4"), keys=(
        afford.Key("grpo.lora={r: 16}", 2**29), afford.Key("media.max_frames=2", 2**30)))  # fmt: skip
    found = Afford(2**30 - 1, Sharding("", 1, 1), [stay], together=stay.together)
    said = list(afford.lines(found))
    assert "  grpo.lora={r: 16}: fits, 512.0 MiB, saves 1.5 GiB" in said
    assert "  media.max_frames=2: 1.0 GiB, saves 1.0 GiB" in said
    assert "  fits with: 'grpo.lora={r: 16}' media.max_frames=4" in said
    assert said[-1] == "all stages fit with: 'grpo.lora={r: 16}' media.max_frames=4"


def test_where_no_keys_are_enough_it_is_told():
    said = list(afford.lines(Afford(1, Sharding("", 1, 1), [STAY])))
    assert said[-1] == (
        "  no keys are enough: take a smaller model, quantize: nf4 with lora:, more memory or more gpus="
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (9000, "2.5 h"),
        (4e7, "11,111.1 h"),
        (90, "1.5 min"),
        (2.107, "2.1 s"),
        (0.114, "114 ms"),
        (0.00034, "0.34 ms"),
        (0, "0 ms"),
    ],
)
def test_a_span_is_told_in_the_unit_that_shows_it(seconds, said):
    assert afford.span(seconds) == said
