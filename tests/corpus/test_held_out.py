"""What is held out is found by id, by path and by content, and nothing else is."""

import pytest

from affectreason.affect.sample import Media, Provenance, Sample
from affectreason.corpus.held_out import finder, is_question, origin
from affectreason.corpus.questions import KINDS, Asking, questions


def of(name, path=None, kind="video", **fields):
    return Sample(id=name, media=() if path is None else (Media(kind=kind, path=str(path), **fields),))


@pytest.mark.parametrize(
    "name", ["a+label", "a+unit_12", "a+statement_4", "a+attribute_scene", "a+grown", "a+label+again_3"]
)
def test_a_question_is_of_the_sample_it_was_made_of(name):
    assert origin(name) == "a"
    assert finder([of("a")])(of(name))
    assert finder([of(name)])(of("a+description"))
    assert not finder([of("b")])(of(name))


def test_every_question_leads_back():
    one = Sample(
        id="x", gold={"emotion": "sad", "aus": [{"number": 1}, {"number": 4, "intensity": 0}]}, labels="mer6",
        attributes={"the scene": "a"}, reasoning="r",
    )  # fmt: skip
    made = [q.id for sets in questions(one, list(KINDS), Asking()).values() for pair in sets for q in pair]
    assert len(made) == 10
    assert {origin(name) for name in made} == {"x"}
    (opened,) = questions(Sample(id="x", gold={"emotions": {"a": 1}}), ["open_set"], Asking())["open_set"]
    assert origin(opened[0].id) == "x"


@pytest.mark.parametrize("name", ["s+1", "a+b", "+label", "a+labels"])
def test_a_plus_of_its_own_stays(name):
    assert origin(name) == name.removesuffix("+label")
    assert not finder([of("s+2"), of("a")])(of(name))


def test_files_by_path_and_by_content(tmp_path):
    for name, content in (("a", b"one"), ("b", b"one"), ("c", b"two"), ("d", b"three")):
        (tmp_path / name).write_bytes(content)
    is_held = finder([of("h", tmp_path / "a")])
    assert is_held(of("1", tmp_path / "a"))
    assert is_held(of("2", tmp_path / "b"))  # another name, the same bytes
    assert not is_held(of("3", tmp_path / "c"))  # as long, but other bytes
    assert not is_held(of("4", tmp_path / "d"))
    assert not is_held(of("5", tmp_path / "missing"))
    assert not is_held(of("6"))


def test_parts_of_one_file_meet_where_they_overlap(tmp_path):
    (tmp_path / "film").write_bytes(b"film")
    (tmp_path / "copy").write_bytes(b"film")
    is_held = finder([of("h", tmp_path / "film", start=10, end=20)])
    for path in (tmp_path / "film", tmp_path / "copy"):
        assert is_held(of("1", path))
        assert is_held(of("2", path, start=19, end=30))
        assert not is_held(of("3", path, start=20, end=30))
        assert not is_held(of("4", path, end=10))


def test_folders_and_addresses_by_name(tmp_path):
    (tmp_path / "frames").mkdir()
    is_held = finder([of("h", tmp_path / "frames", "frames"), of("u", "http://x/y.png", "url")])
    assert is_held(of("1", tmp_path / "frames", "frames"))
    assert is_held(of("2", "http://x/y.png", "url"))
    assert not is_held(of("3", tmp_path, "frames"))


def within(name, dataset):
    return Sample(id=name, provenance=Provenance(dataset=dataset))


def test_an_id_holds_out_within_its_data_set():
    held_by = finder([within("labels_1", "A"), within("labels_2", None)])
    assert held_by(within("labels_1", "A")) == "id"
    assert held_by(within("labels_1+label", "a")) == "id"  # of a name in other letters
    assert held_by(within("labels_1", "B")) is None
    assert held_by(within("labels_1", None)) == "id alone"
    assert held_by(within("labels_2", "B")) == "id alone"
    assert held_by(within("labels_2", None)) == "id alone"
    assert held_by(within("labels_3", "A")) is None


def test_media_hold_out_across_data_sets(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    held_by = finder([of("x", tmp_path / "a").model_copy(update={"provenance": Provenance(dataset="A")})])
    assert held_by(of("y", tmp_path / "a").model_copy(update={"provenance": Provenance(dataset="B")})) == "media"


@pytest.mark.parametrize("name", ["a+label", "a+unit_12", "a+attribute_x", "a+label+again_2", "a+statement_1+grown"])
def test_a_question_is_known(name):
    assert is_question(Sample(id=name, question="q"))
    assert not is_question(Sample(id=name))  # a row named so by somebody, who asks nothing


@pytest.mark.parametrize("name", ["a", "a+grown", "a+again_2", "a+labels", "+x"])
def test_what_is_no_question(name):
    assert not is_question(Sample(id=name, question="q"))
