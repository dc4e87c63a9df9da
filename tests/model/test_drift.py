"""Alarms from planted logs: what grows is told once, in time, and what does not grow is not told."""

from types import SimpleNamespace

import pytest

from affectreason.affect.reading import read
from affectreason.affect.sample import ActionUnit, Affect, Sample
from affectreason.model import drift


def log(labels=lambda step: 2.0, words=lambda step: 40.0, reward=lambda step: 0.5, steps=60, every=1):
    """Rows as TRL writes them, with rows of other things between."""
    rows = []
    for step in range(every, steps + 1, every):
        rows.append({"step": step, "labels_per_answer": labels(step), "words_per_answer": words(step)})
        rows[-1] |= {"reward": reward(step)}
        rows.append({"step": step, "eval_loss": 1.0})
    return rows


def test_what_stays_is_not_told():
    assert drift.alarms(log()) == []
    assert drift.alarms([]) == []
    assert drift.alarms([{"step": 1, "loss": 0.5}]) == []
    assert drift.alarms(log(labels=lambda step: 2.9 if step > 20 else 2.0)) == []  # 1.45 times
    assert drift.alarms(log(labels=lambda step: 0.9 if step > 20 else 0.1)) == []  # nine times, but less than a label
    assert drift.alarms(log(words=lambda step: 25 if step > 20 else 10)) == []  # 15 words more
    assert drift.alarms(log(labels=lambda step: 6 - step / 20)) == []  # fewer and fewer


def test_growing_lists():
    found = drift.alarms(log(labels=lambda step: 4.0 if step > 20 else 2.0))
    assert found == [
        "labels per answer rose from 2.0 (to step 20) to 4.0 (steps 21 to 40); "
        "add penalty: ratio to the args of wheel_f, or au_spam to the rewards"
    ]


def test_growing_lists_of_units():
    rows = [{"step": step, "units_per_answer": 3.0 if step <= 20 else 6.0} for step in range(1, 61)]
    assert drift.alarms(rows) == [
        "units per answer rose from 3.0 (to step 20) to 6.0 (steps 21 to 40); add au_spam to the rewards, or take "
        "au_f1 where a reward counts only what was found"
    ]
    assert drift.alarms([{**row, "units_per_answer": min(row["units_per_answer"], 4.4)} for row in rows]) == []


def test_growing_answers():
    found = drift.alarms(log(words=lambda step: 40 + 60 * (step > 30), steps=80))
    assert len(found) == 1
    assert found[0].startswith("words per answer rose from 40.0 (to step 20) to 70.0 (steps 21 to 40); add length")


def test_a_reward_that_rises_with_the_list_is_told_sooner():
    slow = {"labels": lambda step: 2.0 if step <= 20 else 2.6}  # 1.3 times
    assert drift.alarms(log(**slow)) == []
    found = drift.alarms(log(**slow, reward=lambda step: 0.4 if step <= 20 else 0.55))
    assert found == [
        "labels per answer rose from 2.0 (to step 20) to 2.6 (steps 21 to 40), and the reward with it from 0.400 to "
        "0.550; add penalty: ratio to the args of wheel_f, or au_spam to the rewards"
    ]
    assert drift.alarms(log(**slow, reward=lambda step: 0.4 if step <= 20 else 0.3)) == []


@pytest.mark.parametrize("every", [5, 50])
def test_rows_of_several_steps(every):
    found = drift.alarms(log(labels=lambda step: 2.0 if step <= 50 else 5.0, steps=200, every=every))
    assert len(found) == 1


def test_a_short_training_has_nothing_to_compare():
    assert drift.alarms(log(labels=lambda step: float(step), steps=39)) == []


def test_it_is_told_once_while_it_trains(capsys):
    watch, rows = drift.Watch("grpo"), log(labels=lambda step: 2.0 if step <= 20 else 5.0, steps=80)
    for end in range(1, len(rows) + 1):
        watch.on_log(None, SimpleNamespace(log_history=rows[:end], is_world_process_zero=True), None)
    said = capsys.readouterr().err
    assert said == f"grpo: {drift.alarms(rows)[0]}\n"
    other = drift.Watch("grpo")
    other.on_log(None, SimpleNamespace(log_history=rows, is_world_process_zero=False), None)
    assert capsys.readouterr().err == ""


def test_facts_by_hand():
    words = Sample(id="a", labels="open", gold=Affect(emotions={"happy": 1.0}))
    label = Sample(id="b", labels="ekman7")
    read_ = [
        (read("<think>He smiles.</think><answer>happy, blorpy</answer>", words), words),
        (read("sad", words), words),
        (read("nothing is said here at all", label), label),
        (read("<answer>joy</answer>", label), label),
    ]
    assert drift.facts(read_) == {
        "labels_per_answer": (2 + 1 + 0 + 1) / 4,
        "words_per_answer": (3 + 1 + 6 + 1) / 4,
        "out_of_lexicon": 1 / 3,
    }
    coded = Sample(id="c", labels="ekman7", gold=Affect(aus=(ActionUnit(number=6), ActionUnit(number=12))))
    listed = read("<think>AU1, AU4 and AU12, but no AU6.</think><answer>joy</answer>", coded)
    assert drift.facts([(listed, coded), (read("joy", coded), coded), *read_[3:]])["units_per_answer"] == (3 + 0) / 2
    assert "units_per_answer" not in drift.facts(read_)
    assert drift.facts([]) == {}
    assert "out_of_lexicon" not in drift.facts(read_[2:])


def test_groups_that_all_score_alike():
    rows = [{"step": step, "frac_reward_zero_std": 0.5 if step <= 30 else 1.0} for step in range(1, 61)]
    assert drift.alarms(rows[:30]) == []
    found = drift.alarms(rows)
    assert len(found) == 1
    assert found[0].startswith("in 80% of the groups of steps 23 to 42 all answers scored alike, and such a group ")
    assert "raise num_generations or temperature" in found[0]
    assert drift.alarms([{"step": step, "frac_reward_zero_std": 1.0} for step in range(1, 20)]) == []  # too early


def test_a_reward_that_rises_while_held_out_samples_fall():
    rows = log(reward=lambda step: 0.4 if step <= 20 else 0.6)
    before, after = [0.5, 0.6, 0.7, 0.6], [0.3, 0.5, 0.5, 0.4]  # by 0.175 +- 0.049
    assert drift.fell(rows, before, after) == (
        "the reward rose from 0.400 to 0.600 in training, and fell from 0.600 to 0.425 on 4 held-out samples; train "
        "fewer steps, raise train.beta, or add the rewards of evaluate to the stage"
    )
    assert drift.fell(rows, before, [0.3, 0.7, 0.5, 0.7]) is None  # by 0.05 +- 0.17
    assert drift.fell(log(), before, after) is None
    assert drift.fell(rows, [], []) is None
    assert drift.fell([], before, after) is None
