"""Any words for what is felt: the EW set score of open-vocabulary sets, and the hit rate of sets with one label.

Sources: OV-MER (arXiv 2410.01495), AffectGPT's MER-UniBench (arXiv 2501.16566). All measures lie in [0, 1]. Both scores
are kind to long lists, so the words of an answer and the best constant answer stand beside them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affectreason.affect import open_words, wheel
from affectreason.affect.named import emotions_said, words_of
from affectreason.affect.response import Response
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.wheel import Lexicon
from affectreason.benchmark import extraction
from affectreason.benchmark.predictions import REFUSAL
from affectreason.benchmark.protocol import Scores, Setting, Task
from affectreason.errors import InputError
from affectreason.scoring import word_scores, word_sets
from affectreason.scoring.measures import Measure
from affectreason.scoring.metrics import Prediction
from affectreason.scoring.word_floors import Statistic
from affectreason.scoring.word_sets import LEVEL1, LEVEL2, MAPS, Zero

COMPATS = {
    "affectgpt": "the code of 2025: what has nothing to divide by is not a number, and so is every mean over it",
}


def read(text: str, sample: Sample, setting: Setting) -> Response:
    """The words a text affirms, by rules or by the extractor; with a `compat` alone as MER's code splits a list."""
    if setting.extractor is not None:
        return extraction.plug_in(setting.extractor, text)
    if setting.compat:
        return given(wheel.string_to_list(wheel.clean_output(text)), sample, setting)
    return open_words.parse_words(text, lexicon(setting))


def given(words: Sequence[str], sample: Sample, setting: Setting) -> Response:
    """The words somebody else took out of a text; none is a statement too. InputError beside an extractor."""
    if setting.extractor is not None:
        raise InputError(
            f"extractor=: sample {sample.id!r} has labels, not a text to take words out of; remove extractor="
        )
    return Response(", ".join(words), None, Affect(emotions=dict.fromkeys(wheel.labels_of(words), 1.0)), True, None)


def said(response: Response, setting: Setting) -> list[str] | None:
    """The words an answer says."""
    return None if response.said.emotions is None else list(emotions_said(response.said))


def gold(sample: Sample, setting: Setting) -> list[str] | None:
    """The words annotated, in lower case; of a set with one label that label."""
    return None if sample.gold.emotions is None and sample.gold.emotion is None else words_of(sample.gold)


def lexicon(setting: Setting) -> Lexicon:
    """The lexicon of the user's choice, else our own; under a `compat` without `neutral`, as all published ones."""
    return setting.lexicon or (wheel.without_neutral() if setting.compat else wheel.default())


def score_sets(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures `level1_f`, `level1_precision`, `level1_recall`, `level2_f`, `mer2025` and `m_avg` (all 12 F)."""
    zero = _zero(setting)
    statistics = {
        "level1_f": word_sets.mean_over(LEVEL1, "f", zero),
        "level1_precision": word_sets.mean_over(LEVEL1, "precision", zero),
        "level1_recall": word_sets.mean_over(LEVEL1, "recall", zero),
        "level2_f": word_sets.mean_over(LEVEL2, "f", zero),
        "mer2025": word_sets.mean_over(LEVEL1 + LEVEL2, "f", zero),
        "m_avg": word_sets.mean_over(range(len(MAPS)), "f", zero),
    }
    measures, sums, details = _scored(predictions, setting, statistics, hit=False)
    parts = word_sets.part_values(sums, zero)
    details["maps"] = {
        name: {part: _plain(value) for part, value in zip(("precision", "recall", "f"), parts[index], strict=True)}
        for index, name in enumerate(MAPS)
    }
    boards = word_sets.leaderboards(zero)
    details["leaderboards"] = {name: _plain(statistic(sums[None])[0]) for name, statistic in boards.items()}
    return Scores(measures, details)


def score_hits(predictions: Sequence[Prediction], setting: Setting) -> Scores:
    """Measures `hit_rate` and `mscore`; a sample whose gold is on no place of a wheel is left out of that wheel."""
    zero = _zero(setting)
    statistics = {part: word_sets.hit_value(part, zero) for part in ("hit_rate", "mscore")}
    measures, sums, details = _scored(predictions, setting, statistics, hit=True)
    n = len(predictions) - details["unannotated"]
    details["wheels"] = {
        f"W{index + 1}": {
            "used": int(used),
            "skipped": n - int(used),
            "hit_rate": _plain(hits / used if used else np.nan),
            "mscore": _plain(mscore / used if used else np.nan),
        }
        for index, (used, hits, mscore) in enumerate(sums)
    }
    return Scores(measures, details)


def _scored(
    predictions: Sequence[Prediction], setting: Setting, statistics: Mapping[str, Statistic], hit: bool
) -> tuple[dict[str, Measure], Any, dict[str, Any]]:
    """The measures, the sums of their rows and what both scores show besides; all measures share their rows."""
    pairs = [(p, words) for p in predictions if (words := gold(p.sample, setting))]
    known, true = [p for p, _ in pairs], [words for _, words in pairs]
    answers = [said(p.response, setting) or [] for p in known]
    own = lexicon(setting)
    found = word_scores.scored([p.sample for p in known], true, answers, own, statistics, hit)
    measures = {name: Measure(found.rows, one, found.samples, found.trivial[name]) for name, one in statistics.items()}
    details: dict[str, Any] = {
        "lexicon": {"name": own.name, "version": own.version},
        "zero_rule": _zero(setting),
        **found.details,
        "unannotated": len(predictions) - len(known),
        "notes": [],
    }
    if found.details["on_no_map"]:
        told = f"{found.details['on_no_map']:,} of {len(known):,} samples are left out of N"
        details["notes"] = [f"{told}: no word annotated is in the lexicon {own.name} ({own.version})"]
    if setting.extractor is not None:
        asked = [p.response for p in predictions if p.response.problem != REFUSAL]
        details["extractor"] = extraction.beside_rules(setting.extractor, asked, own)
        details["notes"] += [extraction.note(details["extractor"])]
    return measures, found.sums, details


def _zero(setting: Setting) -> Zero:
    return "nan" if setting.compat == "affectgpt" else "zero"


def _plain(value: float) -> float | None:
    """A number for JSON, which has none that is not a number."""
    return float(value) if np.isfinite(value) else None


WORDS = Task(
    name="words",
    question="Which emotions does this person feel?",
    form="a list of words in square brackets, for example [happy, relieved]",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score_sets,
    uses=frozenset({"lexicon", "extractor"}),
    compats=COMPATS,
)
HIT = Task(
    name="hit",
    question="Which emotions does this person feel?",
    form="a list of words in square brackets, for example [happy, relieved]",
    read=read,
    given=given,
    said=said,
    gold=gold,
    score=score_hits,
    uses=frozenset({"lexicon", "extractor"}),
    compats=COMPATS,
)
