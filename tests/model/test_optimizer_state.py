import pytest
import torch
from torch import nn
from transformers import Adafactor
from transformers.training_args import OptimizerNames

from affectreason.model import counted, optimizer_state


def kept(optimizer, model):
    for one in model.parameters():
        one.grad = torch.ones_like(one) if one.requires_grad else None
    optimizer.step()
    states = [value for state in optimizer.state.values() for value in state.values()]
    return sum(one.numel() * one.element_size() for one in states if isinstance(one, torch.Tensor) and one.ndim)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("adamw_torch_fused", lambda found: torch.optim.AdamW(found, fused=True)),
        ("adamw_torch", torch.optim.AdamW),
        ("sgd", torch.optim.SGD),
        ("rmsprop", torch.optim.RMSprop),
        ("adagrad", torch.optim.Adagrad),
        ("adafactor", Adafactor),
    ],
)
def test_the_state_is_what_the_optimizer_really_keeps(name, made, dtype):
    model = nn.Sequential(nn.Linear(30, 20), nn.Conv2d(3, 4, 5), nn.Linear(7, 3)).to(dtype)
    model[2].requires_grad_(False)
    real = kept(made([one for one in model.parameters() if one.requires_grad]), model)
    assert optimizer_state.state(name, model) == real
    assert optimizer_state.known(name)


def test_eight_bits_by_hand():
    model = nn.Linear(64, 64)  # 4096 weights, and 64 more that stay in float32
    assert optimizer_state.state("adamw_bnb_8bit", model) == 2 * (4096 + 4096 // 256 * 4) + 2 * 64 * 4
    assert optimizer_state.state("paged_lion_8bit", model) == 4096 + 16 * 4 + 64 * 4
    assert optimizer_state.state("paged_adamw_32bit", model) == 2 * (4096 + 64) * 4


def test_four_bits_and_other_families_by_hand():
    model = nn.Linear(64, 64)
    assert optimizer_state.state("adamw_torch_4bit", model) == 2 * (4096 // 2 + 4096 // 128 * 4) + 2 * 64 * 4
    assert optimizer_state.state("ademamix", model) == 3 * (4096 + 64) * 4
    assert optimizer_state.state("lomo", model) == 0
    assert optimizer_state.state("schedule_free_sgd", model) == (4096 + 64) * 4


def test_what_is_projected_is_bounded_by_the_optimizer_it_is_made_of():
    model = nn.Linear(64, 64)
    assert optimizer_state.state("galore_adamw_8bit_layerwise", model) == optimizer_state.state("adamw_8bit", model)
    assert optimizer_state.note("galore_adamw") == (
        "optim galore_adamw: its state is counted as that of adamw_torch, which is an upper bound"
    )


def test_an_optimizer_that_transformers_has_not_is_told():
    assert optimizer_state.unknown("adamw_trch") == (
        "optim adamw_trch: transformers has none of this name; did you mean 'adamw_torch'?"
    )
    assert optimizer_state.unknown("xyz") == ("optim xyz: transformers has none of this name; write adamw_torch_fused")
    assert optimizer_state.state("xyz", nn.Linear(2, 2)) == 2 * 6 * 4
    for name in ("adamw_8bit", "galore_adamw", ""):
        assert optimizer_state.unknown(name) is None
    assert [optimizer_state.note(name) for name in ("adamw_8bit", "xyz", "")] == [None] * 3


def test_every_optimizer_of_transformers_is_known_or_bounded():
    names = {one.value for one in OptimizerNames}
    assert {name for name in names if not optimizer_state.known(name)} == set(optimizer_state.PROJECTED)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("adamw_torch_fused", lambda found: torch.optim.AdamW(found, fused=True)),
        ("adamw_torch", lambda found: torch.optim.AdamW(found, foreach=True)),
        ("sgd", lambda found: torch.optim.SGD(found, foreach=True)),
        ("rmsprop", lambda found: torch.optim.RMSprop(found, foreach=True)),
        ("adagrad", lambda found: torch.optim.Adagrad(found, foreach=True)),
    ],
)
def test_a_step_holds_as_many_copies_of_what_learns_as_it_makes(name, made):
    model = nn.Sequential(nn.Linear(300, 200), nn.Linear(200, 100))
    optimizer, size = made(model.parameters()), sum(one.numel() * 4 for one in model.parameters())
    kept(optimizer, model)  # a first step makes the state
    with counted.Counting([*model.parameters()]) as seen:
        optimizer.step()
    assert size * optimizer_state.passing(name) <= seen.alive.most < size * optimizer_state.passing(name) + 1000


def test_numbers_in_one_long_row():
    assert optimizer_state.of_numbers("adamw_torch", 10) == 80
