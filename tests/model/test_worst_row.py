import pytest

from affectreason.affect.samples import write
from affectreason.model import fitting, worst_row


@pytest.fixture
def row(recipe, qwen, tmp_path):
    """The worst row of a stage of the micro recipe with changes, in a folder where nothing has run."""

    def find(name, **changes):
        found = recipe(model=qwen, **changes)
        processor, _ = fitting.processor_of(qwen, found)
        with worst_row.worst(found, found.stage(name), tmp_path / "run", processor) as one:
            return one

    return find


def test_drawn_faces_that_are_not_drawn_yet(row):
    found = row("sft")
    assert found.known == "a picture of 96 x 96, as faces draws"
    assert (found.rows, found.length.vision, found.pixels) == (14, 9, 96 * 96)
    assert found.tokens == found.length.prompt + found.length.answer
    assert row("grpo").length.answer is None


def test_a_split_of_pictures_and_clips_has_both(recipe):
    drawn = recipe().stage("faces").model_copy(update={"voices": {"test": 3}})
    assert worst_row._drawn(drawn, {"test"}) == 7 + 1 + 3
    assert worst_row._drawn(drawn, {None}) == 14 + 7 + 1 + 3
    assert worst_row._drawn(drawn, {"other"}) is None
    assert worst_row._drawn(drawn.model_copy(update={"scenes": {"test": 2}}), {"test"}) is None


def test_no_data_is_as_large_as_the_recipe_allows(row):
    found = row("sft", sft__data=["later.jsonl"], media__max_pixels=64 * 64)
    assert found.known == "no data is there yet; a picture of 64 x 64, by media.max_pixels"
    assert (found.rows, found.length.vision) == (None, 4)
    clip = row("sft", sft__data=["later.jsonl"], media={"max_frames": 6, "max_pixels": 64 * 64})
    assert clip.known == "no data is there yet; a clip of 6 frames of 64 x 64, by media.max_pixels"
    assert clip.length.vision > found.length.vision
    assert "the model's own bound, for media.max_pixels is not set" in row("sft", sft__data=["later.jsonl"]).known


def test_an_answer_is_as_long_as_max_length_allows(row):
    short = row("sft", sft__data=["later.jsonl"], sft__train={"max_length": 60})
    assert short.tokens <= 60
    assert short.tokens > row("grpo").tokens


def test_samples_that_are_there_are_measured(row, pictures, tmp_path):
    write(tmp_path / "data.jsonl", pictures)
    found = row("sft", sft__data=[str(tmp_path / "data.jsonl")])
    assert found.known == f"the longest of {len(pictures)} samples measured"
    assert found.rows == len(pictures)
    assert found.tokens >= found.middle.prompt + found.middle.answer
    longest = pictures[3].model_copy(update={"response": "a long answer " * 40})
    write(tmp_path / "long.jsonl", [*pictures[:3], longest])
    assert row("sft", sft__data=[str(tmp_path / "long.jsonl")]).sample.id == longest.id


def test_a_split_of_a_file_is_what_counts(row, pictures, tmp_path):
    write(tmp_path / "data.jsonl", pictures)
    split = pictures[0].provenance.split
    assert row("sft", sft__data=[f"{tmp_path / 'data.jsonl'}:{split}"]).rows == len(pictures)
