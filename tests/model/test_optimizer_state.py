import pytest
import torch
from torch import nn
from transformers import Adafactor

from affectreason.model import optimizer_state


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


def test_an_unknown_optimizer_counts_as_adamw_and_is_told():
    assert not optimizer_state.known("galore_adamw")
    assert optimizer_state.state("galore_adamw", nn.Linear(2, 2)) == 2 * 6 * 4


def test_a_fused_step_holds_nothing_and_a_plain_one_the_parameters_once_more():
    model = nn.Linear(3, 2)
    assert optimizer_state.passing("adamw_torch_fused", model) == 0
    assert optimizer_state.passing("adamw_torch", model) == 8 * 4
    assert optimizer_state.of_numbers("adamw_torch", 10) == 80
