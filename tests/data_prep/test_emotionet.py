import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut

URL = "http://example.org/images/N_0000000001_00001.jpg"
TABLE = f"""\
URL,URL orig,'AU 1','AU 2','AU 12','AU 7'
'{URL}','http://a.org/1.jpg',1,999,0,1
,,,,,
"""


def a_list(name, *present, coded=60):
    cells = [("1" if unit in present else "0") if unit <= coded else "999" for unit in range(1, 61)]
    return "\t".join((f"http://example.org/{name}.jpg", "http://a.org/a b.jpg", *cells)) + "\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "EmotioNet_FACS_aws_2020_24600.csv").write_text(TABLE)
    return tmp_path


def test_the_table_is_coded_by_people_and_999_is_not_coded(root, given):
    found = given("emotionet", root=root)
    assert found == [
        Sample(
            id="emotionet_N_0000000001_00001",
            media=(Media(kind="url", path=URL),),
            gold=Affect(aus=(ActionUnit(number=1), ActionUnit(number=12, intensity=0))),
            affect="expressed",
            provenance=Provenance(
                dataset="EmotioNet", licence="non-commercial research only", gate="signed form", origin="human"
            ),
        ),
        LeftOut(
            "emotionet_EmotioNet_FACS_aws_2020_24600_3",
            "the row has no address of an image",
            f"{root}/EmotioNet_FACS_aws_2020_24600.csv:3",
        ),
    ]


def test_all_coded_units(root, given):
    assert [au.number for au in given("emotionet", root=root, protocol="all")[0].gold.aus] == [1, 12, 7]


def test_a_list_is_coded_by_a_program(tmp_path, given):
    (tmp_path / "dataFile_0001.txt").write_text(a_list("N_1_1", 1, 43, 51) + a_list("N_1_2", 4, coded=0))
    first, second = given("emotionet", root=tmp_path)
    assert first.provenance.origin == "model"
    assert first.gold.units == {1, 43}
    assert [au.number for au in first.gold.aus] == list(scripts.load("emotionet").ABOUT.units)
    assert second.gold.aus is None
    every = given("emotionet", root=tmp_path, protocol="all", origin="human")[0]
    assert every.provenance.origin == "human"
    assert max(au.number for au in every.gold.aus) == 46


def test_downloaded_faces_are_found_by_name(root, given, picture):
    assert given("emotionet", root=root, images="imgs")[0].media == (
        Media(kind="image", path=str(root / "imgs/N_0000000001_00001.jpg")),
    )
    picture(root / "imgs/N_0000000001/N_0000000001_00001.jpg")
    assert given("emotionet", root=root, images="imgs")[0].media[0].path == str(
        root / "imgs/N_0000000001/N_0000000001_00001.jpg"
    )


def test_one_file_by_name(root, given):
    (root / "dataFile_0001.txt").write_text(a_list("N_1_1", 1))
    assert [sample.id for sample in given("emotionet", root=root, labels="dataFile_0001.txt")] == ["emotionet_N_1_1"]
    assert len(given("emotionet", root=root)) == 3


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "URL,'AU 1'\nhttp://a.org/1.jpg,2\n", ":2: emotionet_1: AU1 is '2', not one of 0 (absent), 1"),
        ("a.csv", "URL,smile\nhttp://a.org/1.jpg,2\n", " has no column of a unit, such as 'AU 1'; columns: URL, smile"),
        ("a.txt", "http://a.org/1.jpg\t-\t1\n", ":1: 'http://a.org/1.jpg\\t-\\t1' has 3 of 62 columns"),
    ],
)
def test_a_broken_file_is_named(tmp_path, given, name, text, says):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as error:
        given("emotionet", root=tmp_path)
    assert str(error.value).startswith(f"{path}{says}")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"protocol": 20}, "protocol=20: no such protocol; did you mean '12'? known: 12, all"),
        ({"origin": "crowd"}, "origin=crowd: no such origin; known: human, model"),
        ({"labels": "../a.csv"}, "the path '../a.csv' does not stay below"),
        ({"images": "/imgs"}, "the path '/imgs' does not stay below"),
    ],
)
def test_options_that_mean_nothing_are_errors(root, given, options, says):
    with pytest.raises(InputError) as error:
        given("emotionet", root=root, **options)
    assert says in str(error.value)
