import json
import re

import pytest

from affectreason.errors import InputError
from affectreason.model import sharding


@pytest.mark.parametrize(
    ("file", "name", "processes"),
    [
        ("one_gpu", "no sharding", 1),
        ("cpu_zero2", "ZeRO-2", 2),
        ("zero2", "ZeRO-2", 8),
        ("zero3", "ZeRO-3", 8),
        ("zero3_offload", "ZeRO-3 with offload", 8),
    ],
)
def test_our_own_files(file, name, processes):
    found = sharding.read(f"recipes/accelerate/{file}.yaml", None)
    assert (found.name, found.processes, found.cpu) == (name, processes, file.startswith("cpu"))
    assert sharding.read(f"recipes/accelerate/{file}.yaml", 4).processes == 4


def test_no_file_is_one_process_or_copies_of_it():
    assert sharding.read(None, None).name == "no sharding"
    assert sharding.read(None, 4).name == "DDP"


def test_fsdp(tmp_path):
    path = tmp_path / "fsdp.yaml"
    path.write_text(
        "distributed_type: FSDP\nnum_processes: 4\nfsdp_config: {fsdp_version: 2, fsdp_offload_params: true}"
    )
    found = sharding.read(str(path), None)
    assert (found.name, found.processes, found.zero) == ("FSDP with offload", 4, 0)


def test_wrong_files_say_what_would_be_right(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("num_processes: many")
    with pytest.raises(InputError, match=r"own.yaml: num_processes: 'many' is no whole number"):
        sharding.read(str(path), None)
    path.write_text("distributed_type: DEEPSPEED\ndeepspeed_config: {zero_stage: 5}")
    with pytest.raises(InputError, match=r"deepspeed_config.zero_stage: 5 is none; write 0, 1, 2 or 3"):
        sharding.read(str(path), None)
    path.write_text("- 1")
    with pytest.raises(InputError, match="an accelerate config is a mapping"):
        sharding.read(str(path), None)


@pytest.fixture
def own(tmp_path):
    """What is read of a launch file with this ZeRO block in DeepSpeed's own JSON."""

    def read(**zero):
        file, path = tmp_path / "zero.json", tmp_path / "own.yaml"
        file.write_text(json.dumps({"zero_optimization": zero}))
        path.write_text(f"distributed_type: DEEPSPEED\ndeepspeed_config: {{deepspeed_config_file: {file}}}")
        return sharding.read(str(path), 2)

    return read


def test_the_sizes_of_deepspeeds_own_file(own):
    found = own(stage=3, reduce_bucket_size=5e6, stage3_prefetch_bucket_size=7, stage3_max_live_parameters=1e8)
    assert (found.bucket, found.buckets, found.prefetch, found.live) == (5_000_000, 1, 7, 100_000_000)
    assert (found.reuse, own(stage=3, stage3_max_reuse_distance=9).reuse) == (sharding.REUSE, 9)
    found = own(stage=3, reduce_bucket_size="auto", stage3_prefetch_bucket_size="auto")
    assert (found.bucket, found.prefetch) == (sharding.AUTO, sharding.AUTO)
    plain = own(stage=2)
    assert (plain.bucket, plain.buckets) == (sharding.BUCKET, 1)
    assert own(stage=2, allgather_bucket_size=5) == plain  # torch gathers without a bucket
    assert (own(stage=2, overlap_comm=True).buckets, own(stage=3, overlap_comm=True).buckets) == (2, 1)
    assert own(stage=2, contiguous_gradients=False).buckets == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [("reduce_bucket_size", "much"), ("stage3_max_live_parameters", "auto"), ("reduce_bucket_size", -1),
     ("stage3_prefetch_bucket_size", True), ("stage3_max_reuse_distance", 0.5), ("reduce_bucket_size", [5])],
)  # fmt: skip
def test_a_size_that_is_none_names_file_and_key(own, key, value):
    said = f"zero.json: {key}: {value!r} is no size; write a whole number of parameters, for example 5e8"
    with pytest.raises(InputError, match=re.escape(said)):
        own(stage=3, **{key: value})


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ("fsdp_version: 2", False),
        ("fsdp_reshard_after_forward: true", False),
        ("fsdp_reshard_after_forward: false", True),
        ("fsdp_sharding_strategy: SHARD_GRAD_OP", True),
        ("fsdp_sharding_strategy: FULL_SHARD", False),
    ],
)
def test_fsdp_parts_weights_again_after_forward_or_does_not(parts, whole, tmp_path):
    path = tmp_path / "fsdp.yaml"
    path.write_text(f"distributed_type: FSDP\nnum_processes: 4\nfsdp_config: {{{parts}}}")
    assert sharding.read(str(path), None).whole_between is whole


def test_deepspeeds_own_file_is_read(tmp_path):
    own, path = tmp_path / "zero.json", tmp_path / "own.yaml"
    path.write_text(
        f"distributed_type: DEEPSPEED\nnum_processes: 2\ndeepspeed_config: {{deepspeed_config_file: {own}}}"
    )
    own.write_text('{"zero_optimization": {"stage": 3, "offload_optimizer": {"device": "cpu"}}}')
    found = sharding.read(str(path), None)
    assert (found.name, found.zero, found.optimizer_on_cpu) == ("ZeRO-3 with offload", 3, True)
    assert not found.parameters_on_cpu
    own.write_text("{}")
    assert sharding.read(str(path), None).zero == 0
    own.write_text("{")
    with pytest.raises(InputError, match=r"own.yaml: deepspeed_config_file: .*zero.json cannot be read as JSON"):
        sharding.read(str(path), None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("num_processes: 0", "num_processes: 0 launches nothing; write a whole number from 1"),
        ("deepspeed_config: [3]", r"deepspeed_config: \[3\] is no mapping; see recipes/accelerate"),
        ("fsdp_config: yes", "fsdp_config: .yes. is no mapping; see recipes/accelerate"),
    ],
)
def test_wrong_values_name_file_and_key(tmp_path, text, said):
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=f"own.yaml: {said}"):
        sharding.read(str(path), None)


def test_the_defaults_are_deepspeeds_own():
    config = pytest.importorskip("deepspeed.runtime.zero.config").DeepSpeedZeroConfig()
    assert (config.reduce_bucket_size, config.max_live_parameters) == (sharding.BUCKET, sharding.LIVE)
    assert (config.prefetch_bucket_size, config.max_reuse_distance) == (sharding.PREFETCH, sharding.REUSE)
