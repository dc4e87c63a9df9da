"""The benchmark page: numbers beside trivial answers, hostile text, nulls, narrow screens, and no network."""

import copy
import io
import json
import re
import shutil
import subprocess
from html import escape

import pytest
import yaml
from PIL import Image
from rich.console import Console
from tests.benchmark.page_report import EVIL, answered, answers, made, measure, render

from affectreason.affect.sample import Media
from affectreason.benchmark import paper, plain_words, terminal


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    Image.new("RGB", (300, 200), "teal").save(folder / "face.png")
    media = (Media(kind="image", path="face.png"),)
    log = [{"step": n, "reward": 0.1 * n, "completions/mean_length": 80 + n} for n in range(9)]
    held = {"meld": {"base": [], "tuned": answers(media=media)}}
    return render(made(), held, folder, {"tuned": log})


def test_numbers_stand_beside_trivial_answers(whole):
    _, text = whole
    assert (
        "MELD, seven emotions: “tuned” reaches weighted_f1 0.583 (95 % interval 0.553 to 0.613, N = 2,610); chance "
        "0.141, the commonest answer 0.313, always answering “neutral” 0.481: clearly above the best constant answer."
    ) in text
    assert "“base” reaches weighted_f1 0.470 (95 % interval 0.440 to 0.500, N = 2,610)" in text
    assert "always answering “neutral” 0.481: not clearly above the best constant answer." in text
    assert "DISFA, 8 units: “tuned” has no au_f1." in text
    for told in (
        "97.3%", "12", "1.0 / 1.0", "86.4 / 141.0", "+0.113", "+0.090 – +0.137", "▲ helps", "0.612",
        "no mean: mer2023 not scored", "sd of samplings 0.012", "Emotion-Qwen 0.674", "lexicon: name ours",
        "(as printed; other prompts, other N possible)", "Largest gap: 0.090 (95 % interval 0.052 to 0.131)",
        "between female and male", "not clearly below the best constant answer", "meld: GPL-3.0", "sd 0.016",
        "bootstrap over dialogues", "checkpoint last",
    ):  # fmt: skip
        assert told in text, told
    assert "Warning" not in text[: text.index("Before you read on")]
    assert text.index("3 empty answers are wrong answers.") < text.index("“tuned” reaches")


def test_twenty_worst_and_twenty_random(whole):
    text, plain = whole
    assert text.count("<article") == 40
    assert text.count("<img class=photo") == 40
    assert "20 of 60 answers score 0.00 like the last one here" in plain
    worst, random_ = text[text.index("The 20 worst") :].split("20 at random")
    assert (worst.count("face wrong"), worst.count("face right")) == (20, 0)
    assert random_.count("face right") > 5
    assert "spoken: You did what?" in plain
    assert "How sure, how right: tuned" in plain
    assert "How reward and length drifted in training" in plain


def poisoned(value):
    """The same with a hostile text after every text and name of others."""
    own = {"primary", "from", "to"}
    if isinstance(value, dict):
        return {key: one if key in own else poisoned(one) for key, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one) for one in value]
    return value + EVIL if isinstance(value, str) else value


def test_hostile_text_stays_text(tmp_path):
    report = poisoned(made())
    one = report["benchmarks"]["meld"]
    one["systems"] = {EVIL: one["systems"]["tuned"], "base": one["systems"]["base"]}
    one["differences"][0]["from"] = EVIL
    report["suites"][EVIL] = {EVIL: {"mean": None, "of": 1, "missing": [EVIL]}}
    evil = [answered(i, 0.0, EVIL * 30 + "x" * 1_000_000 * (i == 0), confidence=0.5) for i in range(3)]
    text, plain = render(report, {"meld": {EVIL: evil}}, tmp_path, {EVIL: [{"step": 1, "loss": 1}] * 2})
    assert "<script>alert" in plain  # as text, for `render` saw no such tag
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text) < 2_000_000
    assert "more)" in plain
    console = Console(file=io.StringIO(), width=80)
    console.print(terminal.terminal(report))
    assert "\x1b" not in console.file.getvalue()
    assert {line.count(" | ") for line in paper.markdown(report).splitlines() if line.startswith("|")} == {9}
    assert yaml.safe_load(paper.card_block(report))["model-index"][0]["results"]


def nulled(value):
    """Every one of the same with each value null in turn."""
    for key in list(value):
        inner = value[key]
        value[key] = None
        yield
        value[key] = inner
        if isinstance(inner, dict) and key not in ("systems", "benchmarks", "measures", "groups"):
            yield from nulled(inner)


def test_any_value_may_be_null(tmp_path):
    report = made()
    one = report["benchmarks"]["meld"]
    tuned = one["systems"]["tuned"]
    one["systems"] = {"tuned": tuned}
    tuned["details"] = {}
    nulls = 0
    for part in (tuned["measures"]["weighted_f1"], tuned, tuned["groups"]["gender"], tuned["answers"], one, report):
        for _ in nulled(part):
            if one["primary"] is None or one["task"] is None:
                continue
            nulls += 1
            render(report, {}, tmp_path)
            paper.markdown(report)
            paper.card_block(report)
            Console(file=io.StringIO(), width=80).print(terminal.terminal(report))
    assert nulls > 50


def test_a_report_of_nothing(tmp_path):
    nothing = {"date": None, "versions": {}, "command": None, "benchmarks": {}, "suites": {}}
    assert "Nothing was scored." in render(nothing, {}, tmp_path)[1]
    assert paper.card_block(nothing) == ""
    assert len(paper.markdown(nothing).splitlines()) == 4


def test_details_may_be_absent_or_null(tmp_path):
    report = made()
    details = report["benchmarks"]["meld"]["systems"]["tuned"]["details"]
    details["units"]["AU4"]["f1"] = None
    details["folds"]["fold_1"]["weighted_f1"] = None
    details["confusion"] = [[0] * 8] * 7
    text, _ = render(report, {}, tmp_path)
    assert "What is taken for what, tuned" not in text
    for key in list(details):
        details[key] = None
    render(report, {}, tmp_path)


def test_no_floors_and_floors_that_were_searched_for(tmp_path):
    """A share of yes has dashes and no red verdict; a searched floor says that it is one at least."""
    report = made()
    for held in report["benchmarks"]["meld"]["systems"].values():
        none = dict.fromkeys(("chance", "majority", "best_constant", "answer"))
        held["measures"]["weighted_f1"] |= none
        held["measures"]["war"] |= {"at_least": True, "draws_left_out": 0.12}
    text, _ = render(report, {}, tmp_path)
    assert "no best constant answer to compare with" in text
    assert "class=doubt>no best" not in text
    assert "≥ 0.481" in text
    assert "without 12.0% of the draws, which show none" in text
    assert plain_words.constant({"best_constant": None}) == "–"
    told = plain_words.sentence("MELD", "tuned", "meteor", measure(0.6, at_least=True))
    assert "always answering “neutral” at least 0.481" in told
    assert "| – | – | – |" in paper.markdown(report)


def test_a_value_over_the_constant_but_under_chance_is_not_praised(tmp_path):
    between = measure(0.1, best_constant=0.039, chance=0.143)
    assert (plain_words.beats_constant(between), plain_words.beats_floors(between)) == (True, False)
    assert plain_words.verdict(between) == "clearly above the best constant answer, not clearly above chance"
    assert plain_words.beats_floors(measure(0.6)) is plain_words.beats_floors(measure(0.6, chance=None)) is True
    assert plain_words.beats_floors(measure(0.6, best_constant=None)) is None
    report = made()
    report["benchmarks"]["meld"]["systems"]["tuned"]["measures"]["weighted_f1"] = between
    assert "0.100 [0.070, 0.130]\\* |" in paper.markdown(report)
    assert "class=doubt>clearly above the best constant answer, not" in render(report, {}, tmp_path)[0]


def test_the_report_is_not_changed(tmp_path):
    report = made()
    before = copy.deepcopy(report)
    render(report, {"meld": {"tuned": answers(5)}}, tmp_path)
    assert json.dumps(report) == json.dumps(before)


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MEASURES = """<iframe id=f style="border:0;width:{width}px;height:3000px" srcdoc="{page}"></iframe><script>
onload = () => {{
  const d = f.contentDocument, wide = one => one.scrollWidth > one.clientWidth;
  document.title = [d.documentElement, ...d.querySelectorAll(".scroll")].filter(wide).length + " too wide"
    + ", " + d.querySelectorAll(".plain").length + " tables at " + d.defaultView.innerWidth;
}}</script>"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_lies_beside_the_screen(whole, tmp_path, width):
    text, _ = whole
    frame = MEASURES.format(width=width, page=escape(text.replace("<details", "<details open")))
    (tmp_path / "frame.html").write_text(frame, encoding="utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--dump-dom"]
    dom = subprocess.run(
        [*command, f"file://{tmp_path}/frame.html"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert re.findall("<title>([0-9][^<]*)</title>", dom) == [f"0 too wide, 8 tables at {width}"]
