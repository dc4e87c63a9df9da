"""From the vectors of encoders to tokens: branches for each medium, pre-fusion over all of them, two mixed experts.

M is media or messages, S steps (frames, patches or pieces of sound), D the width of an encoder, W that of the language
model, n tokens. Sequences of different length stand in one tensor with a mask (M, S), true where there is a step;
`time` (M, S) is the number of the frame or piece.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from affectreason.model.prefusion_config import BRANCHES, PrefusionConfig, widths


@dataclass(frozen=True)
class Steps:
    """Vectors (M, S, D) of several media or messages, which of them are there, and when each was."""

    vectors: torch.Tensor
    mask: torch.Tensor
    time: torch.Tensor


def steps(parts: list[tuple[torch.Tensor, torch.Tensor]], none: torch.Tensor) -> Steps:
    """Sequences (S, D) with their times (S,) as one; of none, or of empty ones, one step of 0 that is not there.

    `none` (0, D) is what an encoder makes of nothing. What is not there hangs on it, so that an encoder which learns
    has a gradient of 0, and in the same order, where other processes have one.
    """
    parts = parts or [(none, torch.zeros(0, dtype=torch.long, device=none.device))]
    blank = none.new_zeros(1, none.shape[-1]) + none.sum()
    vectors = [one if len(one) else blank for one, _ in parts]
    times = [time if len(time) else time.new_zeros(1) for _, time in parts]
    there = [torch.full((max(1, len(one)),), len(one) > 0, device=none.device) for one, _ in parts]
    return Steps(*(pad_sequence(one, batch_first=True) for one in (vectors, there, times)))


def mean(vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean (M, D) of the steps that are there, 0 where none is."""
    weight = mask[..., None].to(vectors.dtype)
    return (vectors * weight).sum(1) / weight.sum(1).clamp(min=1)


class Attention(nn.Module):
    """n weighted sums of the steps: a linear layer gives n scalars a step, and there is no softmax."""

    def __init__(self, width: int, tokens: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, tokens)

    def forward(self, given: Steps) -> torch.Tensor:
        """Tokens (M, n, D)."""
        weight = self.score(given.vectors) * given.mask[..., None].to(given.vectors.dtype)
        return weight.transpose(1, 2) @ given.vectors


class Mean(nn.Module):
    """The mean of the steps."""

    def forward(self, given: Steps) -> torch.Tensor:
        """Tokens (M, 1, D)."""
        return mean(given.vectors, given.mask)[:, None]


class QFormer(nn.Module):
    """n learned queries that see each other and the steps, in layers as BERT has them."""

    def __init__(self, config: PrefusionConfig, tokens: int) -> None:
        super().__init__()
        width = config.qformer_width
        self.queries = nn.Parameter(torch.randn(tokens, width) * config.initializer_range)
        layer = nn.TransformerDecoderLayer(
            width, config.qformer_heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True
        )
        self.layers = nn.TransformerDecoder(layer, config.qformer_layers)

    def forward(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Tokens (M, n, width of the queries) of steps of that width."""
        blind = ~mask
        blind = blind & ~blind.all(1, keepdim=True)  # a row that sees nothing would be no number; it is not used
        queries = self.queries.to(vectors.dtype).expand(len(vectors), -1, -1)
        return self.layers(queries, vectors, memory_key_padding_mask=blind)


class Queried(nn.Module):
    """A Q-Former over the steps of one medium."""

    def __init__(self, config: PrefusionConfig, width: int) -> None:
        super().__init__()
        self.reduce = nn.Linear(width, config.qformer_width)
        self.qformer = QFormer(config, config.query_tokens)

    def forward(self, given: Steps) -> torch.Tensor:
        """Tokens (M, n, width of the queries)."""
        return self.qformer(self.reduce(given.vectors), given.mask)


class Gate(nn.Module):
    """How much of each expert: self-attention over the steps, their mean, two blocks, two weights that sum to 1."""

    def __init__(self, config: PrefusionConfig, width: int) -> None:
        super().__init__()
        hidden = config.gate_width
        self.attention = nn.MultiheadAttention(width, config.gate_heads, batch_first=True)
        self.blocks = nn.Sequential(
            nn.Linear(width, hidden), nn.ReLU(), nn.LayerNorm(hidden),
            nn.Linear(hidden, hidden), nn.ReLU(), nn.LayerNorm(hidden),
        )  # fmt: skip
        self.weigh = nn.Linear(hidden, 2)

    def forward(self, given: Steps) -> torch.Tensor:
        """Weights (M, 2) of the general and of the emotion expert."""
        blind = ~given.mask
        blind = blind & ~blind.all(1, keepdim=True)
        found, _ = self.attention(
            given.vectors, given.vectors, given.vectors, key_padding_mask=blind, need_weights=False
        )
        return self.weigh(self.blocks(mean(found, given.mask))).softmax(-1)


class Experts(nn.Module):
    """A general and an emotion expert side by side, mixed for each input by a gate (Emotion-Qwen, arXiv 2505.06685)."""

    def __init__(self, config: PrefusionConfig, width: int, seen: int, out: int) -> None:
        super().__init__()
        self.general_expert = nn.Sequential(nn.Linear(width, out), nn.GELU(), nn.Linear(out, out))
        self.emotion_expert = nn.Sequential(nn.Linear(width, out), nn.GELU(), nn.Linear(out, out))
        self.gate = Gate(config, seen)

    def forward(self, tokens: torch.Tensor, given: Steps) -> torch.Tensor:
        """Tokens (M, n, W) of tokens (M, n, width) and of the steps they were made of."""
        general, emotion = self.gate(given)[:, None, None].unbind(-1)
        return general * self.general_expert(tokens) + emotion * self.emotion_expert(tokens)


class Branch(nn.Module):
    """The steps of one picture, clip or sound become n tokens of the language model.

    Where steps are patches or are seen by a Q-Former, which frame or piece they are of is added to them.
    """

    def __init__(self, config: PrefusionConfig, width: int) -> None:
        super().__init__()
        out, queried = config.text_config.hidden_size, config.branch == "qformer"  # type: ignore[union-attr]
        made = config.qformer_width if queried else width
        self.time = nn.Embedding(most_steps(config), width) if queried or config.features == "patch" else None
        self.pool: nn.Module = {
            "attention": lambda: Attention(width, config.query_tokens),
            "qformer": lambda: Queried(config, width),
            "mean": Mean,
        }[config.branch]()
        self.project: nn.Module = (
            Experts(config, made, width, out) if config.projector == "experts" else nn.Linear(made, out)
        )

    def forward(self, given: Steps) -> torch.Tensor:
        """Tokens (M, n, W)."""
        if self.time is not None:
            given = Steps(given.vectors + self.time(given.time), given.mask, given.time)
        tokens = self.pool(given)
        return self.project(tokens, given) if isinstance(self.project, Experts) else self.project(tokens)


class AttentionFusion(nn.Module):
    """Weighted sums over the modalities: each one's mean to one width, all of them behind each other to one scalar
    each, without softmax; the sum to the language model.

    A modality that is not there adds nothing: its vector is 0, and so is what it says of the others' scalars.
    """

    def __init__(self, config: PrefusionConfig) -> None:
        super().__init__()
        width, self.tokens = config.fusion_width, config.fused_tokens
        self.reduce = nn.ModuleDict({name: nn.Linear(size, width) for name, size in widths(config).items()})
        self.mix = nn.Linear(len(BRANCHES) * width, width)
        self.weigh = nn.Linear(width, len(BRANCHES) * self.tokens)
        self.project = nn.Linear(width, config.text_config.hidden_size)  # type: ignore[union-attr]

    def forward(self, given: Mapping[str, Steps]) -> torch.Tensor:
        """Tokens (M, n, W) of the steps of each modality for M messages."""
        reduced = []
        for name in BRANCHES:
            one = given[name]
            there = one.mask.any(1)[:, None].to(one.vectors.dtype)
            reduced.append(self.reduce[name](mean(one.vectors, one.mask)) * there)
        weight = self.weigh(self.mix(torch.cat(reduced, -1))).unflatten(-1, (self.tokens, len(BRANCHES)))
        return self.project(weight @ torch.stack(reduced, 1))


class QFormerFusion(nn.Module):
    """A Q-Former over the steps of all modalities behind each other, each with the place it stands at added."""

    def __init__(self, config: PrefusionConfig) -> None:
        super().__init__()
        self.most = most_steps(config)
        self.reduce = nn.ModuleDict({name: nn.Linear(w, config.qformer_width) for name, w in widths(config).items()})
        self.place = nn.Embedding(len(BRANCHES) * self.most, config.qformer_width)
        self.qformer = QFormer(config, config.fused_tokens)
        self.project = nn.Linear(config.qformer_width, config.text_config.hidden_size)  # type: ignore[union-attr]

    def forward(self, given: Mapping[str, Steps]) -> torch.Tensor:
        """Tokens (M, n, W) of the steps of each modality for M messages."""
        placed = [
            self.reduce[name](given[name].vectors) + self.place(given[name].time + number * self.most)
            for number, name in enumerate(BRANCHES)
        ]
        mask = torch.cat([given[name].mask for name in BRANCHES], 1)
        return self.project(self.qformer(torch.cat(placed, 1), mask))


class Fusion(nn.Module):
    """All that stands between the encoders and the language model."""

    def __init__(self, config: PrefusionConfig) -> None:
        super().__init__()
        self.branches = nn.ModuleDict({name: Branch(config, width) for name, width in widths(config).items()})
        kinds: dict[str, Any] = {"attention": AttentionFusion, "qformer": QFormerFusion}
        self.fused = kinds[config.fusion](config) if config.fusion != "none" else None

    def forward(
        self, media: list[tuple[str, torch.Tensor, torch.Tensor]], first: list[int], none: dict[str, torch.Tensor]
    ) -> list[torch.Tensor]:
        """Tokens (n, W) of each message: the fused ones, then those of its media in their order.

        `media` are branch, vectors (S, D) and times (S,); a message begins at each of `first`. Every branch is called,
        also of no media: processes that train together need a gradient, if of 0, of the same parameters.
        """
        tokens: dict[int, torch.Tensor] = {}
        spare = []
        for name in BRANCHES:
            places = [place for place, one in enumerate(media) if one[0] == name]
            made = self.branches[name](steps([media[place][1:] for place in places], none[name]))
            tokens |= dict(zip(places, made, strict=False))
            spare.append(made[0, :0])
        ends = [*first[1:], len(media)]
        messages = [list(range(start, end)) for start, end in zip(first, ends, strict=True)]
        found = [torch.cat([*spare, *(tokens[place] for place in one)]) for one in messages]
        if self.fused is None:
            return found
        given = {
            name: steps([_joined(media, one, name, none[name]) for one in messages], none[name]) for name in BRANCHES
        }
        return [torch.cat(both) for both in zip(self.fused(given), found, strict=True)]


def _joined(media: list[Any], places: list[int], name: str, none: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The steps of one modality in one message, those of several media behind each other."""
    parts = [media[place] for place in places if media[place][0] == name]
    if not parts:
        return none, torch.zeros(0, dtype=torch.long, device=none.device)
    return torch.cat([one[1] for one in parts]), torch.cat([one[2] for one in parts])


def most_steps(config: PrefusionConfig) -> int:
    """The most frames of a clip or pieces of a sound."""
    return max(config.frames, config.pieces)


def messages(given: dict[str, torch.Tensor]) -> list[dict[str, torch.Tensor]]:
    """The tensors of a batch's media (`media_about` and what it tells of), those of each message alone."""
    about = given["media_about"]
    starts = about[:, 2].nonzero()[:, 0].tolist()
    audio = about[:, 0] == BRANCHES.index("audio")
    found, frame, piece = [], 0, 0
    for start, end in zip(starts, [*starts[1:], len(about)], strict=True):
        heard = int(about[start:end, 1][audio[start:end]].sum())
        seen = int(about[start:end, 1].sum()) - heard
        found.append({
            "pixel_values": given["pixel_values"][frame : frame + seen],
            "audio_values": given["audio_values"][piece : piece + heard],
            "audio_lengths": given["audio_lengths"][piece : piece + heard],
            "media_about": about[start:end],
        })  # fmt: skip
        frame, piece = frame + seen, piece + heard
    return found
