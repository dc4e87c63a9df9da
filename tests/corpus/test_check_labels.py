import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample


def rows(*golds, **more):
    return [Sample(id=str(n), question=str(n), gold=gold, **more) for n, gold in enumerate(golds)]


def of(dataset, split=None):
    return Provenance(dataset=dataset, split=split)


def test_valence_that_never_leaves_zero_to_one(look):
    golds = [Affect(valence=n / 19, arousal=n / 10 - 1) for n in range(20)]
    found = look(rows(*golds, provenance=of("X")))["one_sided_range"]
    assert (found.level, found.count, found.mend) == ("warning", 20, "if it was in [0, 1], store 2 x - 1")
    assert found.text == "valence of X stays in [0, 1] over 20 samples; it is stored in [-1, 1], 0 neutral"
    assert "one_sided_range" not in look(rows(*golds[:19]))


def test_intensities_that_are_only_zero_and_one(look):
    golds = [Affect(aus=(ActionUnit(number=1, intensity=n % 2), ActionUnit(number=2))) for n in range(20)]
    found = look(rows(*golds))["binary_intensity"]
    assert found.text == "the 20 intensities of action units are only 0 and 1, which reads as absent and trace (A)"
    assert found.mend == 'if 1 means present, leave intensity out: {"number": 12}'
    graded = [Affect(aus=(ActionUnit(number=1, intensity=n % 3),)) for n in range(20)]
    assert "binary_intensity" not in look(rows(*graded))


def test_constant_columns(look):
    found = look(rows(*[Affect(emotion="joy")] * 20))["constant_column"]
    assert (found.level, found.text) == ("warning", "all 20 values of emotion are joy")
    found = look(rows(*[Affect(valence=n / 10 - 1) for n in range(20)], attributes={"scene": "indoors"}))
    assert (found["constant_column"].level, found["constant_column"].text) == (
        "note", "all 20 values of scene are indoors",
    )  # fmt: skip


@pytest.mark.parametrize(("dataset", "most", "bad"), [("CMU-MOSI", 3, 3.2), ("CH-SIMS v2.0", 1, -1.4)])
def test_scores_outside_the_range_the_set_states(look, dataset, most, bad):
    found = look(rows(Affect(score=most), Affect(score=bad), provenance=of(dataset)))["score_out_of_range"]
    assert (found.level, found.count) == ("error", 1)
    assert f"1 score of {dataset.split()[0].lower()} lies outside [-{most}, {most}]" == found.text
    assert found.examples[0].endswith(f"data.jsonl:2): {bad}")
    assert "score_out_of_range" not in look(rows(Affect(score=9), provenance=of("CMU-MOSIX")))


def test_scores_against_their_sentiment(look):
    golds = [
        Affect(sentiment="negative", score=0.4),
        Affect(sentiment="neutral", score=1),
        Affect(sentiment="positive"),
    ]
    found = look(rows(*golds))["score_against_sentiment"]
    assert (found.count, found.examples[0][-38:]) == (1, "data.jsonl:1): negative with score 0.4")


def test_unlabelled_rows_vocabularies_and_weights(look):
    golds = [
        Affect(), Affect(emotion="joy"), Affect(emotions={"joy": 1, "fear": 1}),
        Affect(emotions={"joy": 0.7, "fear": 0.3}), Affect(emotions={"joy": 3, "fear": 1}),
        Affect(emotions={"joy": 0.7, "fear": 0.7}),
    ]  # fmt: skip
    found = look(rows(*golds))
    assert (found["unlabelled"].level, found["unlabelled"].text) == ("note", "1 sample carries no annotation")
    assert found["no_vocabulary"].count == 1
    assert (found["odd_weights"].level, found["odd_weights"].count) == ("warning", 2)


def test_imbalance_and_classes_that_are_tested_but_never_trained(look):
    train = rows(*[Affect(emotion="anger")] * 20, *[Affect(emotion="fear")] * 2, provenance=of("X", "train"))
    test = [Sample(id="t", gold=Affect(emotion="sadness"), provenance=of("X", "test"))]
    found = look([*train, *test])
    assert found["class_imbalance"].text == "train: 20 anger to 2 fear; always saying anger is right in 90.9%"
    assert (found["untrained_class"].count, found["untrained_class"].text) == (
        1, "tested but never trained: sadness (1) of X",
    )  # fmt: skip
    assert "untrained_class" not in look(test)


def test_names_of_other_data_sets_and_label_sets_are_not_held_against_each_other(look):
    def row(name, split, emotion, dataset, labels):
        gold = Affect(emotion=emotion)
        return Sample(id=name, question=name, gold=gold, labels=labels, provenance=of(dataset, split))

    rows = [
        row("a", "train", "joy", "X", None), row("b", "test", "joy", "X", None),
        row("c", "test", "happiness", "Y", "ekman7"), row("d", "train", "anger", "X", "ekman7"),
    ]  # fmt: skip
    assert "untrained_class" not in look(rows)
    found = look([*rows, row("e", "test", "fear", "X", "ekman7"), row("f", "train", "anger", "Y", "ekman7")])
    assert found["untrained_class"].text == "tested but never trained: fear (1) of X; happiness (1) of Y"
    many = [row(f"m{n}", "train", "joy", "X", None) for n in range(20)]
    assert "class_imbalance" not in look([*many, rows[3]])


def test_one_file_with_two_emotions_and_repeated_samples(look, photo):
    media = (Media(kind="image", path=str(photo("a.png"))),)
    joy, fear = Affect(emotion="joy"), Affect(emotion="fear")
    both = [Sample(id=name, media=media, gold=gold) for name, gold in (("a", joy), ("b", fear), ("c", joy))]
    found = look(both)
    assert found["contradicting_labels"].text == "1 file has different emotions in different samples of one data set"
    assert found["contradicting_labels"].examples[0].endswith("data.jsonl:1): joy,fear")
    assert (found["repeated_sample"].level, found["repeated_sample"].count) == ("warning", 1)
    asked = [one.model_copy(update={"question": one.id}) for one in both[::2]]
    assert not {"contradicting_labels", "repeated_sample"} & set(look(asked))


def test_samples_that_mix_drew_again_repeat_nothing(look):
    found = look([Sample(id=name, question="?") for name in ("a", "a+again_2", "a+again_3", "b", "c+again_x")])
    assert (found["repeated_sample"].count, found["repeated_sample"].examples[0][-8:]) == (2, " 3 times")


def test_a_value_is_shown_escaped_and_cut(look):
    scene = "\x1b[31m" + "x" * 200
    text = look(rows(*[Affect()] * 20, attributes={"scene": scene}))["constant_column"].text
    assert text == f"all 20 values of scene are \\x1b[31m{'x' * 69}..."
