"""One text against another: ROUGE, BLEU and METEOR, of each sample, so that the score of a set is a function of sums.

Written here because the libraries load a data science stack to count words, and need a table of both texts' lengths
(a megabyte of answer) for one number; the tests hold them equal to `rouge-score`, `sacrebleu` and `nltk`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np

from affectreason.scoring.intervals import Rows
from affectreason.scoring.metrics import ratio

Statistic = Callable[[Rows], Rows]
ORDERS = 4
VARIANTS = {
    "rouge1": "ROUGE-1 F1, mean over texts",
    "rouge2": "ROUGE-2 F1, mean over texts",
    "rougeL": "ROUGE-L F1 of the whole text as one sequence, mean over texts",
    "bleu4": "BLEU-4 of the set, one reference, 13a tokens in lower case, exponential smoothing",
    "meteor": "METEOR (exact, stem) with alpha 0.9, beta 3, gamma 0.5, mean over texts",
}
_WORD = re.compile(r"[a-z0-9]+")
_13A = (
    (re.compile(r"([!-&(-+:-@/\[-`{-~])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])-"), r"\1 - "),
)  # marks; a point or comma that no digit is before, or after; a dash after a digit
_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_LONGEST = 40  # letters of a word that is stemmed; no English word has more, and the stemmer is quadratic


class Meteor(NamedTuple):
    """METEOR's parameters; these are of Banerjee & Lavie 2005."""

    alpha: float = 0.9
    beta: float = 3.0
    gamma: float = 0.5


METEOR_2005 = Meteor()


@dataclass(frozen=True)
class Text:
    """A text taken apart once: words for ROUGE, words and their stems for METEOR, runs of 1-4 tokens for BLEU."""

    rouge: tuple[str, ...]
    plain: tuple[str, ...]
    stems: tuple[str, ...]
    runs: tuple[Counter[tuple[str, ...]], ...]


def text(raw: str, stemmed: bool = True) -> Text:
    """Take a text apart; `stemmed` says whether ROUGE compares stems (rouge-score's `use_stemmer`)."""
    plain = words(raw)
    stems = tuple(map(stem, plain))
    rouge = tuple(s if len(w) > 3 else w for w, s in zip(plain, stems, strict=True)) if stemmed else plain
    tokens = tokens_13a(raw.lower())
    return Text(rouge, plain, stems, tuple(runs(tokens, n) for n in range(1, ORDERS + 1)))


def words(raw: str) -> tuple[str, ...]:
    """The runs of a-z and 0-9 of a text in lower case, as ROUGE's own script takes it; other scripts have no words."""
    return tuple(_WORD.findall(raw.lower()))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a word in lower case: Porter 1980 as nltk extends it."""
    return word if len(word) > _LONGEST else str(_porter().stem(word))


@cache
def _porter() -> Any:
    from nltk.stem.porter import PorterStemmer  # loads what no other score needs

    return PorterStemmer()


def tokens_13a(raw: str) -> list[str]:
    """The tokens of NIST's mteval-v13a, the customary ones of BLEU, in the case of the text."""
    joined = raw.replace("<skipped>", "").replace("-\n", "")
    for written, meant in _ENTITIES:
        joined = joined.replace(written, meant)
    joined = f" {joined} "
    for rule, apart in _13A:
        joined = rule.sub(apart, joined)
    return joined.split()


def runs(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """How often each run of `n` tokens occurs."""
    return Counter(zip(*(tokens[i:] for i in range(n)), strict=False))


def rouge_n(said: Sequence[str], gold: Sequence[str], n: int) -> float:
    """F1 of the runs of `n` words, in [0, 1]; 0 where either text has none (Lin 2004)."""
    ours, theirs = runs(said, n), runs(gold, n)
    return _f1((ours & theirs).total(), ours.total(), theirs.total())


def rouge_l(said: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of the longest common subsequence of words, in [0, 1]; 0 where either text has none (Lin 2004)."""
    return _f1(common_subsequence(said, gold), len(said), len(gold))


def common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence; one machine word of `other` at a time (Hyyrö 2004)."""
    places: dict[str, int] = defaultdict(int)
    for index, word in enumerate(other):
        places[word] |= 1 << index
    whole = (1 << len(other)) - 1
    free = whole
    for word in one:
        here = free & places.get(word, 0)
        free = ((free + here) | (free - here)) & whole
    return len(other) - free.bit_count()


def bleu_row(said: Text, gold: Text) -> list[float]:
    """Ten counts that add up over texts: clipped matches of runs of 1-4, their numbers, and both lengths in tokens."""
    matches = [float((a & b).total()) for a, b in zip(said.runs, gold.runs, strict=True)]
    totals = [float(a.total()) for a in said.runs]
    return [*matches, *totals, totals[0], float(gold.runs[0].total())]


def bleu(sums: Rows, order: int = ORDERS, smoothing: Literal["exp", "none"] = "exp") -> Rows:
    """BLEU of a set in [0, 1] from sums of shape (..., 10) of `bleu_row` (Papineni et al. 2002).

    `exp` takes the k-th order without a match for 1 / 2^k matches (Chen & Cherry 2014, method 3), sacrebleu's default;
    `none` makes the score 0. A set without any match, or without any run of `order` tokens, has 0.
    """
    matches, totals = sums[..., :order], sums[..., ORDERS : ORDERS + order]
    missing = matches == 0
    smoothed = np.where(missing, 0.5 ** missing.cumsum(-1), matches) if smoothing == "exp" else matches
    scored = (totals > 0).all(-1) & (sums[..., :ORDERS].sum(-1) > 0) & (smoothed > 0).all(-1)
    shares = np.where(scored[..., None], ratio(smoothed, totals), 1.0)
    said, gold = sums[..., 2 * ORDERS], sums[..., 2 * ORDERS + 1]
    brevity = np.exp(np.minimum(0.0, 1 - np.divide(gold, said, out=np.ones_like(gold), where=said > 0)))
    return np.where(scored, brevity * np.exp(np.log(shares).mean(-1)), 0.0)


def meteor(said: Text, gold: Text, parameters: Meteor = METEOR_2005) -> float:
    """METEOR with the modules exact and stem, in [0, 1]: nltk's, where its third module finds no synonym.

    Fmean = P R / (alpha P + (1 - alpha) R), less the penalty gamma (chunks / matches)^beta (Banerjee & Lavie 2005; the
    parameters as Denkowski & Lavie 2014 name them). Each word is aligned with the last free one, from the end on, as
    nltk does, which can give more chunks than the best alignment has.
    """
    pairs = _aligned(said, gold)
    if not pairs:
        return 0.0
    alpha, beta, gamma = parameters
    precision, recall = len(pairs) / len(said.plain), len(pairs) / len(gold.plain)
    fmean = precision * recall / (alpha * precision + (1 - alpha) * recall)
    chunks = 1 + sum(b != (a[0] + 1, a[1] + 1) for a, b in pairwise(pairs))
    return fmean * (1 - gamma * (chunks / len(pairs)) ** beta)


def _aligned(said: Text, gold: Text) -> list[tuple[int, int]]:
    """The places of words that are equal, then of those of the rest whose stems are, in the order of `said`."""
    pairs: list[tuple[int, int]] = []
    ours, theirs = set(range(len(said.plain))), set(range(len(gold.plain)))
    for left, right in ((said.plain, gold.plain), (said.stems, gold.stems)):
        free: dict[str, list[int]] = defaultdict(list)
        for index in sorted(theirs):
            free[right[index]].append(index)
        found = [(index, free[left[index]].pop()) for index in sorted(ours, reverse=True) if free.get(left[index])]
        ours -= {index for index, _ in found}
        theirs -= {index for _, index in found}
        pairs += found
    return sorted(pairs)


def row(name: str, said: Text, gold: Text) -> list[float]:
    """The counts of one text of the measure `name` of `VARIANTS`: ten for `bleu`, two for `intervals.mean_value`."""
    if name == "bleu4":
        return bleu_row(said, gold)
    if name == "meteor":
        return [meteor(said, gold), 1.0]
    found = rouge_l(said.rouge, gold.rouge) if name == "rougeL" else rouge_n(said.rouge, gold.rouge, int(name[-1]))
    return [found, 1.0]


def named(stemmed: bool) -> Mapping[str, str]:
    """What each measure is, with the variant in words."""
    how = ", Porter stems" if stemmed else ", no stemmer"
    return {name: words_ + (how if name.startswith("rouge") else "") for name, words_ in VARIANTS.items()}


def _f1(shared: int, said: int, gold: int) -> float:
    return 2 * shared / (said + gold) if said and gold else 0.0
