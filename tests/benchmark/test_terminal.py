"""The table of the terminal."""

import io
import re

from rich.console import Console
from tests.benchmark.page_report import made

from affectreason.benchmark import paper, terminal


def test_terminal():
    console = Console(file=io.StringIO(), width=80)
    console.print(terminal.terminal(made()))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert re.search(r"meld, weighted_f1 +0\.470\* +0\.141 +0\.313 +0\.481 +2,610 +97%", text)
    assert re.search(r"  tuned +0\.55-0\.61", text)
    assert "meld: 3 empty answers are wrong answers." in text
    assert "* not clearly better than the best constant answer" in text
    assert "meld: scored by the lexicon ours, version 1" in text
    told = (
        "mean over unibench, base: none, without mer2023 mean over unibench, tuned: 0.612 (95 % interval 0.601 to "
        "0.624); chance 0.200, majority 0.300, best constant 0.750; 9 benchmarks"
    )
    assert told in " ".join(" ".join(lines).split())
    told = "meld: base → tuned: weighted_f1 +0.113 (95 % interval +0.090 to +0.137) on the same 2,610 samples, helps"
    assert told in " ".join(" ".join(lines).split())


def test_samplings_have_a_deviation():
    report = made()
    report["benchmarks"]["meld"]["systems"]["tuned"]["measures"]["weighted_f1"] |= {"sd": 0.0123, "seeds": [0.5, 0.6]}
    assert "0.583 [0.553, 0.613] (sd 0.012 of 2 samplings) |" in paper.markdown(report)
    console = Console(file=io.StringIO(), width=80)
    console.print(terminal.terminal(report))
    assert "sd 0.012" in console.file.getvalue()
