import pytest
import torch
from torch import nn

from affectreason.model import load
from affectreason.model.patch_embed import PatchMatmul, use_matmul


@pytest.mark.parametrize("bias", [True, False])
def test_the_product_equals_the_convolution(bias):
    torch.manual_seed(0)
    conv = nn.Conv3d(3, 32, (2, 14, 14), stride=(2, 14, 14), bias=bias)
    tower = nn.Module()
    tower.patch_embed = nn.Module()
    tower.patch_embed.proj = nn.Conv3d(3, 32, (2, 14, 14), stride=(2, 14, 14), bias=bias)
    tower.load_state_dict({f"patch_embed.proj.{name}": value for name, value in conv.state_dict().items()})
    names = list(tower.state_dict())
    assert use_matmul(tower) == 1
    assert list(tower.state_dict()) == names
    results = []
    for module in (conv, tower.patch_embed.proj):
        patches = torch.randn(5, 3, 2, 14, 14, generator=torch.Generator().manual_seed(1)).requires_grad_()
        out = module(patches)
        (out * torch.arange(32.0)[None, :, None, None, None]).sum().backward()
        results.append([out, patches.grad, *(p.grad for p in module.parameters())])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "found"), [("qwen3_vl", 1), ("qwen2_vl", 1), ("qwen2_5_vl", 1), ("llava", 0), ("llava_onevision", 0)]
)
def test_the_towers_that_have_one_use_it(kind, found, models):
    model, _ = load.load(models[kind])
    assert sum(isinstance(module, PatchMatmul) for module in model.modules()) == found
    assert use_matmul(model) == 0


def test_other_convolutions_stay():
    tower = nn.Module()
    tower.patch_embed = nn.Module()
    tower.patch_embed.proj = nn.Conv3d(3, 8, 3, stride=1)
    assert use_matmul(tower) == 0
