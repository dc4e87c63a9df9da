"""VidEmo: columns and their weight, sets, the counted caption axes by hand, and the judge's place."""

from dataclasses import replace

import numpy as np
import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark import similarity
from affectreason.benchmark.columns import column
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.benchmark.videmo import ATTRIBUTES, CAPTION, MULTI_LABEL
from affectreason.errors import InputError
from affectreason.scoring.metrics import Prediction

HAIR = "What colour is the hair?\nA. Black\nB. Brown"


def setting(task, judge=None, labels=None, units=None):
    own = Benchmark(name="b", title="b", task=task, primary="", metric="", prep="emo_cfg", labels=labels, units=units)
    return Setting(own, judge=judge)


def value(scores, name):
    m = scores.measures[name]
    return float(m.statistic(m.rows.sum(0)[None])[0])


def scored(pairs, how):
    task = how.benchmark.task
    return task.score([Prediction(s, task.read(text, s, how)) for s, text in pairs], how)


def hair(name, right="Brown"):
    return Sample(id=name, task="QA_Hair", question=HAIR, choices=("Black", "Brown"), answer=right, response=right)


def dfew(name, emotion="happy"):
    return Sample(id=name, task="DFEW_Single", gold=Affect(emotion=emotion), labels="dfew7", response=emotion)


def mer(name, emotion="happy"):
    return Sample(id=name, task="MER2023_Single", gold=Affect(emotion=emotion), labels="mer6", response=emotion)


def age(name, text="A man of about forty years"):
    return Sample(id=name, task="QA_Age", question="How old?", response=text)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("QA_Eyebrows", "Eyes"), ("QA_Eyes", "Eyes"), ("QA_Body_actions", "Actions"), ("QA_Facial_Action", "Actions"),
     ("QA_Face_shape", "Face_shape"), ("QA_Facial_features", "Facial_features"), ("QA_New", "New"),
     ("DFEW_Single-Label", "Single-Label"), ("alone", "alone")],
)  # fmt: skip
def test_columns(tag, expected):
    assert column(Sample(id="a", task=tag))[0] == expected


def test_columns_weigh_the_same_and_sets_share_a_column():
    pairs = [
        (hair("a"), "<answer>B</answer>"), (hair("b"), "<answer>Black</answer>"), (hair("c"), "B. Brown"),
        (dfew("d"), "<answer>happy</answer>"), (dfew("e"), "<answer>sad</answer>"), (mer("f"), "joyful"),
        (age("g"), "He is about forty"), (dfew("h"), ""),
    ]  # fmt: skip
    scores = scored(pairs, setting(ATTRIBUTES))
    single, open_ = (1 / 3 + 1) / 2, 2 * 1 / (1 + 3)  # forty of man, forty, years
    assert value(scores, "column_mean") == pytest.approx((2 / 3 + single + open_) / 3)
    assert value(scores, "choice_accuracy") == pytest.approx((2 + 1 + 1) / 7)
    assert scores.details["columns"]["Single"]["sets"] == pytest.approx({"DFEW": 1 / 3, "MER2023": 1})
    assert scores.measures["column_mean"].trivial.best_constant == pytest.approx(1)  # all golds of a column are equal


def test_open_answers_go_to_the_judge_and_closed_ones_do_not():
    asked = []

    def judge(*words):
        asked.append(words)
        return 0.25

    scores = scored(
        [(age("a"), "Forty."), (hair("b"), "<answer>B</answer>"), (age("c"), "")], setting(ATTRIBUTES, judge)
    )
    assert asked == [("How old?", "Forty.", "A man of about forty years", "answer")]
    assert value(scores, "column_mean") == pytest.approx((0.125 + 1) / 2)
    with pytest.raises(InputError, match=r"the judge gave 7 for answer; it must give a number in \[0, 1\]"):
        scored([(age("a"), "Forty.")], setting(ATTRIBUTES, lambda *words: 7))


def many(name, *words, question="Which?"):
    return Sample(id=name, task="MAFW_Multiple", question=question, choices=("anger", "disgust", "fear", "sadness"),
                  gold=Affect(emotions=dict.fromkeys(words, 1.0)), labels="mafw11", response="x")  # fmt: skip


def test_sets_by_hand():
    units = Sample(id="u", task="AffWild2_Action_Unit_Detection", gold=Affect(aus=(1, 4)), response="AU1,AU4")
    none = Sample(id="n", task="AffWild2_Action_Unit_Detection", gold=Affect(aus=()), response="none")
    pairs = [
        (many("a", "anger", "fear"), "<answer>AC</answer>"), (many("b", "anger", "fear"), "anger, no fear"),
        (many("c", "fear"), "anger, disgust, fear and sadness"), (many("d", "fear"), "A person is there"),
        (units, "<answer>AU1, AU2</answer>"), (none, "There are no action units."), (none, "who knows"),
    ]  # fmt: skip
    scores = scored(pairs, setting(MULTI_LABEL, units="affwild2_12"))
    each = [1, 2 / 3, 2 / 5, 0, 1 / 2, 1, 0]
    assert [row[0] for row in scores.measures["sample_f1"].rows] == pytest.approx(each)
    assert value(scores, "column_mean") == pytest.approx((sum(each[:4]) / 4 + sum(each[4:]) / 3) / 2)
    assert scores.details["unparsed"] == 2
    floor = scores.measures["sample_f1"].trivial
    assert (floor.answer, floor.best_constant) == ("fear", pytest.approx((2 / 3 + 2 / 3 + 1 + 1) / 7))


def caption(name, text):
    return Sample(id=name, question="Describe.", response=text)


def test_caption_axes_by_hand():
    gold = "The woman is sad and her lips tremble"
    scores = scored([(caption("a", gold), "A sad woman cries, sad woman cries")], setting(CAPTION))
    assert value(scores, "label_overlap") == 1
    assert value(scores, "clue_overlap") == pytest.approx(2 * 2 / (3 + 4))
    assert value(scores, "instruction_adherence") == pytest.approx(7 / 8)
    assert value(scores, "response_accuracy") == pytest.approx(2 * 2 / 15)  # woman, sad
    assert value(scores, "video_text_relevance") == pytest.approx(2 / 4)
    assert value(scores, "fluency") == pytest.approx(4 / 5)
    six = [value(scores, axis) for axis in scores.details["axes"]]
    assert len(six) == 6
    assert value(scores, "caption_mean") == pytest.approx(sum(six) / 6)
    assert scores.details["scorer"].endswith("not the published judge's marks")


def test_a_caption_axis_without_annotation_is_left_out():
    pairs = [(caption("a", "Her lips tremble"), "Her lips tremble"), (caption("b", "He looks angry"), "")]
    scores = scored(pairs, setting(CAPTION))
    assert scores.measures["label_overlap"].rows.tolist() == [[0, 0], [0, 1]]
    assert value(scores, "clue_overlap") == 0.5
    assert scores.details["unsaid"] == 1


def test_the_judge_marks_every_axis():
    def judge(question, answer, gold, axis):
        return 0.5 if axis == "fluency" else 1.0 if answer == gold else 0.0

    pairs = [(caption("a", "Her lips tremble"), "Her lips tremble"), (caption("b", "He looks angry"), "angry")]
    scores = scored(pairs, setting(CAPTION, judge))
    assert (value(scores, "clue_overlap"), value(scores, "fluency")) == (0.5, 0.5)
    assert scores.measures["clue_overlap"].trivial[:2] == (0.0, 0.5)
    assert scores.details["scorer"] == "judge"


def test_hostile_answers_earn_nothing():
    for text in ("", "\x00", "<answer>", "A B C D E F G", "y" * 100_000, "(" * 5000):
        assert value(scored([(hair("a"), text), (age("b"), text)], setting(ATTRIBUTES)), "column_mean") == 0
        assert value(scored([(many("a", "joy"), text)], setting(MULTI_LABEL)), "sample_f1") == 0
        assert value(scored([(caption("a", "lips tremble"), text)], setting(CAPTION)), "clue_overlap") == 0


def test_captions_are_compared_by_an_encoder_too():
    vectors = {"a smile": [1.0, 0.0], "a frown": [0.6, 0.8]}
    one = similarity.Encoder(
        "small", "v1", lambda texts: [np.array(vectors[t]) for t in texts],
        lambda texts: [np.array([vectors[t]]) for t in texts], {},
    )  # fmt: skip
    how = replace(setting(CAPTION), encoder=one)
    pairs = [(Sample(id="a", answer="a smile"), "a frown"), (Sample(id="b", answer="a frown"), "")]
    scores = scored(pairs, how)
    assert value(scores, "semantic") == pytest.approx(0.6 / 2)
    assert value(scores, "bertscore_f1") == pytest.approx(0.6 / 2)
    assert scores.details["notes"] == ["bertscore_f1 and semantic are by the encoder small (v1)"]
    assert "semantic" not in scored(pairs, setting(CAPTION)).measures
