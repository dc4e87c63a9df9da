"""The time left: right for steps that take minutes, and of a run that goes on where it was stopped."""

import pytest

from affectreason.media.progress import bar


def test_the_time_left_of_long_steps_after_a_resumption():
    shown = bar("sft", 100, 40)
    now = [1000.0]
    shown.progress.get_time = lambda: now[0]
    shown.progress.reset(shown.task, completed=40, total=100)
    for step in range(41, 46):
        now[0] += 60
        shown.move(step)
    assert shown.progress.tasks[0].time_remaining == pytest.approx(55 * 60)
    shown.close()
