import pytest

from affectreason.affect.sample import ActionUnit, Affect, Provenance, Sample
from affectreason.published.about import About
from affectreason.published.counts import Counts

ABOUT = About(
    title="T", holds="", licence="", gate="", get="", layout="",
    counts={"train": 3, "4:test": 2, "all": 9},
    label_counts={"train": {"happy": 2, "sad": 1}},
)  # fmt: skip


def counted(*items):
    counts = Counts()
    for number, (split, fields) in enumerate(items):
        counts.add(Sample(id=str(number), provenance=Provenance(split=split), **fields))
    return counts


def test_a_table_beside_what_is_published():
    units = (ActionUnit(number=4), ActionUnit(number=12, intensity=0))
    counts = counted(
        ("train", {"gold": Affect(emotion="happy", aus=units)}),
        ("train", {"gold": Affect(emotion="happy")}),
        ("test", {"gold": Affect(emotions={"calm": 1.0, "sad": 1.0, "no": 0.0})}),
        ("test", {}),
        (None, {"gold": Affect(sentiment="positive")}),
        (None, {"choices": ("a", "b"), "answer": "b"}),
    )
    assert counts.table(ABOUT, "4").splitlines() == [
        "            no split  test   train     all",
        "  b                1     0       0       1",
        "  calm             0     1       0       1",
        "  happy            0     0       2       2",
        "  positive         1     0       0       1",
        "  sad              0     1  0 of 1       1",
        "  AU4              0     0       1       1",
        "  samples          2     2  2 of 3  6 of 9",
    ]
    whole = counted(("test", {"gold": Affect(emotion="sad")}))
    assert whole.departures(ABOUT, "4")[1] == "train has no samples, 3 are published"
    assert whole.departures(ABOUT, "4", part=True) == ["test has 1 samples, 2 are published"]
    assert counts.departures(ABOUT, "4") == [
        "train has 2 samples, 3 are published",
        "the whole has 6 samples, 9 are published",
        "1 without annotation",
    ]
    assert counts.by_split() == {"no split": 2, "test": 2, "train": 2}


def test_a_response_without_a_label_is_counted():
    said = counted((None, {"response": "no idea", "labels": "ekman7"}), (None, {"response": "a description"}))
    assert said.departures(ABOUT, part=True) == ["1 with a response in which no label of their set could be read"]


def test_many_labels_are_cut_to_the_commonest():
    counts = counted(*((None, {"gold": Affect(emotions={f"w{n}": 1.0})}) for n in range(20)))
    lines = counts.table(ABOUT).splitlines()
    assert len(lines) == 1 + 12 + 1 + 1
    assert lines[-2].split() == ["8", "more", "labels"]


@pytest.mark.parametrize(("split", "protocol", "number"), [("test", "4", 2), ("test", "6", None), ("train", "6", 3)])
def test_what_is_published_of_a_split(split, protocol, number):
    assert ABOUT.published(split, protocol) == number
