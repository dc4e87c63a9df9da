from affectreason.affect.sample import Affect, Provenance, Sample
from affectreason.corpus.finding import Finding


def row(name, split="train", origin=None):
    gold = Affect(emotion="joy")
    return Sample(id=name, question=name, gold=gold, provenance=Provenance(split=split, origin=origin))


def test_rows_that_cannot_be_read_are_all_told(look, tmp_path):
    found = look(['{"id": "a"}', "{", '{"id": "b", "gold": {"valence": 3}}'])
    where = tmp_path / "data.jsonl"
    assert found["unreadable_row"].level == "error"
    assert found["unreadable_row"].text == "2 rows cannot be read"
    assert found["unreadable_row"].examples[1] == (
        f"{where}:3: sample 'b': gold.valence: Input should be less than or equal to 1, not 3"
    )
    assert found["samples"] == Finding("note", "samples", 1, "1 sample: 1 (data, no split)")


def test_a_file_without_samples_is_an_error(look):
    found = look(['{"image": "x", "question": "?", "AUs": [], "labels": "", "description": "", "is_valid": false}'])
    assert (found["no_samples"].level, found["no_samples"].count) == ("error", 1)
    assert found["marked_invalid"].text == "1 row is marked as not valid by the data set itself, and left out"


def test_ids_are_unique_within_and_across_files(look, tmp_path):
    found = look(['{"id": "a"}', '{"id": "b"}', '{"id": "a"}'], ['{"id": "b"}'])["duplicate_id"]
    assert (found.level, found.count) == ("error", 2)
    data, other = tmp_path / "data.jsonl", tmp_path / "other.jsonl"
    assert found.examples == (f"a ({data}:3): also {data}:1", f"b ({other}:1): also {data}:2")


def test_rows_without_a_split_beside_others(look):
    found = look([row("a"), row("b", None), row("c", "test")])
    assert found["no_split"].text == "1 sample names no split, 2 others do"
    assert look([row("a"), row("b", None)])["no_split"].text == "1 sample names no split, 1 other does"
    assert found["samples"].text == "3 samples: 1 train, 1 (data, no split), 1 test"
    assert "no_split" not in look([row("a", None), row("b", None)])


def test_splits_whose_names_say_nothing_are_listed(look):
    found = look([row("a", "private"), row("b", "private"), row("c", "sft"), row("d", "held_out"), row("e", "train")])
    assert (found["unknown_split"].level, found["unknown_split"].count) == ("note", 3)
    assert found["unknown_split"].text == (
        "splits whose names say neither training nor test are taken as training: private 2, sft 1"
    )
    assert "unknown_split" not in look([row("a", "train_2"), row("b", "dev-clean")])


def test_silver_labels_are_no_test_set(look):
    rows = [
        row("a", "train", "model"),
        row("b", "test", "lexicon"),
        row("c", "val", "model"),
        row("d", "test", "human"),
    ]
    found = look([*rows, row("e", "test", "human+model")])
    silver = found["silver_test"]
    assert (silver.level, silver.count) == ("error", 2)
    assert silver.text == "2 samples to test on have labels that no person made"
    assert look([row("a", "test", "model")])["silver_test"].text == "1 sample to test on has labels that no person made"
    assert silver.examples[0].endswith("data.jsonl:2): labelled by lexicon")
    assert (found["checked_silver_test"].level, found["checked_silver_test"].count) == ("warning", 1)
