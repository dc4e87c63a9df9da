"""A small classifier of emotion on what a frozen model sees, which never judges a sample it has learned from.

Each picture, clip or sound becomes up to `PARTS` vectors, the means of as many parts of what the model's encoder makes
of it; no layer behind the encoder is looked through, for it may be untrained. The classifier weighs the vectors of a
sample by attention. N is samples, S vectors of a sample, W their width: that of the eyes and that of the ears together,
of which one part is 0.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from safetensors.torch import load_file, save_file
from torch import nn

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.media.progress import bar
from affectreason.model import collate, prefixes, towers
from affectreason.model.disk import writing
from affectreason.recipe import prompts
from affectreason.recipe.parts import Media

PARTS = 8
SENSES = ("seen", "heard")
CHUNK = 128  # samples a file of features
EPOCHS, BATCH, RATE, DECAY = 40, 32, 1e-2, 1e-2


class Attention(nn.Module):
    """Linear classes of the attention-weighted mean of standardised vectors."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, mean: torch.Tensor, deviation: torch.Tensor, classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.weight, self.classes = nn.Linear(len(mean), 1), nn.Linear(len(mean), classes)

    def forward(self, vectors: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """Logits (B, classes) of vectors (B, S, W), of which those that are `there` (B, S) count."""
        known = (vectors - self.mean) / self.deviation
        weights = self.weight(known)[..., 0].masked_fill(~there, float("-inf")).softmax(1)
        return self.classes((weights[..., None] * known).sum(1))


def features(model: Any, processor: Any, samples: Sequence[Sample], media: Media, folder: Path) -> list[torch.Tensor]:
    """The vectors (S, W) of each sample, float32; none (0, W) for one without media.

    They are written to `folder` by sense and in chunks, which a stopped run finds again; processes share the work.
    """
    state = PartialState()
    folder.mkdir(parents=True, exist_ok=True)
    starts = list(range(0, len(samples), CHUNK))
    mine = starts[state.process_index :: state.num_processes]
    shown = bar("seen", len(mine)) if state.is_main_process else None
    for number, start in enumerate(mine, 1):
        path = folder / f"towers-{start}.safetensors"
        if not path.is_file():
            those = samples[start : start + CHUNK]
            found = {
                f"{place}.{sense}": vectors
                for place, one in enumerate(those, start)
                for sense, vectors in _parts(model, processor, one, media).items()
            }
            with writing(path):
                save_file(found, path.with_suffix(".part"))
                path.with_suffix(".part").replace(path)
        if shown:
            shown.move(number)
    if shown:
        shown.close()
    state.wait_for_everyone()
    made: dict[str, torch.Tensor] = {}
    for start in starts:
        made |= load_file(folder / f"towers-{start}.safetensors")
    widths = [next((one.shape[1] for name, one in made.items() if name.endswith(sense)), 0) for sense in SENSES]
    each = [[made.get(f"{place}.{sense}") for sense in SENSES] for place in range(len(samples))]
    return [side_by_side(senses, widths) for senses in each]


def side_by_side(senses: Sequence[torch.Tensor | None], widths: Sequence[int]) -> torch.Tensor:
    """Vectors of each sense (S, width), None for none, as rows (S, W) that are 0 where another sense's stand."""
    rows = [torch.zeros(0, sum(widths))]
    for number, one in enumerate(senses):
        if one is not None:
            rows.append(nn.functional.pad(one, (sum(widths[:number]), sum(widths[number + 1 :]))))
    return torch.cat(rows)


def _parts(model: Any, processor: Any, sample: Sample, media: Media) -> dict[str, torch.Tensor]:
    """The vectors of one sample, by sense; none of a sense without media."""
    if not sample.media:
        return {}
    dialogue = [{"role": "user", "content": [prompts.slot(item) for item in sample.media]}]
    loaded = collate.load_media(sample, media.fps, media.max_frames, media.max_seconds)
    found: dict[str, list[torch.Tensor]] = {}
    for sense, steps in towers.vectors(model, prefixes.make(model, processor, dialogue, loaded)):
        parts = steps.float().tensor_split(min(PARTS, len(steps)))
        found.setdefault(sense, []).extend(part.mean(0).cpu() for part in parts)
    return {sense: torch.stack(vectors) for sense, vectors in found.items()}


def out_of_fold(
    vectors: Sequence[torch.Tensor], classes: Sequence[str | None], people: Sequence[str], folds: int, seed: int
) -> list[str | None]:
    """What the classifier says of each sample when it was trained on the other folds, which hold other people.

    None where a sample has no vectors. Samples without a class are judged and not learned from. InputError where fewer
    people than folds, or fewer than two classes, are there.
    """
    names = sorted({name for name in classes if name is not None})
    persons = sorted(set(people))
    if len(persons) < folds:
        raise InputError(f"a classifier in {folds} folds needs as many people or groups; there are {len(persons)}")
    if len(names) < 2:
        raise InputError(f"a classifier needs samples of two emotions at least; these have {names or 'none'}")
    random.Random(seed).shuffle(persons)
    fold = {person: place % folds for place, person in enumerate(persons)}
    usable = [place for place, one in enumerate(vectors) if len(one)]
    found: list[str | None] = [None] * len(vectors)
    for number in range(folds):
        learn = [i for i in usable if fold[people[i]] != number and classes[i] is not None]
        judge = [i for i in usable if fold[people[i]] == number]
        if not judge or not learn:
            continue
        right = torch.tensor([names.index(str(classes[i])) for i in learn])
        net = trained([vectors[i] for i in learn], right, len(names), seed + number)
        with torch.inference_mode():
            for part in range(0, len(judge), BATCH):
                those = judge[part : part + BATCH]
                for place, best in zip(those, net(*padded([vectors[i] for i in those])).argmax(1), strict=True):
                    found[place] = names[int(best)]
    return found


def trained(vectors: Sequence[torch.Tensor], right: torch.Tensor, classes: int, seed: int) -> Attention:
    """A classifier of N samples; each class weighs alike, so that the commonest is no answer to everything."""
    every = torch.cat(list(vectors))
    counts = torch.bincount(right, minlength=classes).clamp(min=1)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        net = Attention(every.mean(0), every.std(0, correction=0).clamp(min=1e-6), classes)
        made = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
        for _ in range(EPOCHS):
            for those in torch.randperm(len(vectors)).split(BATCH):
                logits = net(*padded([vectors[i] for i in those.tolist()]))
                loss = nn.functional.cross_entropy(logits, right[those], weight=len(right) / classes / counts)
                made.zero_grad()
                loss.backward()
                made.step()
    return net.eval()


def padded(vectors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Vectors (B, S, W) filled up with zeros, and which are there (B, S)."""
    lengths = torch.tensor([len(one) for one in vectors])
    return nn.utils.rnn.pad_sequence(list(vectors), batch_first=True), (
        torch.arange(int(lengths.max())) < lengths[:, None]
    )
