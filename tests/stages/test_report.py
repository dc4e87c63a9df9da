import json

import pytest
from PIL import Image

from affectreason.affect.sample import Media
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.media.thumbnail import thumbnail
from affectreason.recipe import answers, prompts, runs
from affectreason.scoring.report import terminal_tables
from affectreason.stages import report


@pytest.fixture
def chain(recipe, pictures, tmp_path):
    """Two evaluated stages: one says what is right, one is right of half."""
    write(tmp_path / "held.jsonl", pictures)
    found = recipe(evaluate__data=[str(tmp_path / "held.jsonl")])
    for name, right in (("sft", 7), ("grpo", 14)):
        file = tmp_path / name / answers.FILE
        file.parent.mkdir(parents=True)
        texts = [prompts.target(sample) if i < right else "no" for i, sample in enumerate(pictures)]
        rows = [{"id": s.id, "text": text, "sampled": text} for s, text in zip(pictures, texts, strict=True)]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        (tmp_path / name / "log.jsonl").write_text('{"loss": 1.5, "step": 1}\n{"train_runtime": 2.0, "step": 1}\n')
        (tmp_path / name / "done.json").write_text("{}")
    return found, tmp_path


def test_each_stage_beside_chance_and_the_best_constant(chain):
    found, out = chain
    written = report.write(found, out)
    assert json.loads((out / "report" / "report.json").read_text())["stages"] == written["stages"]
    sft, grpo = (written["stages"][name]["emotion_accuracy"] for name in ("sft", "grpo"))
    assert sft.keys() >= {"value", "low", "high", "n", "chance", "best_constant"}
    assert (sft["value"], grpo["value"], sft["n"]) == (0.5, 1.0, 14)
    assert sft["chance"] == sft["best_constant"] == pytest.approx(1 / 7)
    assert written["stages"]["sft"]["parse_rate"]["value"] == 0.5
    assert written["stages"]["grpo"]["mean_reward"]["value"] == pytest.approx(1.0)
    assert (out / "report" / "report.html").stat().st_size > 1000


def test_a_stage_that_is_not_done_is_left_out(chain):
    found, out = chain
    (out / "grpo" / "done.json").unlink()
    assert list(report.write(found, out)["stages"]) == ["sft"]


def test_a_training_that_pays_for_what_nobody_sees_is_told_once(chain, capsys):
    """The answers to held-out samples get worse while the reward rises."""
    found, out = chain
    for one, other in (("sft", "grpo"), ("grpo", "sft")):
        (out / one / answers.FILE).rename(out / f"{other}.jsonl")
    for name in ("sft", "grpo"):
        (out / f"{name}.jsonl").rename(out / name / answers.FILE)
    rows = [{"step": step, "reward": 0.4 if step <= 20 else 0.6} for step in range(1, 41)]
    (out / "grpo" / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report.write(found, out)
    told = "the reward rose from 0.400 to 0.600 in training, and fell from 1.000 to 0.500 on 14 held-out samples; "
    assert capsys.readouterr().err.count(f"grpo: {told}") == 1
    assert json.loads((out / "grpo" / "done.json").read_text())["alarms"][0].startswith(told)
    report.write(found, out)
    assert "the reward rose" not in capsys.readouterr().err
    assert len(json.loads((out / "grpo" / "done.json").read_text())["alarms"]) == 1


def test_nothing_evaluated_is_said(recipe, tmp_path):
    with pytest.raises(InputError, match=r"no stage of micro in .* is evaluated yet; affectreason run recipe="):
        report.write(recipe(), tmp_path)
    with pytest.raises(InputError, match=r"recipe micro has no evaluate: block, so there is nothing to report"):
        report.write(recipe(evaluate=None), tmp_path)


def test_pictures_of_pictures_and_clips(drawn, tmp_path):
    import io

    for sample in (drawn["pictures"][0], drawn["clips"][0]):
        made = Image.open(io.BytesIO(thumbnail(sample.media[0], tmp_path)))
        assert made.format == "PNG"
        assert made.size == (96, 96)
    assert thumbnail(Media(kind="audio", path="a.wav"), tmp_path) is None


def test_a_search_is_reported_beside_single_answers(chain, recipe, pictures):
    _, out = chain
    found = recipe(
        evaluate__data=[str(out / "held.jsonl")],
        evaluate__search={"candidates": 2, "form": "reasoned", "by": [{"use": "well_formed"}]},
    )
    spent = {"generations": 6, "tokens": 30, "seconds": 0.9, "greedy_tokens": 10, "greedy_seconds": 0.1}
    texts = [prompts.target(sample) if i < 10 else "no" for i, sample in enumerate(pictures)]
    rows_ = [{"id": s.id, "text": text, **spent} for s, text in zip(pictures, texts, strict=True)]
    file = out / "sft" / runs.searched_file(found.evaluate.search)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows_))
    written = report.write(found, out)
    assert written["stages"]["sft"]["emotion_accuracy"]["value"] == 0.5  # single answers stay the headline
    told = written["details"]["sft"]["search"]
    accuracy = told["metrics"]["emotion_accuracy"]
    assert accuracy["all"]["value"] == 0.5
    assert accuracy["without"]["search"]["value"] == pytest.approx(10 / 14)
    assert accuracy["without"]["search"]["difference"] == pytest.approx(3 / 14)
    assert accuracy["chance"] == accuracy["best_constant"] == pytest.approx(1 / 7)
    assert told["cost"] == pytest.approx({**spent, "tokens_ratio": 3.0, "seconds_ratio": 9.0})
    assert "search" not in written["details"]["grpo"]
    page = (out / "report" / "report.html").read_text()
    assert "2 candidates a step at temperature 1, chosen by well_formed: 6 generations a sample" in page
    assert "3.0 x the tokens and 9.0 x the seconds of one greedy answer" in page
    (table,) = [one for one in terminal_tables(written) if "searched" in str(one.title)]
    assert [column.header for column in table.columns] == ["metric", "one answer", "searched", "difference", "n"]


def test_a_search_of_other_samples_is_refused(chain, recipe):
    _, out = chain
    found = recipe(evaluate__data=[str(out / "held.jsonl")], evaluate__search={"candidates": 2, "form": "reasoned"})
    file = out / "sft" / runs.searched_file(found.evaluate.search)
    file.write_text('{"id": "nobody", "text": ""}\n')
    with pytest.raises(
        InputError, match="answers other samples than recipe micro evaluates now; ask again: affectreason"
    ):
        report.write(found, out)
