"""Run a synthesize stage: accelerate launch synthesize.py recipe=tiny [stage=NAME] [out=DIR] [KEY=VALUE ...]."""

from affectreason.cli import launch

launch("synthesize")
