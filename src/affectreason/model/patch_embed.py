"""Patch embedding as one matrix product: what a Conv3d over exactly one patch computes, without the Conv3d.

Some torch releases (2.9 among them) run that convolution 10 to 20 times slower than the product, and on a CPU its
backward pass takes a third of a small tower's step. Names and shapes of the parameters stay, so checkpoints do too.
"""

import torch
from torch import nn


class PatchMatmul(nn.Conv3d):
    """A Conv3d whose input is one patch: (N, C, T, H, W) to (N, out, 1, 1, 1)."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Multiply the flattened patches by the flattened kernel."""
        out = nn.functional.linear(input.flatten(1), self.weight.flatten(1), self.bias)
        return out[:, :, None, None, None]


def use_matmul(model: nn.Module) -> int:
    """Turn every patch-sized Conv3d of a vision tower into a `PatchMatmul`; returns how many there were."""
    found = 0
    for name, module in model.named_modules():
        if type(module) is nn.Conv3d and name.endswith("patch_embed.proj") and module.stride == module.kernel_size:
            module.__class__ = PatchMatmul
            found += 1
    return found
