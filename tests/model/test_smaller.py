import pytest

from affectreason.affect.sample import Media, Sample
from affectreason.model import sharding, smaller
from affectreason.model.lengths import Length
from affectreason.model.worst_row import Worst

CLIP = Sample(id="clip", media=(Media(kind="video", path="a.mp4"),))
ROW = Worst(CLIP, Length(100, 90, 10), Length(100, 90, 10), 5, "", 200 * 200)


@pytest.fixture
def words(recipe):
    """The words of each key, and the setup with any of them."""

    def of(name, launch=None, gpus=1, row=ROW, quantize=None, **changes):
        found = recipe(**changes).model_copy(update={"quantize": quantize})
        setup = found, found.stage(name), sharding.read(launch, gpus)
        options = smaller.options(*setup, row)
        made = {one.words: smaller.applied(setup, one) for option in options for one in option}
        return [[one.words for one in option] for option in options], made

    return of


def test_the_keys_of_sft_from_those_that_change_no_result_to_those_that_learn_less(words):
    assert words("sft", dtype="bfloat16", sft__train={"per_device_train_batch_size": 5})[0] == [
        ["sft.train.per_device_train_batch_size=2 sft.train.gradient_accumulation_steps=2",
         "sft.train.per_device_train_batch_size=1 sft.train.gradient_accumulation_steps=5"],
        ["launch=recipes/accelerate/zero3_offload.yaml"],
        ["sft.train.optim=adamw_bnb_8bit"],
        ["sft.freeze=[vision]"],
        ["media.max_pixels=20000", "media.max_pixels=10000", "media.max_pixels=5000", "media.max_pixels=2500",
         "media.max_pixels=1250"],
        ["media.max_frames=8", "media.max_frames=4", "media.max_frames=2"],
        ["sft.lora={r: 16}"],
    ]  # fmt: skip


def test_each_key_changes_what_it_says(words):
    train = {"gradient_checkpointing": False, "num_generations": 8}
    found = words("grpo", gpus=4, dtype="float32", grpo__train=train)[1]
    recipe, stage, spread = found["launch=recipes/accelerate/zero3.yaml"]
    assert (spread.zero, spread.processes) == (3, 4)
    assert recipe.launch == "recipes/accelerate/zero3.yaml"
    assert found["dtype=bfloat16"][0].dtype == "bfloat16"
    recipe, stage, _ = found["grpo.train.gradient_checkpointing=true"]
    assert stage.train["gradient_checkpointing"] is True
    assert recipe.stage("grpo") == stage
    assert found["grpo.train.num_generations=2"][1].train["num_generations"] == 2
    assert found["grpo.train.max_completion_length=64"][1].train["max_completion_length"] == 64
    assert found["media.max_frames=8"][0].media.max_frames == 8
    assert found["grpo.lora={r: 16}"][1].lora == {"r": 16}


def test_fewer_answers_are_written_at_once_only_as_whole_groups(words):
    train = {"per_device_train_batch_size": 4, "num_generations": 4, "gradient_accumulation_steps": 4}
    options, made = words("grpo", grpo__train=train)
    written = [f"grpo.train.steps_per_generation={one}" for one in (2, 1)]
    assert written in options
    assert all(smaller.possible(made[one]) for one in written)
    change = smaller.Change("", train={"per_device_train_batch_size": 2})
    assert not smaller.possible(smaller.applied(made[written[-1]], change))
    given = words("grpo", grpo__train=train | {"steps_per_generation": 2})[0]
    assert given[0][0] == (
        "grpo.train.per_device_train_batch_size=2 grpo.train.gradient_accumulation_steps=8 "
        "grpo.train.steps_per_generation=4"
    )


def test_fsdp_is_proposed_by_itself_and_no_part_of_four_bits(words):
    """Where its buckets are most of it, ZeRO-3 with offload takes more than FSDP."""
    options, made = words("sft", launch="recipes/accelerate/zero3.yaml", gpus=2)
    launch = [option for option in options if option[0].startswith("launch")]
    assert launch == [["launch=recipes/accelerate/zero3_offload.yaml"], ["launch=recipes/accelerate/fsdp2.yaml"]]
    assert made["launch=recipes/accelerate/fsdp2.yaml"][2].fsdp
    four, made = words("sft", gpus=2, quantize="nf4", sft__lora={"r": 8})
    assert ["launch=recipes/accelerate/zero2.yaml"] in four
    parted = smaller.Change("", {"launch": "recipes/accelerate/zero3.yaml"})
    assert not smaller.possible(smaller.applied(made["launch=recipes/accelerate/zero2.yaml"], parted))


def test_a_warm_up_has_its_batch_its_optimizer_and_its_pixels(words):
    options, made = words("base", gpus=8, base__train={"per_device_train_batch_size": 2})
    assert options[:3] == [
        ["base.train.per_device_train_batch_size=1 base.train.gradient_accumulation_steps=2"],
        ["dtype=bfloat16"],
        ["base.train.optim=adamw_bnb_8bit"],
    ]
    assert [option[0].partition("=")[0] for option in options[3:]] == ["media.max_pixels", "media.max_frames"]
    assert made["base.train.optim=adamw_bnb_8bit"][1].train["optim"] == "adamw_bnb_8bit"


def test_what_is_done_already_is_not_proposed(words):
    launch = "recipes/accelerate/zero3_offload.yaml"
    found = words("sft", launch=launch, gpus=8, sft__lora={"r": 8}, dtype="bfloat16")[1]
    assert not [one for one in found if one.startswith(("launch", "sft.lora", "sft.freeze", "dtype", "sft.train.opt"))]


def test_what_writes_is_asked_less_at_once_and_for_less(words):
    still = Worst(CLIP.model_copy(update={"media": ()}), Length(9, 0, None), Length(9, 0, None), 5, "", 900)
    options, made = words("grow", launch="recipes/accelerate/cpu.yaml", row=still, grow__max_new_tokens=300)
    assert options == [["grow.batch_size=3", "grow.batch_size=1"],
                       ["grow.max_new_tokens=150", "grow.max_new_tokens=75"]]  # fmt: skip
    assert made["grow.batch_size=1"][1].batch_size == 1
