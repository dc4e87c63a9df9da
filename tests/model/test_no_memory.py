"""Memory that ends outside a training step is told with what was asked, or with keys of the model."""

from types import SimpleNamespace

import pytest
import torch

from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import generate, no_memory, training, watched
from affectreason.recipe.parts import Media
from affectreason.stages import evaluate, synthesize

GONE = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB\nmore of it")


@pytest.fixture
def full(monkeypatch):
    """Let every generation end as on a device without memory."""

    def fail(*args, **more):
        raise GONE

    monkeypatch.setattr(generate, "answer", fail)


def test_a_batch_is_told_with_its_samples_the_largest_first(pictures, monkeypatch):
    sizes = {one.id: 10 + place for place, one in enumerate(pictures)}
    monkeypatch.setattr(watched, "_size", lambda about, one: (sizes[one.id], f"sample {one.id!r}: {sizes[one.id]}"))
    with (
        pytest.raises(InputError) as error,
        no_memory.asking(SimpleNamespace(name="sft"), pictures[:10], None, None, Media(max_pixels=9), "lower this"),
    ):
        raise GONE
    said = str(error.value).splitlines()
    assert said[0] == (
        "stage sft: out of memory while 10 samples were asked at once (CUDA out of memory. Tried to allocate 20.00 MiB)"
    )
    assert said[1:9] == [f"  sample {one.id!r}: {sizes[one.id]}" for one in pictures[9:1:-1]]
    assert said[9:] == [
        "  and 2 smaller samples",
        "lower this; or lower media.max_pixels (9) or media.max_frames (16) with resume=changed",
    ]


def test_other_errors_pass():
    for hold in (no_memory.beside(SimpleNamespace(name="a"), True), no_memory.asking(None, [], None, None, None, "")):
        with pytest.raises(RuntimeError, match="shapes"), hold:
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


@pytest.mark.parametrize(
    ("name", "done", "keys"),
    [
        (
            "sft",
            False,
            "sft.lora={r: 8}, sft.freeze, another sft.train.optim (such as adafactor), fewer "
            "sft.train.dataloader_num_workers, or recipes/accelerate/zero3_offload.yaml",
        ),
        ("sft", True, "dtype=bfloat16, quantize=nf4 or a smaller model"),
        ("grow", False, "dtype=bfloat16, quantize=nf4 or a smaller model"),
    ],
)
def test_a_stage_without_memory_for_its_model_is_told_keys(name, done, keys, recipe, tmp_path):
    """Inside the folder that every stage holds: a model is loaded there, and an optimizer makes its state."""
    found = recipe()
    with pytest.raises(InputError) as error, training.folder(found, found.stage(name), tmp_path, done):
        raise MemoryError
    assert str(error.value) == (
        f"stage {name}: out of memory outside its steps, where weights are loaded, an optimizer makes its state or a "
        f"checkpoint is written (MemoryError); take {keys}, and go on with resume=changed. affectreason check "
        "recipe=NAME memory=GIB counts it beforehand"
    )


def test_an_evaluation_without_memory_names_its_samples_and_keys(recipe, qwen, drawn, tmp_path, full):
    write(tmp_path / "t.jsonl", [*drawn["pictures"][:2], drawn["clips"][0]])
    found = recipe(evaluate__data=[str(tmp_path / "t.jsonl")], evaluate__batch_size=3)
    stage = found.stage("sft")
    (tmp_path / "run" / "sft").mkdir(parents=True)
    (tmp_path / "run" / "sft" / "model").symlink_to(qwen)
    (tmp_path / "run" / "sft" / "done.json").write_text("{}")
    with pytest.raises(InputError) as error:
        evaluate.run(found, stage, tmp_path / "run")
    said = str(error.value).splitlines()
    assert said[0].startswith("stage sft: out of memory while 3 samples were asked at once (CUDA out of memory.")
    assert said[1].startswith("  sample 'train_00000_clip': 2 frames of 96x96 (18,432 pixels), ")
    assert said[1].endswith(" tokens of prompt")
    assert said[-1] == (
        "lower evaluate.batch_size (3) or evaluate.max_new_tokens (8): the model is kept, and the same command asks it "
        "anew; or lower media.max_pixels (not given) or media.max_frames (16) with resume=changed"
    )


def test_a_synthesis_without_memory_names_its_samples_and_keys(recipe, qwen, drawn, tmp_path, full):
    write(tmp_path / "t.jsonl", drawn["pictures"][:2])
    found = recipe(grow__data=[str(tmp_path / "t.jsonl")], grow__init=qwen, evaluate=None)
    with pytest.raises(InputError) as error:
        synthesize.run(found, found.stage("grow"), tmp_path / "run")
    said = str(error.value).splitlines()
    assert said[0].startswith("stage grow: out of memory while 2 samples were asked at once (CUDA out of memory.")
    assert len(said) == 4
    assert said[-1].startswith("lower grow.batch_size (7) or grow.max_new_tokens (8); or lower media.max_pixels")


def test_a_warm_up_is_not_told_to_recompute(recipe):
    args = SimpleNamespace(per_device_train_batch_size=4, gradient_accumulation_steps=1, gradient_checkpointing=False)
    trainer = SimpleNamespace(args=args, state=SimpleNamespace(global_step=0))
    for name, told in (("base", False), ("sft", True)):
        about = watched.About(recipe().stage(name), None, {}, None, None, Media())
        said = watched._words(trainer, about, [], None, "full")
        assert (f"{name}.train.gradient_checkpointing" in said) is told
