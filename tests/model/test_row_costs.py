from affectreason.model import row_costs
from affectreason.model.shared_prefix import Group


def test_a_long_instruction_behind_a_small_picture_is_not_shared():
    # 10 tokens shared, 5 tails of 50: one row of 259 tokens has 259 x 259 pairs, five of 59 have 17,405 in all
    assert row_costs.parts(10, [4, 5, 6, 7, 8], [50] * 5, token=100) == [(4,), (5,), (6,), (7,), (8,)]
    assert row_costs.parts(10, [4, 5, 6, 7, 8], [50] * 5, token=100_000) == [(4, 5, 6, 7, 8)]
    # 200 shared, 4 tails of 100 and a token worth 100: 599 x 699 = 418,701, 2 x 399 x 499 = 398,202, 4 x 299 x 399
    assert row_costs.parts(200, [0, 1, 2, 3], [100] * 4, token=100) == [(0, 1), (2, 3)]


def test_rows_are_about_as_long_as_each_other():
    groups = [Group(n, (n,)) for n in range(5)]
    rows, tokens = row_costs.spread(groups, [3, 10, 6, 4, 1], 2)
    assert [[one.prefix for one in row] for row in rows] == [[1, 0], [2, 3, 4]]
    assert tokens == [13, 11]


def test_as_many_rows_as_cost_least():
    groups, lengths = [Group(n, (n,)) for n in range(3)], [40, 30, 30]
    # 1 x 100 x (100 + token), 2 x 60 x (60 + token), 3 x 40 x (40 + token)
    assert len(row_costs.packed(groups, lengths, None, 10_000)) == 1
    assert len(row_costs.packed(groups, lengths, None, 1)) == 3
    assert len(row_costs.packed([*groups, Group(3, (3,))], [40, 30, 30, 20], None, 10_000)) == 2  # of 60, no padding
    assert len(row_costs.packed(groups, lengths, 60, 10_000)) == 3
    assert len(row_costs.packed(groups, [40, 30, 10], 60, 10_000)) == 2
    assert len(row_costs.packed(groups, lengths, 1, 10_000)) == 3
