import shutil

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.corpus.check_leaks import overlapping


def shown(name, path, split, start=None, end=None, **more):
    media = (Media(kind="image" if str(path).endswith("png") else "video", path=str(path), start=start, end=end),)
    return Sample(id=name, media=media, question=name, gold=Affect(emotion="joy"), provenance={"split": split, **more})


def test_a_renamed_copy_in_another_split_is_a_leak(look, photo, tmp_path):
    shutil.copy(photo("a.png"), tmp_path / "renamed.png")
    rows = [shown("a", "a.png", "train"), shown("q", "a.png", "train"), shown("b", "renamed.png", "test")]
    found = look([*rows, shown("c", photo("c.png", 1), "test")], media=True)
    leak, data = found["duplicate_across_splits"], tmp_path / "data.jsonl"
    assert (leak.level, leak.count) == ("error", 1)
    assert leak.text == "1 file is on more than one side: test and train 1"
    assert leak.examples == (f"a ({data}:1) in train, b ({data}:3) in test",)
    assert "duplicate_media" not in found


def test_questions_to_one_file_are_no_duplicates_and_copies_in_a_split_are_a_note(look, photo, tmp_path):
    shutil.copy(photo("a.png"), tmp_path / "b.png")
    found = look([shown("a", "a.png", "train"), shown("q", "a.png", "train")], media=True)
    assert not {"duplicate_media", "duplicate_across_splits", "near_duplicate"} & set(found)
    found = look([shown("a", "a.png", "train"), shown("b", "b.png", "train")], media=True)["duplicate_media"]
    assert (found.level, found.count) == ("note", 1)
    assert found.examples[0].endswith(f": {tmp_path / 'a.png'} = {tmp_path / 'b.png'}")


def test_one_path_in_two_splits_is_a_leak_without_opening_it(look, photo):
    found = look([shown("a", photo("a.png"), "train"), shown("b", "a.png", "val")])
    assert found["duplicate_across_splits"].level == "error"


def test_files_without_splits_are_sides(look, photo):
    photo("a.png")
    found = look([shown("a", "a.png", None)], [shown("b", "a.png", None)])["duplicate_across_splits"]
    assert found.text == "1 file is on more than one side: (data, no split) and against 1"
    assert "duplicate_across_splits" not in look([shown("a", "a.png", "train")], [shown("b", "b.png", "test")])


def test_all_that_is_shared_with_against_is_told_whatever_the_splits_are_called(look, photo, tmp_path):
    shutil.copy(photo("a.png"), tmp_path / "renamed.png")
    photo("near.png", more=9)
    text = "The brows are lowered and the lips are pressed together, so it is anger."
    data = tmp_path / "data.jsonl"
    for ours, theirs in (("train", "train"), ("test", "test"), ("against", "x")):
        one, other = shown("z", "a.png", ours, subject="S1"), shown("b", "renamed.png", theirs, subject="S1")
        one, other = (row.model_copy(update={"question": "?", "response": text}) for row in (one, other))
        found = look([one], [other, shown("c", "near.png", theirs)], media=True)
        side = "data:against" if ours == "against" else ours
        assert found["duplicate_across_splits"].level == "error"
        assert {side, f"against:{theirs}"} <= set(found["duplicate_across_splits"].text.split())
        assert found["near_duplicate_across_splits"].count == 1
        people = found["subject_in_two_splits"]
        assert (people.level, people.count) == ("error", 1)
        assert people.text == "1 subject is in training and test or validation, or in data and against"
        assert people.examples == (f"z ({data}:1): S1 in {side},against:{theirs}",)
        assert not {"val_is_test", "same_text", "same_text_across_splits"} & set(found)


def test_what_the_other_file_shares_with_itself_is_no_finding(look, photo):
    photo("a.png")
    rows = [shown(split, "a.png", split, subject="S1") for split in ("train", "test")]
    found = look([shown("c", photo("c.png", 1), "train", subject="S2")], rows, media=True)
    assert {one.level for one in found.values()} == {"note"}


def test_two_training_splits_share_files_with_a_warning(look, photo):
    photo("a.png")
    found = look([shown("a", "a.png", "sft"), shown("b", "a.png", "rl")])
    assert (found["duplicate_in_training"].level, found["duplicate_in_training"].count) == ("warning", 1)
    assert "duplicate_across_splits" not in found


def test_validation_that_is_the_test_set(look, photo):
    names = [photo(f"{n}.png", n).name for n in range(3)]
    rows = [shown(f"{split}{name}", name, split) for split in ("val", "test") for name in names]
    found = look(rows)
    assert found["val_is_test"].text == "test and val are the same 3 files"
    assert found["val_is_test"].level == "warning"
    assert "duplicate_across_splits" not in found
    found = look(rows[:-1])
    assert (found["duplicate_across_splits"].level, found["duplicate_across_splits"].count) == ("error", 2)


def test_other_parts_of_a_file_are_told_apart_from_the_same_seconds(look, tmp_path):
    (tmp_path / "f.mp4").touch()
    rows = [shown("a", "f.mp4", "train", 0, 5), shown("b", "f.mp4", "test", 5, 9)]
    found = look(rows)
    assert (found["cut_from_one_file"].level, found["cut_from_one_file"].count) == ("warning", 1)
    assert "duplicate_across_splits" not in found
    found = look([*rows, shown("c", "f.mp4", "test", 4, 6)])
    assert found["duplicate_across_splits"].examples[0].startswith("a (")
    assert "cut_from_one_file" not in found


def part(side, start, end, name="x"):
    return ("c", side, side == "test", start, end, name, "f", 1)


def test_overlap_of_parts():
    a, b, c = part("train", 0, 9), part("train", 1, 2), part("test", 3, 4)
    assert overlapping([c, b, a]) == (a, c)
    assert overlapping([b, c]) is None
    assert overlapping([part("train", 0, 5), part("test", 5, 9)]) is None
    assert overlapping([part("test", 0, 9e9), part("train", 100, 101)]) is not None


def test_equal_long_answers_to_different_media(look, photo):
    text = "The brows are lowered and the lips are pressed together, so it is anger."
    rows = [
        shown(name, photo(f"{name}.png", n), split).model_copy(update={"question": "Why?", "response": said})
        for n, (name, split, said) in enumerate(
            [("a", "train", text), ("b", "train", text), ("c", "train", "anger"), ("d", "test", "anger")]
        )
    ]
    found = look(rows)
    assert (found["same_text"].level, found["same_text"].count) == ("note", 1)
    assert found["same_text"].examples[0].endswith("data.jsonl:1): 2 media")
    rows[3] = rows[3].model_copy(update={"response": text})
    found = look(rows)
    assert (found["same_text_across_splits"].level, found["same_text_across_splits"].count) == ("warning", 1)
    assert "same_text" not in found


def test_people_dialogues_and_films_that_straddle_splits(look):
    def row(name, split, dataset="X", **more):
        return Sample(id=name, question=name, provenance=Provenance(split=split, dataset=dataset, **more))

    rows = [
        row("a", "train", subject="S1", dialogue="d1"), row("b", "test", subject="S1", film="f"),
        row("c", "test", subject="S2", dialogue="d1"), row("d", "train", subject="S2", dataset="Y", film="f"),
        row("e", "val", film="f2"), row("f", "test", film="f2"),
    ]  # fmt: skip
    found = look(rows)
    assert (found["subject_in_two_splits"].level, found["subject_in_two_splits"].count) == ("error", 1)
    assert found["subject_in_two_splits"].text == "1 subject is in training and test or validation"
    assert found["subject_in_two_splits"].examples[0].endswith("data.jsonl:1): S1 in train,test")
    assert (found["dialogue_in_two_splits"].level, found["dialogue_in_two_splits"].count) == ("warning", 1)
    assert "film_in_two_splits" not in found
    assert found["film_in_splits_of_one_use"].examples[0].endswith("data.jsonl:5): f2 in val,test")


def test_a_subject_in_two_folds(look):
    rows = [Sample(id=fold, question=fold, provenance=Provenance(subject="S1", fold=fold)) for fold in "12"]
    found = look(rows)["subject_in_two_folds"]
    assert (found.level, found.examples[0][-30:]) == ("warning", "data.jsonl:1): S1 in folds 1,2")
