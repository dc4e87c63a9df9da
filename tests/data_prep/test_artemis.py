import pytest

from affectreason.errors import InputError
from affectreason.published import scripts

HEADER = "art_style,painting,emotion,utterance,repetition"
RELEASE = [
    'Cubism,marie_1,sadness,"Dark, and alone.",4',
    "Cubism,marie_1,awe,So large.,4",
    "Realism,egon_2,fear,The eyes.,1",
    "Cubism,marie_1,sadness,She is grey.,4",
    "Cubism,marie_1,something else,Odd.,4",
]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "artemis_dataset_release_v0.csv").write_text("\n".join([HEADER, *RELEASE]) + "\n")
    return tmp_path


def test_a_painting_has_all_its_annotators(given, root):
    fear, sad = given("artemis", root=root)
    assert (fear.id, fear.gold.emotion, fear.reasoning) == ("artemis_Realism/egon_2", "fear", "The eyes.")
    assert sad.id == "artemis_Cubism/marie_1"
    assert sad.media[0].path == str(root / "wikiart/Cubism/marie_1.jpg")
    assert (sad.gold.emotion, sad.reasoning) == ("sadness", "Dark, and alone.")
    assert sad.gold.emotions == {"sadness": 0.5, "awe": 0.25, "something else": 0.25}
    assert [one.emotion for one in sad.annotators] == ["sadness", "awe", "sadness", "something else"]
    assert (sad.affect, sad.labels, sad.provenance.origin) == ("evoked", "artemis9", "human")


def test_half_of_the_votes_is_not_enough_for_sevlm_nor_two_halves_for_artemis(given, root):
    *_, sad = given("artemis", root=root, protocol="sevlm")
    assert (sad.gold.emotion, sad.reasoning) == (None, None)
    assert sad.gold.emotions["sadness"] == 0.5
    path = root / "artemis_dataset_release_v0.csv"
    path.write_text(path.read_text().replace("something else", "awe"))
    *_, tied = given("artemis", root=root)
    assert tied.gold.emotion is None


def test_each_annotation_is_a_sample(given, root):
    samples = given("artemis", root=root, label_view="annotation")
    assert [(one.id, one.gold.emotion, one.reasoning) for one in samples[:2]] == [
        ("artemis_Cubism/marie_1_2", "sadness", "Dark, and alone."),
        ("artemis_Cubism/marie_1_3", "awe", "So large."),
    ]
    assert len(samples) == 5
    assert {one.group for one in samples} == {"artemis_Cubism/marie_1", "artemis_Realism/egon_2"}
    assert samples[0].annotators == ()


def test_a_painting_is_in_one_split_always_the_same_and_in_about_these_shares(given, tmp_path):
    rows = [f"Style,p{number},awe,Big.,1" for number in range(2000) for _ in range(2)]
    rows += ["Style,many,awe,Big.,41"] * 41 + ["Style,few,awe,Big.,40"] * 40
    (tmp_path / "artemis_dataset_release_v0.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    found = {one.id: one.provenance.split for one in given("artemis", root=tmp_path)}
    counts = {split: list(found.values()).count(split) for split in ("train", "val", "test", "rest")}
    assert counts == {"train": 1704, "val": 102, "test": 195, "rest": 1}
    assert found["artemis_Style/many"] == "rest"
    assert found["artemis_Style/few"] != "rest"
    rest = given("artemis", root=tmp_path, split="rest")
    assert [one.id for one in rest] == ["artemis_Style/many"]
    by_row = given("artemis", root=tmp_path, label_view="annotation")
    assert all(found[one.group] == one.provenance.split for one in by_row)


def test_the_split_of_the_preprocessed_table_is_used(given, root):
    rows = [f"{row},{split}" for row, split in zip(RELEASE, ("test", "test", "rest", "test", "test"), strict=True)]
    (root / "artemis_preprocessed.csv").write_text("\n".join([f"{HEADER},split", *rows]) + "\n")
    assert [one.provenance.split for one in given("artemis", root=root)] == ["rest", "test"]
    (root / "artemis_preprocessed.csv").write_text(f"{HEADER},split\n{RELEASE[0]},dev\n")
    with pytest.raises(InputError, match=r"artemis_preprocessed.csv:2: split is 'dev'; known: rest, test, train, val"):
        given("artemis", root=root)


def test_a_painting_in_two_splits_is_told(given, root):
    rows = [f"{RELEASE[0]},train", f"{RELEASE[1]},test"]
    (root / "artemis_preprocessed.csv").write_text("\n".join([f"{HEADER},split", *rows]) + "\n")
    with pytest.raises(InputError, match=r"preprocessed.csv:3: Cubism/marie_1 is in test and train; mend it"):
        given("artemis", root=root)


def test_no_split_is_said_to_be_published():
    assert scripts.load("artemis").ABOUT.counts == {}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Cubism,a,joyous,Nice.,1", "the label 'joyous' is not in 'artemis9'; known: amusement, anger"),
        ("..,a,awe,Nice.,1", "the path 'wikiart/../a.jpg' does not stay below"),
        ("Cubism,a,awe,Nice, really.,1", "6 cells below a header of 5"),
    ],
)
def test_wrong_rows_are_told(given, root, row, message):
    path = root / "artemis_dataset_release_v0.csv"
    path.write_text(f"{HEADER}\n{row}\n")
    with pytest.raises(InputError) as error:
        given("artemis", root=root)
    assert str(error.value).startswith(f"{path}:2: {message}")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "dev"}, "split=dev: known: rest, test, train, val"),
        ({"protocol": "artemis9"}, "protocol=artemis9: did you mean 'artemis'? known: artemis, sevlm"),
        ({"label_view": "image"}, "label_view=image: known: annotation, painting"),
    ],
)
def test_wrong_options_are_told(given, root, options, message):
    with pytest.raises(InputError) as error:
        given("artemis", root=root, **options)
    assert str(error.value).startswith(message)
