"""ROUGE, BLEU and METEOR against the field's libraries and by hand."""

import random
import time
from types import SimpleNamespace

import numpy as np
import pytest
from nltk.stem.porter import PorterStemmer
from nltk.translate import meteor_score
from rouge_score import rouge_scorer
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from affectreason.scoring import texts

NO_SYNONYMS = SimpleNamespace(synsets=lambda word: [])
SOME = (
    "the The brow brows lowered lowering AU4 (AU4). smile, smiling smiles happily happiness happy 3.5 1,000 5- don't "
    'eyes eye-lids lies dying news -- ... 2..5 &amp; "quoted" emotion emotions emotional; was as 眉 être a/b'
)
WORDS = SOME.split()


def sentences(n, seed, least=0):
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(least, 25))) for _ in range(n)]


def both(said, gold, stemmed=True):
    return texts.text(said, stemmed), texts.text(gold, stemmed)


@pytest.mark.parametrize("stemmed", [True, False])
def test_rouge_equals_rouge_score(stemmed):
    theirs = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=stemmed)
    for said, gold in zip(sentences(150, 0), sentences(150, 1), strict=True):
        scores = theirs.score(gold, said)
        one, other = both(said, gold, stemmed)
        for name, score in scores.items():
            assert texts.row(name, one, other) == [pytest.approx(score.fmeasure), 1.0], (name, said, gold)


def test_rouge_by_hand():
    said, gold = both("the lips smile widely now", "the smile shows the lips", stemmed=False)
    assert texts.rouge_n(said.rouge, gold.rouge, 1) == pytest.approx(2 * 3 / 10)
    assert texts.rouge_n(said.rouge, gold.rouge, 2) == pytest.approx(2 * 1 / 8)
    assert texts.rouge_l(said.rouge, gold.rouge) == pytest.approx(2 * 2 / 10)


def test_stems_count_as_equal_only_when_stemmed():
    assert texts.rouge_l(*(t.rouge for t in both("smiling faces", "smiles face"))) == 1.0
    assert texts.rouge_l(*(t.rouge for t in both("smiling faces", "smiles face", stemmed=False))) == 0.0
    assert texts.named(True)["rougeL"].endswith("Porter stems")
    assert texts.named(False)["rougeL"].endswith("no stemmer")


@pytest.mark.parametrize(
    ("one", "other", "longest"),
    [("", "", 0), ("a b c", "", 0), ("a b c d", "b d a c", 2), ("a a a", "a a", 2), ("x a b y", "a q b", 2)],
)
def test_common_subsequence(one, other, longest):
    assert texts.common_subsequence(one.split(), other.split()) == longest


def test_13a_tokens_equal_sacrebleu():
    theirs = Tokenizer13a()
    draw = random.Random(2)
    noise = ["".join(draw.choices("a5.,-' &\"/()\n;é$", k=draw.randint(0, 12))) for _ in range(3000)]
    for raw in noise + sentences(100, 3):
        assert texts.tokens_13a(raw) == theirs(raw).split(), raw


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize(("ours", "theirs"), [("exp", "exp"), ("none", "none")])
def test_bleu_of_a_set_equals_sacrebleu(order, ours, theirs):
    scorer = BLEU(lowercase=True, max_ngram_order=order, smooth_method=theirs)
    for n, seed in ((40, 4), (3, 5), (1, 6), (1, 7)):
        said, gold = sentences(n, seed, 4), sentences(n, seed + 100, 4)
        rows = np.array([texts.bleu_row(*both(a, b)) for a, b in zip(said, gold, strict=True)])
        assert texts.bleu(rows.sum(0), order, ours) * 100 == pytest.approx(scorer.corpus_score(said, [gold]).score)


def test_bleu_by_hand_and_over_draws():
    rows = np.array([texts.bleu_row(*both("a b c d e", "a b c d f g"))])
    expected = np.exp(1 - 6 / 5) * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    assert texts.bleu(rows.sum(0)) == pytest.approx(expected)
    smoothed = np.array(texts.bleu_row(*both("a b x c y d", "a b c d e f")))
    assert list(smoothed[:8]) == [4, 1, 0, 0, 6, 5, 4, 3]
    assert texts.bleu(smoothed) == pytest.approx((4 / 6 * 1 / 5 * 0.5 / 4 * 0.25 / 3) ** 0.25)
    assert texts.bleu(smoothed, smoothing="none") == 0
    draws = texts.bleu(np.stack([rows[0], smoothed, np.zeros(10)]))
    assert draws == pytest.approx([expected, float(texts.bleu(smoothed)), 0])


def test_meteor_equals_nltk_without_synonyms():
    stemmer = PorterStemmer()
    for said, gold in zip(sentences(300, 8), sentences(300, 9), strict=True):
        one, other = both(said, gold)
        theirs = meteor_score.single_meteor_score(other.plain, one.plain, stemmer=stemmer, wordnet=NO_SYNONYMS)
        assert texts.meteor(one, other) == pytest.approx(theirs), (said, gold)


def test_meteor_by_hand():
    one, other = both("the cat sat on the mat", "on the mat sat the cat")
    assert texts.meteor(one, other) == pytest.approx(1 - 0.5 * (6 / 6) ** 3)  # aligned from the end on: six chunks
    assert texts.meteor(one, other, texts.Meteor(gamma=0.0)) == 1
    one, other = both("a b c d", "a b x c d")
    assert texts.meteor(one, other) == pytest.approx(0.8 / (0.9 + 0.1 * 0.8) * (1 - 0.5 * (2 / 4) ** 3))
    one, other = both("smiling", "smiles faces")
    fmean = 1 * 0.5 / (0.9 * 1 + 0.1 * 0.5)
    assert texts.meteor(one, other) == pytest.approx(fmean * 0.5)


def test_a_megabyte_costs_little_and_earns_little():
    gold = texts.text("the inner brows are raised and the lip corners turn down")
    started = time.perf_counter()
    for hostile in ("y" * 1_000_000, "the brow " * 110_000, "<think>\x00 NaN " * 70_000):
        said = texts.text(hostile)
        scores = [texts.row(name, said, gold)[0] for name in ("rouge1", "rouge2", "rougeL", "meteor")]
        assert max(scores) < 0.06
        assert texts.bleu(np.array(texts.row("bleu4", said, gold))) < 0.06
    assert time.perf_counter() - started < 30
