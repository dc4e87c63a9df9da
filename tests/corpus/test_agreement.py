import pytest

from affectreason.affect.sample import ActionUnit, Affect
from affectreason.corpus.agreement import Names, Numbers, Votes

# Krippendorff (2011), example C: four observers, twelve items, some not seen by all; his alphas are .743 and .849.
PUBLISHED = [
    (1, 1, 1), (2, 2, 3, 2), (3, 3, 3, 3), (3, 3, 3, 3), (2, 2, 2, 2), (1, 2, 3, 4),
    (4, 4, 4, 4), (1, 1, 2, 1), (2, 2, 2, 2), (5, 5, 5), (1, 1), (3,),
]  # fmt: skip


def filled(scale, items):
    """The scale with every item's votes added."""
    for votes in items:
        scale.add(votes)
    return scale.result()


def test_names_by_hand():
    """Two items: a a b (one of three pairs agrees) and a a. Five votes: four a, one b.

    Observed (6 - 2) / 2 + 0 = 2 over 5 votes = 0.4; expected (25 - 16 - 1) / (5 * 4) = 0.4; alpha 0.
    """
    said = filled(Names(), [("a", "a", "b"), ("a", "a")])
    assert said == {"scale": "names", "items": 2, "votes": 5, "pairwise": pytest.approx((1 / 3 + 1) / 2), "alpha": 0.0}


def test_names_as_published():
    said = filled(Names(), [tuple(map(str, votes)) for votes in PUBLISHED])
    assert said["alpha"] == pytest.approx(0.743, abs=5e-4)
    assert (said["items"], said["votes"]) == (11, 40)  # the item that one observer saw has no pair


def test_numbers_as_published():
    said = filled(Numbers(), PUBLISHED)
    assert said["alpha"] == pytest.approx(0.849, abs=5e-4)
    assert (said["items"], said["votes"]) == (11, 40)


def test_numbers_by_hand():
    """0 and 1, then 1 and 1: observed 2 * 1 / 1 over 4 = 0.5; expected 2 * (4 * 3 - 9) / (4 * 3) = 0.5; alpha 0."""
    assert filled(Numbers(), [(0.0, 1.0), (1.0, 1.0)]) == {
        "scale": "numbers", "items": 2, "votes": 4, "difference": 0.5, "alpha": 0.0
    }  # fmt: skip


def test_perfect_agreement_is_one_and_systematic_disagreement_below_zero():
    assert filled(Names(), [("a", "a"), ("b", "b")])["alpha"] == 1.0
    assert filled(Names(), [("a", "b"), ("b", "a")])["alpha"] == pytest.approx(-0.5)


@pytest.mark.parametrize(("scale", "votes"), [(Names(), ("a", "a")), (Numbers(), (0.1, 0.1))])
def test_alpha_is_undefined_where_every_vote_is_the_same(scale, votes):
    said = filled(scale, [votes, votes, votes])
    assert said["alpha"] is None
    assert said["items"] == 3


def test_alpha_does_not_depend_on_where_the_numbers_lie():
    items = [(0.0, 1.0), (1.0, 1.0)]
    assert filled(Numbers(), [tuple(vote + 1e9 for vote in votes) for votes in items])["alpha"] == 0.0


@pytest.mark.parametrize("votes", [(0.0, 1e-200), (-1e308, 1e308), (float("inf"), 0.0)])
def test_what_no_sum_can_hold_is_not_measured(votes):
    said = filled(Numbers(), [votes])
    assert said["alpha"] is None
    assert said["difference"] in (None, 1e-200)


@pytest.mark.parametrize("scale", [Names(), Numbers()])
def test_nothing_to_compare(scale):
    said = filled(scale, [(), ("a",) if isinstance(scale, Names) else (0.5,)])
    assert said["items"] == said["votes"] == 0
    assert said["alpha"] is None


def said(unit, intensity):
    return Affect(aus=(ActionUnit(number=unit, intensity=intensity),))


def test_votes_of_samples_are_measured_by_what_was_coded():
    votes = Votes()
    votes.add((Affect(emotion="joy", valence=0.5), Affect(emotion="joy"), Affect(valence=0.5)))
    votes.add((Affect(emotion="anger", valence=-1.0), Affect(emotion="joy", valence=0.0)))
    votes.add((said(12, 3), said(12, 0), Affect(aus=())))
    votes.add((said(12, None), said(12, 1), said(4, 0)))
    votes.add((Affect(emotions={"joy": 1.0}), Affect(emotions={"joy": 1.0, "awe": 1.0})))
    votes.add((Affect(emotion="joy"),))
    found = votes.results()
    assert list(found) == ["emotion", "valence", "AU12"]
    assert (found["emotion"]["items"], found["emotion"]["pairwise"]) == (2, 0.5)
    assert (found["valence"]["items"], found["valence"]["difference"]) == (2, 0.5)
    assert (found["AU12"]["items"], found["AU12"]["votes"], found["AU12"]["pairwise"]) == (2, 4, 0.5)
    assert votes.sets == 1


def test_units_are_left_out_where_only_present_ones_are_listed():
    votes = Votes()
    votes.add((said(12, 3), said(12, None)))
    assert votes.results() == {}
