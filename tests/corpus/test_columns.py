from affectreason.affect.sample import ActionUnit, Affect, Provenance, Sample
from affectreason.corpus.columns import Columns


def test_ranges_and_constants_by_data_set_without_what_is_absent():
    columns = Columns()
    for n in range(12):
        gold = Affect(valence=n / 16 - 1, aus=(ActionUnit(number=4), ActionUnit(number=6, intensity=n % 2)))
        columns.add(Sample(id=str(n), gold=gold, answer="yes", attributes={"age": 30.0, "place": ("a", "b")}))
    columns.add(Sample(id="x", gold=Affect(valence=1), provenance=Provenance(dataset="X")))
    columns.add(Sample(id="y"))
    assert list(columns.rows()) == [
        ("", "valence", 12, -1.0, -0.3125, 8, None),
        ("", "AU intensity", 12, 0.0, 1.0, 2, None),
        ("", "answer", 12, None, None, 1, "yes"),
        ("", "age", 12, 30.0, 30.0, 1, "30.0"),
        ("", "place", 12, None, None, 1, "a, b"),
        ("X", "valence", 1, 1.0, 1.0, 1, "1.0"),
    ]
