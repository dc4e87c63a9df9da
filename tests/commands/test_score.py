"""`affectreason score` from the words to the JSON object, on a benchmark small enough to reckon by hand."""

import json

import pytest

from affectreason.affect.sample import Affect, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.commands import score
from affectreason.errors import InputError

GOLD = ["neutral", "neutral", "joy", "anger"]
FOUR = ["benchmark=meld", "samples=meld.jsonl", "n=4"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with four samples and the predictions of two systems."""
    monkeypatch.chdir(tmp_path)
    samples(GOLD)
    rows("a.jsonl", ["neutral", "neutral", "joy", "joy"])
    rows("b.jsonl", ["neutral", "joy", "anger", "joy"])
    return tmp_path


def samples(golds, name="meld.jsonl", labels="meld7", **more):
    made = [
        Sample(id=f"u{i}", gold=Affect(emotion=gold), labels=labels, provenance=Provenance(**more))
        for i, gold in enumerate(golds)
    ]
    write(name, made)


def rows(name, texts):
    lines = [json.dumps({"id": f"u{i}", "text": text}) for i, text in enumerate(texts)]
    with open(name, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def run(capsys, *words):
    assert score.main(list(words)) == 0
    told = capsys.readouterr()
    return json.loads(told.out.splitlines()[-1]), told


def test_the_last_line_is_one_json_object(capsys):
    found, told = run(capsys, *FOUR, "predictions=a.jsonl")
    assert len(told.out.splitlines()) == 1
    assert "weighted_f1" in told.err
    one = found["benchmarks"]["meld"]
    measures = one["systems"]["predictions"]["measures"]
    assert measures["war"]["value"] == 0.75
    assert measures["uar"]["value"] == pytest.approx(2 / 3)
    assert measures["weighted_f1"]["value"] == pytest.approx((2 * 1 + 2 / 3) / 4)
    assert measures["war"]["chance"] == pytest.approx(1 / 7)
    assert (measures["war"]["majority"], measures["war"]["answer"]) == (0.5, "neutral")
    assert one["n"] == 4
    assert one["warnings"] == ["4 samples, not the 2,610 published: not comparable with published numbers"]
    assert len(one["samples"]["sha256"]) == 64
    assert found["command"] == "affectreason score benchmark=meld samples=meld.jsonl n=4 predictions=a.jsonl"
    assert found["suites"] == {}


def test_against_another_system_the_difference_is_paired(capsys):
    found, _ = run(capsys, *FOUR, "predictions=a.jsonl", "against=b.jsonl")
    (one,) = found["benchmarks"]["meld"]["differences"]
    assert (one["from"], one["to"]) == ("against", "predictions")
    war = one["measures"]["war"]
    assert (war["difference"], war["n"]) == (pytest.approx(0.75 - 0.25), 4)
    assert war["low"] <= 0.5 <= war["high"]
    same, _ = run(capsys, *FOUR, "predictions=a.jsonl", "against=a.jsonl")
    war = same["benchmarks"]["meld"]["differences"][0]["measures"]["war"]
    assert (war["difference"], war["low"], war["high"], war["verdict"]) == (0, 0, 0, "no clear change")


def test_out_holds_four_files(capsys, here):
    rows("c.jsonl", ["neutral", "<script>alert(1)</script>", "\ud800\x1b[31m", "</script> joy"])
    found, told = run(capsys, *FOUR, "predictions=c.jsonl", "out=there")
    names = {file.name for file in (here / "there").iterdir()}
    assert names == {"report.json", "report.html", "table.md", "model_card.yaml"}
    kept = json.loads((here / "there" / "report.json").read_text(encoding="utf-8"))
    assert kept["benchmarks"] == found["benchmarks"]
    assert "<script>alert(1)" not in (here / "there" / "report.html").read_text(encoding="utf-8")
    assert "report: there/report.html" in told.err


def test_the_public_scorer_reads_in_its_own_way(capsys):
    rows("c.jsonl", ["<answer>neutral</answer>", "Neutral", "<answer>happy</answer>", "anger."])
    ours, _ = run(capsys, *FOUR, "predictions=c.jsonl")
    theirs, _ = run(capsys, *FOUR, "predictions=c.jsonl", "compat=r1_omni")
    war = [one["benchmarks"]["meld"]["systems"]["predictions"]["measures"]["war"]["value"] for one in (ours, theirs)]
    assert war == [1.0, 0.25]
    assert [one["benchmarks"]["meld"]["compat"] for one in (ours, theirs)] == [None, "r1_omni"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["predictions=a.jsonl"], r"missing benchmark="),
        (["benchmark=meld"], r"missing predictions="),
        (["benchmark=melt", "predictions=a.jsonl"], r"unknown benchmark 'melt'; did you mean 'meld'\? known: "),
        (
            ["benchmark=mer_unibench", "predictions=a.jsonl"],
            r"benchmark=mer_unibench: a file of predictions is of one benchmark; name one",
        ),
        (
            ["benchmark=meld", "predictions=a.jsonl"],
            r"data/meld.jsonl is not there; make it: affectreason prep meld root=FOLDER split=test "
            r"out=data/meld.jsonl; or name another file: samples=FILE",
        ),
        (
            ["benchmark=meld", "predictions=a.jsonl", "samples=meld.jsonl"],
            r"meld.jsonl has 4 samples, benchmark meld has 2,610; prepare it again: affectreason prep meld .*; to "
            r"score what is there, and say so in the report: n=4",
        ),
        ([*FOUR[:2], "n=5", "predictions=a.jsonl"], r"meld.jsonl has 4 samples, benchmark meld has 5; .*n=4"),
        ([*FOUR[:2], "n=0", "predictions=a.jsonl"], r"n=0: write a whole number from 1"),
        (
            [*FOUR, "predictions=a.jsonl", "compat=affectgpt"],
            r"compat=affectgpt: benchmark meld \(expression\) has no such; known: r1_omni, emotion_qwen, facial_r1",
        ),
        (
            [*FOUR, "predictions=a.jsonl", "lexicon=there"],
            r"lexicon=there: nothing asked for \(meld: expression\) uses a lexicon; remove it",
        ),
        (
            [*FOUR, "predictions=a.jsonl", "judge=mine.ask"],
            r"judge=mine.ask: nothing asked for \(meld: expression\) uses a judge; remove it",
        ),
        (
            [*FOUR, "predictions=a.jsonl", "groups=[gendre]"],
            r"groups=gendre: no sample has this attribute; known: dataset, task",
        ),
        (
            ["benchmark=videmo_captions", *FOUR[1:], "predictions=a.jsonl", "judge=me"],
            r"judge=me names no function; give judge=package.module.function",
        ),
        ([*FOUR, "predictions=z.jsonl"], r"no such file: z.jsonl; in \.: "),
        ([*FOUR[:1], "samples=7", "predictions=a.jsonl"], r"^7 is not there; make it: affectreason prep meld "),
        (
            ["benchmark=ov_merd_plus", *FOUR[1:], "predictions=a.jsonl", "lexicon=2025"],
            r"lexicon=2025: no such folder; give the one that holds wheel1.xlsx",
        ),
        ([*FOUR, "prediction=a.jsonl"], r"unknown key 'prediction'; did you mean 'predictions'\?"),
    ],
)
def test_errors_in_words(words, message):
    with pytest.raises(InputError, match=message):
        score.main(words)


def test_groups_as_one_word(here):
    with pytest.raises(InputError, match=r"groups=gender: no sample has this attribute; known"):
        score.main([*FOUR, "predictions=a.jsonl", "groups=gender"])


def test_a_lexicon_folder_that_lacks_files(here):
    write("ov.jsonl", [Sample(id="u0", gold=Affect(emotions={"happy": 1.0}))])
    rows("o.jsonl", ["[happy]"])
    words = ["benchmark=ov_merd_plus", "samples=ov.jsonl", "n=1", "predictions=o.jsonl", "lexicon=wheels"]
    with pytest.raises(InputError, match=r"lexicon=wheels: no such folder; give the one that holds wheel1.xlsx, "):
        score.main(words)
    (here / "wheels").mkdir()
    for name in ("wheel1.xlsx", "wheel2.xlsx", "wheel3.xlsx", "wheel4.xlsx", "synonym.xlsx"):
        (here / "wheels" / name).touch()
    with pytest.raises(InputError, match=r"lexicon=wheels lacks wheel5.xlsx, format.csv$"):
        score.main(words)


def test_every_fold_is_asked_for(here):
    samples(["happiness"] * 4, "mafw.jsonl", "mafw11", fold="1")
    with pytest.raises(
        InputError,
        match=r"mafw.jsonl has no sample of fold 2, 3, 4, 5; benchmark mafw pools folds 1, 2, 3, 4, 5; known: 1; "
        r"prepare it again: affectreason prep mafw root=FOLDER out=data/mafw.jsonl",
    ):
        score.main(["benchmark=mafw", "samples=mafw.jsonl", "predictions=a.jsonl"])


def test_help_names_every_key():
    for key in score.KEYS:
        assert f"\n  {key} " in score.HELP
