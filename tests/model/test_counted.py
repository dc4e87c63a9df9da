import pytest
import torch
from torch import nn
from torch.nn import functional

from affectreason.errors import InputError
from affectreason.model import counted


def meta(*shape, dtype=torch.float32, learnt=False):
    return torch.empty(*shape, dtype=dtype, device="meta", requires_grad=learnt)


def test_bytes_alive_of_a_layer_by_hand():
    with torch.device("meta"):
        layer = nn.Linear(4, 8, bias=False)
    x = meta(2, 4)
    with counted.Counting([layer.weight, x]) as seen:
        seen.gradients_of(layer)
        y = layer(x)
        assert seen.alive.now == 2 * 8 * 4
        assert seen.flops == 2 * 2 * 4 * 8
        y.sum().backward()
        del y
    alive = seen.alive
    assert alive.gradients == 4 * 8 * 4
    assert alive.now == alive.gradients
    # The product, the sum, the gradient of the sum (a number that is expanded), the gradient of the weight.
    assert 2 * 8 * 4 + 4 * 8 * 4 <= alive.most <= 2 * 8 * 4 + 4 * 8 * 4 + 16 * 4
    assert seen.flops == 2 * (2 * 2 * 4 * 8)


def test_what_is_dropped_is_no_longer_alive_and_views_are_not_counted_twice():
    with counted.Counting([]) as seen:
        a = torch.zeros(10, device="meta")
        b = a.view(2, 5)[0]
        assert (seen.alive.now, seen.alive.most) == (40, 40)
        del a
        assert seen.alive.now == 40
        del b
    assert (seen.alive.now, seen.alive.most) == (0, 40)


def test_gradients_are_told_from_other_tensors():
    with torch.device("meta"):
        layers = nn.Sequential(nn.Linear(4, 100), nn.Linear(100, 1))
    x = meta(1, 4)
    with counted.Counting([x, *layers.parameters()]) as seen:
        seen.gradients_of(layers)
        layers(x).sum().backward()
    assert seen.alive.gradients == sum(one.numel() for one in layers.parameters()) * 4
    assert seen.alive.most_without_gradients < seen.alive.most
    seen.forget()
    assert all(not one._post_accumulate_grad_hooks for one in layers.parameters())


def test_whole_numbers_stay_real_and_masks_choose_as_many_places_as_are_true():
    ids = torch.tensor([[1, 2, 0]])
    with counted.Counting([]):
        known = functional.embedding(ids, meta(5, 4))
        assert known.shape == (1, 3, 4)
        assert known[ids != 0].shape == (2, 4)
        assert torch.arange(3, device="meta").tolist() == [0, 1, 2]
        assert (ids > 0).to("meta").sum().item() == 2
        known[ids == 0] = 0.0


@pytest.mark.parametrize(("device", "kept"), [("cpu", 2), ("cuda", 2)])
def test_every_layer_keeps_its_own_mask_in_numbers(device, kept):
    mask = torch.ones(1, 1, 16, 16, dtype=torch.bool)
    q = meta(1, 2, 16, 8, learnt=True)
    with counted.as_on(device, None), counted.Counting([q]) as seen:
        without = functional.scaled_dot_product_attention(q, q, q, is_causal=True)
        alone = seen.alive.now
        both = [functional.scaled_dot_product_attention(q, q, q, attn_mask=mask) for _ in range(2)]
    assert seen.alive.now - 3 * alone == kept * 16 * 16 * 4
    assert without.shape == both[0].shape == (1, 2, 16, 8)


def test_autocast_is_that_of_cuda():
    layer, norm = nn.Linear(4, 4, device="meta"), nn.LayerNorm(4, device="meta", dtype=torch.bfloat16)
    with counted.as_on("cuda", torch.bfloat16), counted.Counting([]):
        found = layer(meta(2, 4))
        assert found.dtype == torch.bfloat16
        assert norm(found).dtype == torch.float32
        assert torch.is_autocast_enabled("meta")
    assert functional.linear.__name__ == "linear"
    with counted.as_on("cpu", None):
        assert layer(meta(2, 4)).dtype == torch.float32


def test_values_taken_by_a_mask_cannot_be_counted():
    mask = torch.tensor([True, False])
    refused = pytest.raises(InputError, match=r"takes values by a mask, .* check data=FILE recipe=NAME measures")
    with refused, counted.Counting([]):
        torch.masked_select(torch.empty(2, device="meta"), mask)
