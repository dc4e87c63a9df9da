"""The samples of a benchmark: counted, of one label set, of every fold."""

from dataclasses import replace

import pytest

from affectreason.affect import wheel
from affectreason.affect.sample import Affect, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.benchmark import gold
from affectreason.benchmark.captions import CAPTION
from affectreason.benchmark.expression import EXPRESSION
from affectreason.benchmark.protocol import Benchmark
from affectreason.benchmark.sentiment import SENTIMENT
from affectreason.benchmark.statements import STATEMENTS
from affectreason.benchmark.units import UNITS
from affectreason.benchmark.words import WORDS
from affectreason.errors import InputError

FOUR = Benchmark(
    name="four",
    title="x",
    task=EXPRESSION,
    primary="war",
    metric="x",
    prep="table",
    options={"split": "test", "columns": "a b"},
    n=2,
    labels="iemocap4",
)
MADE_BY = "affectreason prep table root=FOLDER split=test .columns=a b. out=data/four.jsonl"


def sample(name, labels="iemocap4", aus=None, **where):
    return Sample(id=name, gold=Affect(emotion="happy", aus=aus), labels=labels, provenance=Provenance(**where))


@pytest.fixture
def path(tmp_path):
    """Three samples, two of the test part."""
    made = [sample("a", split="test"), sample("b", split="test", origin="model"), sample("c", split="train")]
    write(tmp_path / "s.jsonl", made)
    return tmp_path / "s.jsonl"


def test_the_published_number_is_met(path):
    found = gold.load(FOUR, f"{path}:test")
    assert [one.id for one in found.samples] == ["a", "b"]
    assert found.warnings == ("1 of 2 labels were made by a model, not by people",)
    by_itself = gold.load(replace(FOUR, split="test"), str(path))
    assert by_itself == replace(found, benchmark=by_itself.benchmark)


def test_the_usual_place(path, monkeypatch):
    folder = path.parent / "data"
    folder.mkdir()
    path.rename(folder / "four.jsonl")
    monkeypatch.chdir(path.parent)
    assert gold.load(replace(FOUR, n=None)).path == "data/four.jsonl"


def test_another_number_is_told(path):
    found = gold.load(FOUR, str(path), n=3)
    assert found.warnings[0] == "3 samples, not the 2 published: not comparable with published numbers"
    with pytest.raises(
        InputError,
        match=rf"s.jsonl has 3 samples, benchmark four has 2; prepare it again: {MADE_BY}; to "
        r"score what is there, and say so in the report: n=3",
    ):
        gold.load(FOUR, str(path))


def test_the_first_few_are_no_benchmark(path):
    whole = gold.load(replace(FOUR, n=3, folds=("1", "2")), str(path))
    part = gold.first(whole, 2)
    assert [one.id for one in part.samples] == ["a", "b"]
    assert part.warnings[0] == "only the first 2 of 3 samples (limit=): no number of this benchmark"
    assert part.benchmark.folds == ()
    assert gold.first(whole, 3) is whole


def test_a_missing_file(tmp_path):
    with pytest.raises(
        InputError, match=r"s.jsonl is not there; make it: affectreason prep table .*; or name another file: samples=F"
    ):
        gold.load(FOUR, str(tmp_path / "s.jsonl"))
    with pytest.raises(InputError, match=r"data/four.jsonl is not there; make it: affectreason prep table "):
        gold.load(FOUR)


def held(benchmark, *samples):
    return gold.Gold(benchmark, samples, "s.jsonl", "", ())


def test_mixed_label_sets():
    mixed = held(replace(FOUR, labels=None), sample("a"), sample("b"), sample("c", "mer6"))
    with pytest.raises(
        InputError,
        match=r"s.jsonl: its samples are of 2 label sets: iemocap4 \(2\), mer6 \(1\); score each in a file of its own, "
        r"or of its own split: samples=FILE:SPLIT",
    ):
        gold.setting(mixed)
    assert gold.setting(held(replace(FOUR, labels=None), sample("a", "mer6"))).labels.name == "mer6"


def test_the_units_are_those_annotated_where_no_set_is_named():
    one = replace(FOUR, task=UNITS, labels=None)
    found = gold.setting(held(one, sample("a", aus=[12, 4]), sample("b"), sample("c", aus=[1])))
    assert found.units == (1, 4, 12)


def test_a_lexicon_or_scorer_that_is_not_used():
    with pytest.raises(InputError, match=r"lexicon=there: nothing asked for \(four: expression\) uses lexicon=; remov"):
        gold.must_be_used([held(FOUR)], lexicon="there")
    with pytest.raises(InputError, match=r"compat=x: benchmark four \(expression\) has no such; known: r1_omni, "):
        gold.setting(held(FOUR), compat="x")


def test_every_fold_has_samples():
    folds = replace(FOUR, folds=("1", "2"))
    gold.require_folds(held(folds, sample("a", fold="1"), sample("b", fold="2")))
    gold.require_folds(held(FOUR, sample("a")))
    with pytest.raises(
        InputError, match=r"s.jsonl has no sample of fold 2; benchmark four pools folds 1, 2; known: 1; prepare it agai"
    ):
        gold.require_folds(held(folds, sample("a", fold="1")))
    with pytest.raises(
        InputError, match=r"s.jsonl has 1 samples that name no fold; benchmark four pools folds 1, 2; prepare it again"
    ):
        gold.require_folds(held(folds, sample("a", fold="1"), sample("b", fold="2"), sample("c")))


def test_our_own_lexicon_has_no_neutral_under_a_compat():
    one = held(replace(FOUR, task=WORDS, labels=None), sample("a"))
    assert gold.setting(one).lexicon is wheel.default()
    assert gold.setting(one, compat="affectgpt").lexicon is wheel.without_neutral()


def test_what_cannot_be_scored_is_told_before_anything_is_asked():
    gold.rehearse(held(FOUR, sample("a")), gold.setting(held(FOUR, sample("a"))))
    other = held(replace(FOUR, labels="mer6"), sample("a", aus=[1]), Sample(id="b", gold=Affect(emotion="contempt")))
    with pytest.raises(InputError, match=r"sample 'b' is annotated 'contempt', which is not in 'mer6', the label set"):
        gold.rehearse(other, gold.setting(other))
    folds = held(replace(FOUR, folds=("1", "2")), sample("a", fold="1"))
    with pytest.raises(InputError, match=r"s.jsonl has no sample of fold 2"):
        gold.rehearse(folds, gold.setting(folds))
    for task, primary in ((SENTIMENT, "waf"), (CAPTION, "caption_mean"), (STATEMENTS, "accuracy")):
        none = held(replace(FOUR, task=task, primary=primary), sample("a"), sample("b"))
        with pytest.raises(
            InputError,
            match=rf"s.jsonl: none of its 2 samples is annotated with what benchmark four \({task.name}\) scores; is "
            rf"it of another benchmark\? its own: {MADE_BY}",
        ):
            gold.rehearse(none, gold.setting(none))


def test_no_plug_in_is_asked_in_a_rehearsal():
    def ask(*_, **__):
        raise AssertionError

    one = held(replace(FOUR, task=WORDS, primary="level1_f"), sample("a"))
    gold.rehearse(one, replace(gold.setting(one), extractor=ask, judge=ask, encoder=ask))
