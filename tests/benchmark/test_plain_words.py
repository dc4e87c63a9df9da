"""What may be said of a value beside what looking at nothing reaches."""

from tests.benchmark.page_report import measure

from affectreason.benchmark import plain_words


def test_what_is_clearly_better():
    high, low, less = measure(0.6), measure(0.5), {"lower_is_better": True}
    assert plain_words.beats_constant(high) is True
    assert plain_words.beats_constant(low) is False
    assert plain_words.beats_constant(low | less) is False
    assert plain_words.beats_constant(measure(0.3) | less) is True
    assert plain_words.verdict(measure(0.3, chance=0.9) | less) == "clearly below the best constant answer"
    assert plain_words.beats_constant(high | {"best_constant": None}) is None
