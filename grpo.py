"""Run a grpo stage: accelerate launch grpo.py recipe=tiny [stage=NAME] [out=DIR] [KEY=VALUE ...]."""

from affectreason.cli import launch

launch("grpo")
