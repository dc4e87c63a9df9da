import os
import subprocess
import sys

import pytest

from affectreason.benchmark import reading

READ = """
import os
from affectreason.affect.response import parse
from affectreason.affect.labels import find
from affectreason.benchmark import reading
from affectreason.errors import InputError
reading.MANY, reading._CHUNK = {many}, 3
ekman, processes = find("ekman7"), set()

def one(place):
    processes.add(os.getpid())
    if place == {stop}:
        raise InputError("number 7 is wrong")
    return parse(f"<answer>{{ekman.names[place % 7]}}</answer> {{os.getpid()}}", ekman)

found = reading.read_all(20, one)
assert [r.said.emotion for r in found] == [ekman.names[place % 7] for place in range(20)]
print(len(processes), len({{r.text.split()[-1] for r in found}} - {{str(os.getpid())}}) > 0)
"""


def run(**numbers):
    return subprocess.run(
        [sys.executable, "-c", READ.format(**numbers)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core reads them all")
def test_many_answers_are_read_by_others_in_their_order():
    assert run(many=10, stop=-1).stdout.split() == ["0", "True"]  # none here, all in other processes


def test_few_are_read_here():
    assert run(many=100, stop=-1).stdout.split() == ["1", "False"]


def test_what_is_wrong_is_told_from_there():
    assert run(many=10, stop=7).stderr.rstrip().endswith("InputError: number 7 is wrong")


def test_here_where_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(reading, "MANY", 0)
    assert reading.read_all(3, lambda place: place, apart=False) == [0, 1, 2]
