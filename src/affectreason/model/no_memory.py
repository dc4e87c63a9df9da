"""Memory that ends outside a training step, in words: while models are asked, loaded or saved, or learn beside it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import watched
from affectreason.model.watched import About, Asked
from affectreason.recipe.parts import Media, Trained


@contextmanager
def asking(
    stage: Any, samples: Sequence[Sample], asked: Asked, processor: Any, media: Media, mend: str
) -> Iterator[None]:
    """Raise InputError, with the samples of a batch, where memory ends inside; `mend` says what to lower first."""
    with _caught() as failed:
        yield
    if failed:  # not before: what was raised held the tensors
        about = About(stage, None, {}, asked, processor, media)  # type: ignore[arg-type]  # no step, so no folder
        first = f"stage {stage.name}: out of memory while {len(samples)} samples were asked at once ({failed[0]})"
        keys = f"lower media.max_pixels ({media.max_pixels or 'not given'}) or media.max_frames ({media.max_frames})"
        raise InputError("\n".join([first, *watched.shown(about, samples), f"{mend}; or {keys} with resume=changed"]))


@contextmanager
def beside(stage: Any, done: bool) -> Iterator[None]:
    """Raise InputError where memory ends in a stage and no batch can be named, so that keys of the model must help.

    Weights are loaded there, the optimizer makes its state, media wait in loaders, checkpoints are gathered.
    """
    with _caught() as failed:
        yield
    if failed:
        name, keys = stage.name, "dtype=bfloat16, quantize=nf4 or a smaller model"
        if isinstance(stage, Trained) and not done:
            keys = (
                f"{name}.lora={{r: 8}}, {name}.freeze, another {name}.train.optim (such as adafactor), fewer "
                f"{name}.train.dataloader_num_workers, or recipes/accelerate/zero3_offload.yaml"
            )
        raise InputError(
            f"stage {name}: out of memory outside its steps, where weights are loaded, an optimizer makes its state or "
            f"a checkpoint is written ({failed[0]}); take {keys}, and go on with resume=changed. affectreason check "
            "recipe=NAME memory=GIB counts it beforehand"
        )


@contextmanager
def _caught() -> Iterator[list[str]]:
    """Pass over memory that ends inside; what was said of it is then in the list."""
    failed: list[str] = []
    try:
        yield failed
    except (RuntimeError, MemoryError) as error:
        if not watched.out_of_memory(error):
            raise
        failed.append(watched.first_line(error))
