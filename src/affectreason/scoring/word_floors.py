"""What answers that look at nothing score by words: drawn words, the commonest word, and the best constant set."""

from collections.abc import Callable, Sequence

import numpy as np

from affectreason.scoring.intervals import Rows
from affectreason.scoring.trivial import Trivial
from affectreason.scoring.word_sets import LEVEL1, MAPS, Codes, WordSets, distinct, hit_rows, set_rows

Statistic = Callable[[Rows], Rows]
MOST = 10
Columns = tuple[float, Rows, Rows, Codes]
_SEED = 0
_DRAWS = 5
_MANY = 20_000  # samples, among which one draw of the whole set says enough


def floors(
    gold: WordSets, words: Sequence[str], table: Codes, statistics: dict[str, Statistic], hit: bool
) -> dict[str, Trivial]:
    """Trivial scores of each statistic over sums of `set_rows`, or of `hit_rows` with `hit`.

    Chance draws as many words as the gold has from the distribution of gold words (seeded draws of the whole set),
    the majority is the commonest gold word. The best constant is found by forward selection over the gold words, up to
    `MOST` of them: a lower bound of the best set, exact for each set that is tried.
    """
    known = np.unique(gold.word)
    if not len(known):
        return {name: Trivial(None, 0.0, "nothing") for name in statistics}
    maps = [_one_map(gold, table[:, column], known) for column in (LEVEL1 if hit else range(len(MAPS)))]
    drawn = _drawn_sums(gold, table, hit)
    commonest = int(np.bincount(gold.word, minlength=len(words))[known].argmax())
    found = {}
    for name, statistic in statistics.items():
        best, chosen = _search(maps, statistic, hit)
        majority = float(statistic(grown(maps, [], hit)[[commonest]])[0])
        answer = ", ".join(words[known[index]] for index in chosen)
        found[name] = Trivial(float(statistic(drawn).mean()), best, answer, majority)
    return found


def grown(maps: Sequence[Columns], chosen: Sequence[int], hit: bool) -> Rows:
    """Sums of rows, (words, maps, 3), of the constant answers that say `chosen` and one candidate word more."""
    found = []
    for used, count, share, cluster in maps:
        inside = np.zeros(len(count) + 1, dtype=bool)  # one place more, for words that are on no cluster
        inside[cluster[list(chosen)]] = True
        inside[-1] = False
        new = (cluster >= 0) & ~inside[cluster]
        said = inside[:-1]
        hits = count[said].sum() + np.where(new, np.append(count, 0.0)[cluster], 0.0)
        recall = share[said].sum() + np.where(new, np.append(share, 0.0)[cluster], 0.0)
        precision = hits / np.maximum(said.sum() + new, 1)
        parts = (hits, precision) if hit else (precision, recall)
        found.append(np.stack([np.full(len(cluster), used), *parts], axis=1))
    return np.stack(found, axis=1)


def _one_map(gold: WordSets, clusters: Codes, known: Codes) -> Columns:
    """Samples used, samples with each cluster, the recall each cluster gives in sum, and each word's cluster or -1."""
    size = int(clusters.max(initial=-1)) + 1
    found = clusters[gold.word]
    keys = distinct(gold.sample[found >= 0] * (size + 1) + found[found >= 0])
    sample, cluster = keys // (size + 1), keys % (size + 1)
    each = np.bincount(sample, minlength=gold.n).astype(np.float64)
    count: Rows = np.bincount(cluster, minlength=size).astype(np.float64)
    share: Rows = np.bincount(cluster, weights=1 / each[sample], minlength=size).astype(np.float64)
    return float((each > 0).sum()), count, share, clusters[known]


def _search(maps: Sequence[Columns], statistic: Statistic, hit: bool) -> tuple[float, list[int]]:
    """The best value of sets that grow by the word that helps most, and that set."""
    size = len(maps[0][3])
    chosen: list[int] = []
    best, kept = -np.inf, []
    for _ in range(min(MOST, size)):
        values = np.nan_to_num(statistic(grown(maps, chosen, hit)), nan=-1.0)
        values[chosen] = -2.0
        chosen.append(int(values.argmax()))
        if values.max() > best + 1e-12:
            best, kept = float(values.max()), list(chosen)
    return best if best >= 0 else float("nan"), kept


def _drawn_sums(gold: WordSets, table: Codes, hit: bool) -> Rows:
    """Sums of rows of answers drawn from the gold words."""
    rng = np.random.default_rng(_SEED)
    rows = hit_rows if hit else set_rows
    times = _DRAWS if gold.n < _MANY else 1
    draws = [gold._replace(word=rng.choice(gold.word, len(gold.word))) for _ in range(times)]
    return np.stack([rows(gold, one, table).sum(0) for one in draws])
