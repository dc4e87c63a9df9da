"""Files of predictions: what is read, and every message about what is wrong with one."""

import json
import math

import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.benchmark.expression import EXPRESSION
from affectreason.benchmark.predictions import read
from affectreason.benchmark.protocol import Benchmark, Setting
from affectreason.errors import InputError

SAMPLES = [Sample(id=name, gold=Affect(emotion="happy")) for name in ("u1", "u2")]


def setting(compat=None):
    one = Benchmark(name="four", title="x", task=EXPRESSION, primary="war", metric="x", prep="x", labels="iemocap4")
    return Setting(one, compat=compat)


def file(tmp_path, *lines):
    path = tmp_path / "p.jsonl"
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
    return path


def emotions(tmp_path, *lines, compat=None):
    found = read(file(tmp_path, *lines), SAMPLES, setting(compat))
    assert [p.sample for p in found.predictions] == SAMPLES
    return [p.response.said.emotion for p in found.predictions]


def test_texts_in_the_order_of_the_samples(tmp_path):
    rows = [{"id": "u2", "text": "She is sad."}, {"id": "u1", "text": "<think>AU12</think><answer>joy</answer>"}]
    assert emotions(tmp_path, *rows) == ["happy", "sad"]


@pytest.mark.parametrize(
    ("labels", "said"), [(["joy"], "happy"), ("[joy]", "happy"), ("joy", "happy"), ([], None), (["happy", "sad"], None)]
)
def test_labels_that_others_took_out(tmp_path, labels, said):
    assert emotions(tmp_path, {"id": "u1", "labels": labels}, {"id": "u2", "text": ""}) == [said, None]


def test_a_refusal_says_nothing_of_an_emotion(tmp_path):
    text = "I'm sorry, but I cannot identify emotions of people."
    found = read(file(tmp_path, {"id": "u1", "text": text}, {"id": "u2", "text": "sad"}), SAMPLES, setting())
    refused = found.predictions[0].response
    assert (refused.said.emotion, refused.problem, refused.text) == (None, "a refusal", text)


def test_how_sure_and_how_many_were_broken_off(tmp_path):
    rows = [{"id": "u1", "text": "sad", "logprob": math.log(0.25), "cut": True}, {"id": "u2", "text": "", "logprob": 2}]
    found = read(file(tmp_path, *rows), SAMPLES, setting())
    assert found.confidence == {"u1": pytest.approx(0.25), "u2": 1.0}
    assert found.cut == 1


GOOD = {"id": "u1", "text": "happy"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], r'p.jsonl holds no predictions; write one \{"id": ..., "text": ...\} a line'),
        (
            [GOOD, {"id": "u3", "text": ""}, {"id": "u2", "text": ""}],
            r"p.jsonl: 1 id is not of benchmark four, first 'u3' in line 2; every sample needs one",
        ),
        (
            [GOOD],
            r"p.jsonl: 1 sample has no prediction, first 'u2'; every sample needs one, an empty text where the model "
            r"said nothing",
        ),
        (
            [{"id": "x", "text": ""}, {"id": "y", "text": ""}],
            r"p.jsonl: 2 ids are not of benchmark four, first 'x' in line 1; 2 samples have no prediction, first 'u1'; "
            r"none of its ids is known: is it of another benchmark than four\? ids look like 'u1'",
        ),
        (
            [GOOD, {"id": "u2", "text": ""}, GOOD],
            r"p.jsonl:3: id 'u1' is also in line 1; give one answer a sample \(several seeds go into several files\)",
        ),
        ([{"id": 7, "text": ""}], r'p.jsonl:1: "id" is 7, not text; a row is \{"id": ..., "text": ...\}'),
        ([{"Id": "u1", "text": ""}], r"""p.jsonl:1: no "id"; did you mean 'Id'\? known: Id, text"""),
        (
            [{"id": "u1", "labels": "ekman7", "gold": {"emotion": "joy"}}],
            r"p.jsonl:1: id 'u1' is a sample with its annotation, not a prediction; name the file of answers",
        ),
        ([{"id": "u1"}], r"""p.jsonl:1: id 'u1' needs either "text" or "labels"; it has id"""),
        ([{**GOOD, "labels": []}], r"""p.jsonl:1: id 'u1' needs either "text" or "labels"; it has id, text, labels"""),
        ([{"id": "u1", "text": None}], r"""p.jsonl:1: id 'u1': "text" is 'None', not text; an empty answer is \"\""""),
        ([{"id": "u1", "labels": {"a": 1}}], r"""p.jsonl:1: id 'u1': "labels" is "\{'a': 1\}", not a list of words"""),
        ([{"id": "u1", "labels": ["a", 1]}], r"""p.jsonl:1: id 'u1': "labels" is "\['a', 1\]", not a list of words"""),
        ([{**GOOD, "logprob": "high"}], r"""p.jsonl:1: id 'u1': "logprob" is "high", not a number of nats"""),
        ([{**GOOD, "logprob": True}], r"""p.jsonl:1: id 'u1': "logprob" is true, not a number of nats"""),
        (["{"], r"p.jsonl:1: this is not JSON"),
    ],
)
def test_errors_in_words(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        read(file(tmp_path, *lines), SAMPLES, setting())


def test_no_file(tmp_path):
    with pytest.raises(InputError, match=r"no such file: .*q.jsonl"):
        read(tmp_path / "q.jsonl", SAMPLES, setting())
