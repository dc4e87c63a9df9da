import pytest

from affectreason.errors import InputError
from affectreason.published import scripts


@pytest.fixture
def root(tmp_path):
    def write(protocol, text):
        path = tmp_path / protocol / "EmoLabel/list_patition_label.txt"
        path.parent.mkdir(parents=True)
        path.write_text(text)

    write("basic", "train_00001.jpg 5\ntrain_00002.jpg 1\ntest_0001.jpg 7\n\n")
    write("compound", "train_0001.jpg 11\ntest_0001.jpg 1\n")
    return tmp_path


def test_numbers_begin_with_one_and_the_aligned_pictures_are_used(given, root):
    samples = given("raf_db", root=root)
    assert [(one.id, one.gold.emotion) for one in samples] == [
        ("raf_db_basic_train_00001", "sadness"),
        ("raf_db_basic_train_00002", "surprise"),
        ("raf_db_basic_test_0001", "neutral"),
    ]
    assert samples[0].media[0].path == str(root / "basic/Image/aligned/train_00001_aligned.jpg")
    assert samples[0].media[0].role == "face"
    assert (samples[0].labels, samples[0].provenance.origin) == ("raf_db7", "human")


def test_compounds_and_a_split_and_the_inner_folder_as_root(given, root):
    assert [one.gold.emotion for one in given("raf_db", root=root, protocol="compound")] == [
        "disgustedly surprised",
        "happily surprised",
    ]
    (test,) = given("raf_db", root=root / "basic", split="test")
    assert (test.id, test.provenance.split) == ("raf_db_basic_test_0001", "test")
    assert test.media[0].path == str(root / "basic/Image/aligned/test_0001_aligned.jpg")


def test_the_basic_list_is_not_read_as_compounds(given, root):
    with pytest.raises(InputError, match="has none of compound/EmoLabel/list_patition_label"):
        given("raf_db", root=root / "basic", protocol="compound")


def test_splits_share_neither_ids_nor_pictures(given, root):
    samples = given("raf_db", root=root)
    for key in (lambda one: one.id, lambda one: one.media[0].path):
        train, test = ({key(one) for one in samples if one.provenance.split == split} for split in ("train", "test"))
        assert not train & test


def test_published_numbers():
    about = scripts.load("raf_db").ABOUT
    assert [about.published(split, "basic") for split in ("train", "test")] == [12271, 3068]
    for split in ("train", "test"):
        assert sum(about.published_labels(split, "basic").values()) == about.published(split, "basic")
    assert about.published("train", "compound") is None
    assert about.published_labels("test", "basic")["fear"] == 74


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("train_1.jpg 0", "'0' is not a label from 1 (surprise) to 7"),
        ("train_1.jpg 8", "'8' is not a label from 1 (surprise) to 7"),
        ("train_1.jpg", "'train_1.jpg' has 1 of 2 columns"),
        ("val_1.jpg 2", "'val_1.jpg' does not begin with train_ or test_"),
    ],
)
def test_wrong_lines_are_told(given, root, line, message):
    path = root / "basic/EmoLabel/list_patition_label.txt"
    path.write_text(f"test_1.jpg 1\n{line}\n")
    with pytest.raises(InputError) as error:
        given("raf_db", root=root)
    assert str(error.value).startswith(f"{path}:2: ")
    assert message in str(error.value)


def test_wrong_options_are_told(given, root):
    with pytest.raises(InputError, match="split=val: known: test, train"):
        given("raf_db", root=root, split="val")
    with pytest.raises(InputError, match="protocol=basics: did you mean 'basic'\\? known: basic, compound"):
        given("raf_db", root=root, protocol="basics")
