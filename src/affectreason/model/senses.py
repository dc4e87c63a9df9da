"""A model's towers and projectors under linear heads, as a warm-up trains them."""

from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import reduce
from torch import nn

from affectreason.model.collate import IGNORED

EMOTION_WEIGHT = 0.3


class Senses(nn.Module):
    """A model's towers and projectors under linear heads.

    Of a picture: binary cross-entropy of units, cross-entropy of emotion. Of a sound: the mean cross-entropy of what
    `voices` lists, names with their number of classes. Each is a mean over all that the micro-batches of all processes
    say, so that several processes learn what one does from their samples.
    """

    def __init__(self, model: Any, units: int, emotions: int, voices: dict[str, int]) -> None:
        super().__init__()
        self.model = model.model  # without the head, whose weight is the embedding and may be saved once only
        width = model.config.get_text_config().hidden_size
        self.units, self.emotion = nn.Linear(width, max(1, units)), nn.Linear(width, emotions)
        self.voices = nn.ModuleDict({name: nn.Linear(width, size) for name, size in voices.items()})

    def forward(
        self,
        present: torch.Tensor | None = None,
        seen: torch.Tensor | None = None,
        emotion: torch.Tensor | None = None,
        sounds: dict[str, torch.Tensor] | None = None,
        heard: torch.Tensor | None = None,
        **pixels: Any,
    ) -> dict[str, torch.Tensor]:
        """Loss of B pictures and S sounds.

        `present` and `seen` are (B, units), `emotion` is (B,), `heard` is (S, voices); -100 where none was said.
        """
        loss = next(self.model.parameters()).new_zeros(())
        shares = _shares(seen, emotion, heard, len(self.voices), loss.device)
        if present is not None and seen is not None and emotion is not None:
            pooled = _pooled(self.model.get_image_features(**pixels))
            if present.shape[1]:
                units = self.units(pooled)
                every = nn.functional.binary_cross_entropy_with_logits(units, present, weight=seen, reduction="sum")
                loss = loss + every * shares[0]
            loss = loss + EMOTION_WEIGHT * _class_loss(self.emotion(pooled), emotion) * shares[1]
        if sounds is not None and heard is not None:
            pooled = self._of_sounds(**sounds)
            each = [_class_loss(head(pooled), heard[:, k]) for k, head in enumerate(self.voices.values())]
            loss = loss + (torch.stack(each) * shares[2:]).mean()
        return {"loss": loss}

    def _of_sounds(self, counts: torch.Tensor, **sounds: torch.Tensor) -> torch.Tensor:
        """One vector a sound, (S, W); `counts` (S,) are the tokens of each."""
        if "audio_values" in sounds:
            return _pooled(self.model.get_image_features(**sounds))
        found = self.model.get_audio_features(**sounds)
        tokens = getattr(found, "last_hidden_state", found)
        return torch.stack([one.mean(0) for one in tokens.reshape(-1, tokens.shape[-1]).split(counts.tolist())])


def _class_loss(logits: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
    """The sum of the cross-entropies of those of which something was said; 0 where nothing was."""
    return nn.functional.cross_entropy(logits, said, ignore_index=IGNORED, reduction="sum")


def _shares(
    seen: torch.Tensor | None,
    emotion: torch.Tensor | None,
    heard: torch.Tensor | None,
    voices: int,
    device: torch.device,
) -> torch.Tensor:
    """What one thing said weighs: of units, of emotion and of each of the voices, (2 + voices,).

    It is one over how many all processes have, times the processes, over which gradients are averaged.
    """
    said = torch.zeros(2 + voices, device=device)
    if seen is not None and emotion is not None:
        said[0], said[1] = seen.sum(), (emotion != IGNORED).sum()
    if heard is not None:
        said[2:] = (heard != IGNORED).sum(0)
    return PartialState().num_processes / reduce(said, "sum").clamp(min=1)


def _pooled(found: Any) -> torch.Tensor:
    """The mean of the tokens of each picture or message, (B, W)."""
    tokens = found.pooler_output if hasattr(found, "pooler_output") else found
    return torch.stack([one.reshape(-1, one.shape[-1]).mean(0) for one in tokens])
