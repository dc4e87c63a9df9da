"""Run a sft stage: accelerate launch sft.py recipe=tiny [stage=NAME] [out=DIR] [KEY=VALUE ...]."""

from affectreason.cli import launch

launch("sft")
