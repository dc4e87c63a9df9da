from collections import Counter

from affectreason.media.faces3d.people import person
from affectreason.recipe import assets

SHAPES = {file.rpartition("/")[2].removesuffix(".target.gz") for file in assets.SMALL[-1].files if file.endswith(".gz")}


def test_a_person_is_their_number():
    assert person(7) == person(7)
    assert person(7) != person(8)
    assert len({hash(person(number)) for number in range(200)}) == 200


def test_people_are_mixed_of_the_shapes_of_the_head():
    seen = set()
    for number in range(300):
        who = person(number)
        seen |= {name for name, _ in who.shape}
        heritage = sum(weight for name, weight in who.shape if not name.startswith("universal"))
        assert abs(heritage - 1) < 1e-9
        assert all(0 < weight <= 1 for _, weight in who.shape)
    assert seen == SHAPES


def test_people_differ_in_sex_age_and_tone():
    crowd = [person(number) for number in range(600)]
    sexes = Counter(who.male for who in crowd)
    assert 240 < sexes[1.0] < 360
    assert min(who.age for who in crowd) < 0.35
    assert max(who.age for who in crowd) > 0.95
    tones = sorted(sum(who.skin) for who in crowd)
    assert tones[60] < 340
    assert tones[-60] > 520
    assert not any(who.beard for who in crowd if not who.male)
    for who in crowd:
        assert sum(abs(a - b) for a, b in zip(who.background, who.skin, strict=True)) > 70
