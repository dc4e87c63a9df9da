"""Teach the towers to see and hear: plain classifiers on their mean-pooled output, action units and emotion of a face,
rate, pitch, volume and emotion of a voice.

A language loss teaches a random tower nothing for hundreds of steps, because wording alone lowers it; a direct signal
does. The heads are thrown away, the towers and projectors stay.
"""

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from datasets import Dataset
from transformers import Trainer, TrainingArguments, set_seed

from affectreason.affect import labels
from affectreason.affect.sample import Affect, Sample
from affectreason.errors import InputError
from affectreason.model import collate, constant, filled, group_order, load, parted, senses, training, watched
from affectreason.recipe import answers, prompts, sources
from affectreason.recipe.parts import WarmUp
from affectreason.recipe.schema import Recipe

VOICE = "voice_"
"""Attributes of this beginning say how a voice sounds."""
_MEDIA = ("pixel_values", "image_grid_thw", "image_sizes", "audio_values", "audio_lengths", "media_about")
_SOUND = ("input_features", "feature_attention_mask", "pixel_values", *_MEDIA[3:])
_SEEN = 2  # of sound alone no clip is opened


def run(recipe: Recipe, stage: WarmUp, out: Path) -> None:
    """Warm the towers up on the stage's pictures and sounds and leave the whole model in `model/`."""
    watched.require(stage)
    if stage.lora is not None:
        raise InputError(f"stage {stage.name}: a warm-up trains the tower itself; remove its lora:")
    # These senses are no transformers model, which alone can recompute its activations.
    train = {"activation_checkpointing": False, **stage.train}
    args = training.arguments(TrainingArguments, out / stage.name, train, recipe.dtype)
    if parted.anyhow():  # what is saved is the part of the first process
        raise InputError(
            f"stage {stage.name}: a warm-up needs a whole model in every process, and ZeRO-3 and FSDP part it; run it "
            f"alone first (affectreason run, stage={stage.name}), or launch it with recipes/accelerate/zero2.yaml"
        )
    samples = answers.to_learn_from(recipe, stage, out)
    units = sorted({unit for sample in samples if _sees(sample) for unit in sample.gold.units or ()})
    names = _emotions(recipe, stage, samples)
    voices = voice_classes(samples, names)
    if not units and not voices:
        raise InputError(
            f"stage {stage.name}: none of its {len(samples)} samples has annotated action units to learn from, or a "
            "sound with an emotion"
        )
    _require(samples)
    with training.folder(recipe, stage, out) as folder:
        model, processor = load.for_stage(recipe, stage, sources.model_source(recipe, stage, out))
        set_seed(args.seed)  # the heads are random
        more = filled.lacking(args, len(samples))
        trainer = Trainer(
            model=senses.Senses(model, len(units), max(1, len(names)), {name: len(of) for name, of in voices.items()}),
            args=args,
            train_dataset=Dataset.from_list(filled.rows(samples, more)),
            data_collator=partial(
                batch,
                processor=processor,
                units=units,
                emotions=names,
                voices=voices,
                max_seconds=recipe.media.max_seconds,
                beside=unsaid(samples) if args.world_size > 1 else (),
            ),
        )
        group_order.put(trainer, range(len(samples)), more)
        begin = time.monotonic()
        about = watched.About(stage, folder, {one.id: one for one in samples}, None, processor, recipe.media)
        skipped = training.train(trainer, about, recipe.resume)
        training.save(trainer, processor, folder, model)
        counts = {"samples": len(samples), "steps": trainer.state.global_step, **watched.counted(skipped)}
        told = constant.learned_nothing(
            trainer.state.log_history,
            constant_loss(samples, units, names, voices, args.per_device_train_batch_size * args.world_size),
        )
        if told and trainer.accelerator.is_main_process:
            print(f"{stage.name}: {told}", file=sys.stderr)
        training.finish(trainer, folder, stage, time.monotonic() - begin, counts, [told] if told else [])


def constant_loss(
    samples: list[Sample],
    units: list[int],
    emotions: tuple[str, ...],
    voices: dict[str, tuple[str, ...]],
    size: int,
) -> float:
    """The loss that the best answer which is the same for every picture, and for every sound, would have.

    It is the mean over micro-batches of `size`: one without pictures, say, loses nothing of what is seen.
    """
    met = partial(constant.met, total=len(samples), size=size)
    see = [sample for sample in samples if _sees(sample)]
    coded = [sample.gold.units for sample in see if sample.gold.units is not None]
    named = [sample.gold.emotion for sample in see if sample.gold.emotion in emotions]
    loss = constant.loss_of_units(coded, units) * met(len(coded))
    loss += senses.EMOTION_WEIGHT * constant.entropy(named) * met(len(named))
    hear = [sample for sample in samples if _sounds(sample)]
    told = [[_heard(sample, name, values) for sample in hear] for name, values in voices.items()]
    said = [[place for place in one if place != collate.IGNORED] for one in told]
    each = [constant.entropy(one) * met(len(one)) for one in said]
    return loss + (fmean(each) if each else 0.0)


def voice_classes(samples: list[Sample], emotions: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What is learnt of sounds: each attribute `voice_...` with its values, and the emotion where none is known."""
    heard = [sample for sample in samples if _sounds(sample)]
    names = sorted({name for sample in heard for name in sample.attributes if name.startswith(VOICE)})
    found = {name: tuple(sorted({str(s.attributes[name]) for s in heard if name in s.attributes})) for name in names}
    bare = [s for s in heard if s.gold.emotion is not None and not any(name in s.attributes for name in names)]
    return found | ({"emotion": emotions} if bare else {})


def batch(
    rows: list[dict[str, Any]],
    processor: Any,
    units: list[int],
    emotions: tuple[str, ...],
    voices: dict[str, tuple[str, ...]],
    max_seconds: float | None,
    beside: Sequence[Sample] = (),
) -> dict[str, Any]:
    """Tensors of a micro-batch; of quiet rows (`filled`) nothing is said.

    One of `beside` joins where there is nothing to see, or to hear: every process has to call what others do.
    """
    found = [Sample.model_validate_json(row["sample"]) for row in rows]
    those = [_bare(one) if silent else one for one, silent in zip(found, filled.quiet(rows), strict=True)]
    for does in (_sees, _sounds):
        if not any(map(does, those)):
            those += [one for one in beside if does(one)][:1]
    see, hear = [one for one in those if _sees(one)], [one for one in those if _sounds(one)]
    made: dict[str, Any] = pictures(see, processor, units, emotions) if see else {}
    return made | (sounds(hear, processor, voices, max_seconds) if hear else {})


def unsaid(samples: list[Sample]) -> list[Sample]:
    """The first sample that is seen and the first that is heard, with nothing said of them."""
    return [_bare(one) for does in (_sees, _sounds) for one in [s for s in samples if does(s)][:1]]


def _bare(sample: Sample) -> Sample:
    return sample.model_copy(update={"gold": Affect(), "attributes": {}})


def pictures(
    samples: list[Sample], processor: Any, units: list[int], emotions: tuple[str, ...]
) -> dict[str, torch.Tensor]:
    """The pixels of one picture a sample, and what its face shows; units nobody annotated carry no weight."""
    said = [sample.gold.units for sample in samples]
    return {
        **_pixels(samples, processor),
        "present": torch.tensor([[float(u in (s or ())) for u in units] for s in said]),
        "seen": torch.tensor([[float(s is not None)] * len(units) for s in said]),
        "emotion": torch.tensor([_place(sample.gold.emotion, emotions) for sample in samples]),
    }


def sounds(
    samples: list[Sample], processor: Any, voices: dict[str, tuple[str, ...]], max_seconds: float | None
) -> dict[str, Any]:
    """The one sound of each sample as the model's own processor makes it, and what is known of it."""
    made = _laid(samples, "audio", processor, max_seconds)
    token = processor.tokenizer.convert_tokens_to_ids(getattr(processor, "audio_token", "")) or -1
    counts = (made["input_ids"] == token).sum(1)
    known = [[_heard(sample, name, values) for name, values in voices.items()] for sample in samples]
    given = {key: made[key] for key in _SOUND if key in made}
    return {"sounds": {**given, "counts": counts}, "heard": torch.tensor(known)}


def _require(samples: list[Sample]) -> None:
    """Refuse samples with nothing to learn to see or hear from, or with several."""
    for sample in samples:
        see, hear = len(_pictures(sample)), len(_sounds(sample))
        if max(see, hear) != 1:
            raise InputError(
                f"sample {sample.id!r} has {see} pictures and {hear} sounds; a warm-up takes exactly one of either a "
                "sample, or one of each, and looks at no clips"
            )


def _sees(sample: Sample) -> bool:
    """Whether the eyes learn from a sample; of one with clips and a sound the ears alone do."""
    return bool(_pictures(sample)) or not _sounds(sample)


def _pixels(samples: list[Sample], processor: Any) -> dict[str, torch.Tensor]:
    """What a model makes pictures of: the image processor's tensors, or those of a whole message with one picture."""
    if hasattr(processor, "media_marks"):
        made: Any = _laid(samples, "image", processor, None)
    else:
        loaded = [collate.load_media(_only(sample, "image"), fps=2.0, max_frames=_SEEN) for sample in samples]
        made = processor.image_processor(images=[one.images for one in loaded], return_tensors="pt")
    return {key: made[key] for key in _MEDIA if key in made}


def _laid(samples: list[Sample], kind: str, processor: Any, max_seconds: float | None) -> Any:
    """Messages of one medium of a kind each, as tensors."""
    those = [_only(sample, kind) for sample in samples]
    dialogues = [[{"role": "user", "content": [prompts.slot(sample.media[0])]}] for sample in those]
    loaded = [collate.load_media(sample, 2.0, _SEEN, max_seconds) for sample in those]
    return collate.prompt_batch(processor, dialogues, loaded, padding_side="left")


def _only(sample: Sample, kind: str) -> Sample:
    """The sample with its media of one kind alone."""
    return sample.model_copy(update={"media": tuple(item for item in sample.media if item.kind == kind)})


def _pictures(sample: Sample) -> list[Any]:
    return [item for item in sample.media if item.kind == "image"]


def _sounds(sample: Sample) -> list[Any]:
    return [item for item in sample.media if item.kind == "audio"]


def _emotions(recipe: Recipe, stage: WarmUp, samples: list[Sample]) -> tuple[str, ...]:
    """The classes of emotion: the recipe's labels, or those annotated where any word is one."""
    vocabulary = labels.find(recipe.labels)
    named = {sample.gold.emotion for sample in samples if sample.gold.emotion is not None}
    names = tuple(sorted(named)) if vocabulary.any_word else vocabulary.names
    strange = named - set(names)
    if strange:
        raise InputError(
            f"stage {stage.name}: {', '.join(sorted(strange))} not in the recipe's labels {recipe.labels}; set labels= "
            "to the set of the data"
        )
    return names


def _heard(sample: Sample, name: str, values: tuple[str, ...]) -> int:
    """Which of the values it is that the voice of a sample has."""
    if name == "emotion":
        return _place(sample.gold.emotion, values)
    return _place(str(sample.attributes[name]) if name in sample.attributes else None, values)


def _place(name: str | None, names: tuple[str, ...]) -> int:
    """Which of the names it is, -100 for none of them."""
    return names.index(name) if name in names else collate.IGNORED
