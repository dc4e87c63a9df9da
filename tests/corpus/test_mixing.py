"""Which groups are drawn how often: quotas, rounds, balance, whole groups, the same draw on every run."""

from collections import Counter
from pathlib import Path

import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.corpus.mixing import picks, quotas
from affectreason.corpus.places import place


def placed(*groups):
    """Places of groups given as (size, emotion)."""
    rows = [
        (0, 0, Sample(id=f"{g}_{n}", group=str(g), gold=Affect(emotion=emotion)))
        for g, (size, emotion) in enumerate(groups)
        for n in range(size)
    ]
    return place(Path("x"), rows, lambda sample: sample.group)


@pytest.mark.parametrize(
    ("total", "weights", "found"),
    [
        (10, [0.7, 0.3], [7, 3]),
        (10, [1, 1, 1], [4, 3, 3]),
        (1, [0.2, 0.5, 0.3], [0, 1, 0]),
        (7, [30, 12], [5, 2]),
        (0, [1, 2], [0, 0]),
    ],
)
def test_quotas_sum_to_the_total(total, weights, found):
    assert quotas(total, weights) == found


def test_every_group_once_before_any_again():
    found = placed(*[(1, None)] * 7)
    taken = picks(found, 3, 17, 0)
    assert len(taken) == 17
    assert {pick.source for pick in taken} == {3}
    rounds = [[pick.group for pick in taken if pick.again == again] for again in range(3)]
    assert [sorted(one) for one in rounds[:2]] == [list(range(7))] * 2
    assert len(set(rounds[2])) == 3
    assert rounds[0] != rounds[1]
    assert picks(found, 3, 17, 0) == taken
    assert picks(found, 3, 17, 1) != taken
    assert picks(found, 3, 0, 0) == []


def test_groups_are_whole_and_the_count_is_the_nearest():
    found = placed(*[(4, None)] * 5)
    assert [len(picks(found, 0, quota, 0)) for quota in (1, 4, 5, 6, 7, 8, 19, 22, 23)] == [1, 1, 1, 2, 2, 2, 5, 6, 6]


def test_a_draw_is_fair():
    found = placed(*[(1, None)] * 10)
    seen = Counter(pick.group for seed in range(500) for pick in picks(found, 0, 3, seed))
    assert all(100 < seen[group] < 200 for group in range(10))


def test_balance_gives_every_class_as_many():
    found = placed(*[(1, "happy")] * 30, *[(1, "sad")] * 5, *[(2, "angry")] * 5, *[(1, None)] * 15)
    taken = picks(found, 0, 60, 0, balance=True)
    drawn = Counter()
    for pick in taken:
        emotion = found.names[found.classes[pick.group]] if found.classes[pick.group] >= 0 else None
        drawn[emotion] += int(found.sizes[pick.group])
    assert drawn == {"happy": 15, "sad": 15, "angry": 16, None: 15}  # angry goes by twos; 15 is between
    assert max(pick.again for pick in taken) == 2  # five sad groups, three times each
    plain = Counter(int(found.classes[pick.group]) for pick in picks(found, 0, 60, 0))
    assert plain[0] == 30


def test_the_class_of_a_group_is_of_its_first_member_that_has_one():
    rows = [(0, 0, Sample(id=str(n), group="g", gold=Affect(emotion=e))) for n, e in enumerate([None, "sad", "happy"])]
    found = place(Path("x"), rows, lambda sample: sample.group)
    assert (found.classes.tolist(), found.names) == ([0], ("sad",))
