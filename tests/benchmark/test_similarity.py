"""BERTScore's and the sentence vectors' arithmetic by hand, floors, and plug-ins that do not keep to the contract."""

import numpy as np
import pytest

from affectreason.affect.sample import Sample
from affectreason.benchmark import similarity
from affectreason.errors import InputError

VECTORS = {"a": [1.0, 0.0], "b": [0.0, 2.0], "c": [3.0, 4.0], "": []}


def tokens(texts):
    return [np.array([VECTORS[word] for word in text.split()]).reshape(-1, 2) for text in texts]


def sums(texts):
    return [array.sum(0) for array in tokens(texts)]


def test_cosine_by_hand():
    pairs = [("a", "c"), ("c", "c"), ("a", "b"), ("", "a")]
    assert similarity.cosine(pairs, sums) == pytest.approx([0.6, 1.0, 0.0, 0.0])


def test_bert_score_by_hand():
    precision, recall = (1 + 0.8) / 2, (1 + 0.8) / 2  # a->a 1, b->c .8; a->a 1, c->b .8
    expected = 2 * precision * recall / (precision + recall)
    pairs = [("a b", "a c"), ("a", "a b"), ("", "a"), ("a", "b")]
    assert similarity.bert_score(pairs, tokens) == pytest.approx([expected, 2 * 1 * 0.5 / 1.5, 0.0, 0.0])


def test_every_text_is_encoded_once():
    seen = []
    similarity.cosine([("a", "b"), ("b", "a")], lambda texts: seen.append(list(texts)) or sums(texts))
    assert seen == [["a", "b"]]


def test_a_measure_with_its_floors():
    gold = ["a", "a", "a", "b"]
    samples = [Sample(id=str(i)) for i in range(4)]
    m = similarity.measure(lambda pairs: similarity.cosine(pairs, sums), ["a", "c", " ", "b"], gold, samples)
    assert float(m.statistic(m.rows.sum(0))) == pytest.approx((1 + 0.6 + 0 + 1) / 4)
    assert m.trivial.best_constant == pytest.approx(0.75)
    assert m.trivial.answer == "a"
    assert m.trivial.chance == pytest.approx(0.5)  # of a circle of a a a b, two steps are a to a
    assert m.samples == tuple(samples)


def test_encoders_and_plug_ins_that_break_the_contract():
    with pytest.raises(InputError, match=r"1 arrays for 2 texts; it must give one of shape \(dimensions,\)"):
        similarity.cosine([("a", "b")], lambda texts: sums(texts)[:1])
    with pytest.raises(InputError, match=r"one of shape \(2,\); it must give one of shape \(tokens, dimensions\)"):
        similarity.bert_score([("a", "b")], sums)
    samples = [Sample(id="1"), Sample(id="2")]
    for scores in ([1.0], [float("nan")] * 2):
        with pytest.raises(InputError, match="it must give one number for each pair"):
            similarity.measure(lambda pairs, s=scores: s, ["a", "b"], ["a", "b"], samples)


def test_both_measures_and_what_is_told_of_the_encoder():
    gold, samples = ["a b", "c"], [Sample(id="1"), Sample(id="2")]
    one = similarity.Encoder("small", "v1", sums, tokens, {"semantic": "sums"}, {"a long text"})
    found = similarity.measures(one, ["a b", "a"], gold, samples)
    values = {name: float(m.statistic(m.rows.sum(0))) for name, m in found.items()}
    assert values == pytest.approx({"bertscore_f1": (1 + 0.6) / 2, "semantic": (1 + 0.6) / 2})
    assert similarity.described(one) == {"name": "small", "version": "v1", "variants": {"semantic": "sums"}, "cut": 1}
    assert similarity.measures(one, [], [], []) == {}


def test_parts_change_nothing(monkeypatch):
    pairs = [("a b", "a c"), ("a", "a b"), ("", "a"), ("a", "b")]
    whole = similarity.bert_score(pairs, tokens), similarity.cosine(pairs, sums)
    monkeypatch.setattr(similarity, "_AT_ONCE", 3)
    assert (similarity.bert_score(pairs, tokens), similarity.cosine(pairs, sums)) == whole
