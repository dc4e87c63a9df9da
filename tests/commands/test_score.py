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
            r"lexicon=there: nothing asked for \(meld: expression\) uses lexicon=; remove it",
        ),
        (
            [*FOUR, "predictions=a.jsonl", "judge=mine.ask"],
            r"judge=mine.ask: nothing asked for \(meld: expression\) uses judge=; remove it",
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
        (
            ["benchmark=cmu_mosi", *FOUR[1:], "predictions=a.jsonl"],
            r"meld.jsonl: none of its 4 samples is annotated with what benchmark cmu_mosi \(sentiment\) scores; is "
            r"it of another benchmark\? its own: affectreason prep cmu_mosi root=FOLDER split=test out=data/cmu_mosi",
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


def test_an_encoder_compares_reasoning(here, text_encoder, capsys):
    import torch
    from transformers import AutoModel, AutoTokenizer

    gold, said = ["the brows are raised", "lips part"], ["the lips are raised", ""]
    write("r.jsonl", [Sample(id=f"u{i}", reasoning=one, labels="ekman8") for i, one in enumerate(gold)])
    rows("said.jsonl", [f"<think>{one}</think><answer>joy</answer>" for one in said])
    words = ["benchmark=fea20k_reasoning", "samples=r.jsonl", "n=2", "predictions=said.jsonl"]
    found, told = run(capsys, *words, f"encoder={text_encoder}", "encoder_layer=1")
    one = found["benchmarks"]["fea20k_reasoning"]["systems"]["predictions"]
    model, tokenizer = AutoModel.from_pretrained(text_encoder).eval(), AutoTokenizer.from_pretrained(text_encoder)

    def states(text, layer):
        with torch.no_grad():
            return model(**tokenizer(text, return_tensors="pt"), output_hidden_states=True).hidden_states[layer][0]

    def cosines(a, b):
        return torch.nn.functional.normalize(a, dim=-1) @ torch.nn.functional.normalize(b, dim=-1).T

    def f1(a, b):
        near = cosines(states(a, 1)[1:-1], states(b, 1)[1:-1])
        precision, recall = float(near.max(1).values.mean()), float(near.max(0).values.mean())
        return 2 * precision * recall / (precision + recall)

    def cosine(a, b):
        return float(torch.cosine_similarity(states(a, -1).mean(0), states(b, -1).mean(0), dim=0))

    for name, like in (("bertscore_f1", f1), ("semantic", cosine)):
        m = one["measures"][name]
        assert m["value"] == pytest.approx((like(said[0], gold[0]) + 0) / 2, abs=1e-5)  # no reasoning scores 0
        assert m["chance"] == pytest.approx(like(*gold), abs=1e-5)
        assert m["best_constant"] == pytest.approx((1 + like(*gold)) / 2, abs=1e-5)
        assert m["low"] <= m["value"] <= m["high"]
    details = one["details"]["encoder"]
    assert found["benchmarks"]["fea20k_reasoning"]["encoder"] == details
    assert found["benchmarks"]["fea20k_reasoning"]["extractor"] is None
    assert details["version"].startswith("sha256 ")
    assert "layer 1 of 2" in details["variants"]["bertscore_f1"]
    assert "bertscore_f1 and semantic are by the encoder" in " ".join(told.err.split())
    plain, _ = run(capsys, *words)
    assert "semantic" not in plain["benchmarks"]["fea20k_reasoning"]["systems"]["predictions"]["measures"]


def test_an_extractor_reads_words_and_its_agreement_is_told(here, served, capsys):
    golds = [["happy"], ["angry"], ["sad"]]
    write("ov.jsonl", [Sample(id=f"u{i}", gold=Affect(emotions=dict.fromkeys(g, 1.0))) for i, g in enumerate(golds)])
    rows("o.jsonl", ["He looks happy.", "<think>sad?</think><answer>He is on fire with it.</answer>", "I cannot tell."])

    def reply(prompt):
        asked = prompt.partition("<text>\n")[2]
        assert "sad?" not in asked  # the reasoning is not handed over
        found = "[happy]" if "happy" in asked else "[angry]"
        return {"model": "m-1", "choices": [{"message": {"content": found}, "finish_reason": "stop"}]}

    words = ["benchmark=ov_merd_plus", "samples=ov.jsonl", "n=3", "predictions=o.jsonl", "out=there"]
    with served(reply) as (url, got):
        found, told = run(capsys, *words, f"extractor={url}#m")
        again, _ = run(capsys, *words, f"extractor={url}#m")
    assert len(got) == 2  # not the refusal, and nothing twice
    one = found["benchmarks"]["ov_merd_plus"]["systems"]["predictions"]
    asked = one["details"]["extractor"]
    block = found["benchmarks"]["ov_merd_plus"]["extractor"]
    assert (block["name"], block["version"], block["calls"]) == ("m", asked["version"], 2)
    assert (asked["name"], asked["calls"], asked["answered_by"]) == ("m", 2, {"m-1": 2})
    assert asked["agreement"]["exact"]["value"] == 0.5
    assert asked["agreement"]["f1"]["value"] == pytest.approx(2 / 3)
    assert [miss["missed"] for miss in asked["agreement"]["misses"]] == [["angry"]]
    plain, _ = run(capsys, *words)
    values = [r["benchmarks"]["ov_merd_plus"]["systems"]["predictions"]["measures"]["level1_f"]["value"]
              for r in (plain, found, again)]  # fmt: skip
    assert values[0] < values[1] == values[2]
    assert "the rules find the same words in 0.50 of 2 different texts" in " ".join(told.err.split())
    (here / "l.jsonl").write_text(
        '{"id": "u0", "labels": ["happy"]}\n{"id": "u1", "text": ""}\n{"id": "u2", "text": ""}'
    )
    words[3] = "predictions=l.jsonl"
    with pytest.raises(InputError, match="extractor=: sample 'u0' has labels, not a text to take words out of; remove"):
        score.main([*words, f"extractor={url}#m"])


def test_help_names_every_key():
    for key in score.KEYS:
        assert f"\n  {key} " in score.HELP
