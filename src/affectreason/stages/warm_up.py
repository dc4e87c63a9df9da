"""Teach the vision tower to see: a plain classifier of action units and emotion on its mean-pooled output.

A language loss teaches a random tower nothing for hundreds of steps, because wording alone lowers it; a direct signal
does. The heads are thrown away, the tower and projector stay.
"""

import time
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import nn
from transformers import Trainer, TrainingArguments, set_seed

from affectreason.affect import labels
from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import collate, load, training
from affectreason.recipe import answers, runs
from affectreason.recipe.parts import WarmUp
from affectreason.recipe.schema import Recipe

EMOTION_WEIGHT = 0.3


class Eye(nn.Module):
    """A model's tower and projector under two linear heads: binary cross-entropy of units, cross-entropy of emotion."""

    def __init__(self, model: Any, units: int, emotions: int) -> None:
        super().__init__()
        self.model = model.model  # without the head, whose weight is the embedding and may be saved once only
        width = model.config.get_text_config().hidden_size
        self.units, self.emotion = nn.Linear(width, units), nn.Linear(width, emotions)

    def forward(
        self, present: torch.Tensor, seen: torch.Tensor, emotion: torch.Tensor, **pixels: Any
    ) -> dict[str, torch.Tensor]:
        """Loss of B pictures: `present` and `seen` are (B, units), `emotion` is (B,) with -100 where none was said."""
        found = self.model.get_image_features(**pixels)
        tokens = found.pooler_output if hasattr(found, "pooler_output") else found
        pooled = torch.stack([picture.reshape(-1, picture.shape[-1]).mean(0) for picture in tokens])
        units = self.units(pooled)
        loss = nn.functional.binary_cross_entropy_with_logits(units, present, weight=seen, reduction="sum")
        loss = loss / seen.sum().clamp(min=1)
        if (emotion != collate.IGNORED).any():
            loss = loss + EMOTION_WEIGHT * nn.functional.cross_entropy(self.emotion(pooled), emotion)
        return {"loss": loss}


def run(recipe: Recipe, stage: WarmUp, out: Path) -> None:
    """Warm the tower up on the stage's pictures and leave the whole model in `model/`."""
    if stage.lora is not None:
        raise InputError(f"stage {stage.name}: a warm-up trains the tower itself; remove its lora:")
    # An Eye is no transformers model, which alone can recompute its activations.
    train = {"activation_checkpointing": False, **stage.train}
    args = training.arguments(TrainingArguments, out / stage.name, train, recipe.dtype)
    samples = answers.to_learn_from(recipe, stage.data, stage.limit, out)
    vocabulary = labels.find(recipe.labels)
    units = sorted({unit for sample in samples for unit in sample.gold.units or ()})
    if not units:
        raise InputError(
            f"stage {stage.name}: none of its {len(samples)} samples has annotated action units to learn from"
        )
    strange = {s.gold.emotion for s in samples if s.gold.emotion is not None} - set(vocabulary.names)
    if strange:
        raise InputError(
            f"stage {stage.name}: {', '.join(sorted(strange))} not in the recipe's labels {recipe.labels}; set labels= "
            "to the set of the data"
        )
    with training.folder(recipe, stage, out) as folder:
        model, processor = load.for_stage(recipe, stage, runs.model_source(recipe, stage, out))

        def batch(rows: list[dict[str, str]]) -> dict[str, torch.Tensor]:
            return pictures(
                [Sample.model_validate_json(row["sample"]) for row in rows], processor, units, vocabulary.names
            )

        set_seed(args.seed)  # the heads are random
        trainer = Trainer(
            model=Eye(model, len(units), len(vocabulary.names)),
            args=args,
            train_dataset=Dataset.from_list(training.rows(samples)),
            data_collator=batch,
        )
        begin = time.monotonic()
        training.train(trainer, folder, stage.name)
        training.save(trainer, processor, folder, model)
        counts = {"samples": len(samples), "steps": trainer.state.global_step}
        training.finish(trainer, folder, stage, time.monotonic() - begin, counts)


def pictures(
    samples: list[Sample], processor: Any, units: list[int], emotions: tuple[str, ...]
) -> dict[str, torch.Tensor]:
    """The pixels of one picture a sample, and what its face shows; units nobody annotated carry no weight."""
    images = []
    for sample in samples:
        loaded = collate.load_media(sample, fps=2.0, max_frames=2)
        if len(loaded.images) != 1:
            raise InputError(
                f"sample {sample.id!r} has {len(loaded.images)} pictures; a warm-up needs exactly one a sample"
            )
        images.append(loaded.images)
    pixels = processor.image_processor(images=images, return_tensors="pt")
    said = [sample.gold.units for sample in samples]
    return {
        **{key: pixels[key] for key in ("pixel_values", "image_grid_thw", "image_sizes") if key in pixels},
        "present": torch.tensor([[float(u in (s or ())) for u in units] for s in said]),
        "seen": torch.tensor([[float(s is not None)] * len(units) for s in said]),
        "emotion": torch.tensor(
            [emotions.index(s.gold.emotion) if s.gold.emotion in emotions else collate.IGNORED for s in samples]
        ),
    }
