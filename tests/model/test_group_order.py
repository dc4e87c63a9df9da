from accelerate.data_loader import SeedableRandomSampler

from affectreason.model.group_order import GroupOrder, arranged


def test_groups_fill_batches_and_are_cut_where_nothing_else_fits():
    groups = ["a", "a", "a", "b", "c", "c", "d", "d", "d"]
    # of 4 places: a has 3, b fills up; then d, which comes next, has 3 and only a part of c fits behind it
    assert arranged(groups, [0, 6, 4, 3, 1, 2, 5, 7, 8], 4) == [0, 1, 2, 3, 6, 7, 8, 4, 5]
    assert arranged(groups, [8, 7, 6, 0, 4, 1, 2, 5, 3], 2) == [8, 7, 6, 2, 0, 1, 4, 5, 3]  # d and a in parts of 2
    assert arranged([], [], 4) == []


def test_every_place_once_an_epoch_and_the_same_again():
    groups = [n // 5 for n in range(60)]
    order = GroupOrder(groups, 10, seed=3)
    first, second = list(order), list(order)
    assert sorted(first) == sorted(second) == list(range(60))
    assert first != second
    for start in range(0, 60, 5):
        assert len({groups[place] for place in first[start : start + 5]}) == 1
    again = GroupOrder(groups, 10, seed=3)
    again.set_epoch(1)
    assert list(again) == second
    assert len(again) == 60
    assert list(GroupOrder(groups, 10, seed=4)) != first


def test_without_groups_the_order_is_that_of_before():
    theirs = SeedableRandomSampler(range(20), data_seed=7)
    ours = GroupOrder(range(20), 4, seed=7)
    for _ in range(2):
        assert list(ours) == list(theirs)


def test_what_fills_stands_behind_the_places_of_every_epoch():
    order = GroupOrder(["a", "b", "a", "c", "b"], 2, seed=7, fill=3)
    assert len(order) == 8
    for _ in range(2):
        drawn = list(order)
        assert drawn[5:] == [5, 6, 7]
        assert sorted(drawn[:5]) == [0, 1, 2, 3, 4]
    plain = GroupOrder(["a", "b", "a", "c", "b"], 2, seed=7)
    order.set_epoch(0)
    assert list(order)[:5] == list(plain)
