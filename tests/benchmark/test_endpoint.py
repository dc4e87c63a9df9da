import json

import pytest

from affectreason.benchmark import asked_prompts, endpoint
from affectreason.benchmark.asked_model import report
from affectreason.errors import InputError

GOOD = {
    "model": "judge-2026-01-01",
    "system_fingerprint": "fp_1",
    "choices": [{"message": {"content": "[happy]"}, "finish_reason": "stop"}],
}


def test_a_question_and_its_answer(served, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "secret-4711")
    with served(GOOD) as (url, got):
        judge = endpoint.judge(url, "judge", tmp_path / "a.sqlite", key_variable="MY_KEY", seed=3)
        for _ in range(2):
            assert asked_prompts.extract_words(judge, "glad").said.emotions == {"happy": 1.0}
    ((path, body, key),) = got
    assert path == "/v1/chat/completions"
    assert (body["model"], body["temperature"], body["seed"], key) == ("judge", 0, 3, "Bearer secret-4711")
    assert "glad" in body["messages"][0]["content"]
    block = report(judge, asked_prompts.EXTRACT)
    assert (block["calls"], block["cached"]) == (1, 1)
    assert block["answered_by"] == {"judge-2026-01-01 fp_1": 2}
    assert block["version"] == "as served, seed 3, at most 512 tokens"
    assert b"secret" not in (tmp_path / "a.sqlite").read_bytes()
    assert "secret" not in json.dumps(block)


def test_no_key_is_sent_where_none_is_named(served, tmp_path):
    with served(GOOD) as (url, got):
        asked_prompts.extract_words(endpoint.judge(url, "judge", tmp_path / "a.sqlite"), "glad")
    assert got[0][2] is None


@pytest.mark.parametrize(
    ("reply", "status", "said"),
    [
        ({"error": "busy"}, 503, "answered 503 Service Unavailable: .*busy"),
        ({"choices": []}, 200, "the reply is no chat completion"),
        ([], 200, "the reply is no chat completion"),
        (b"<html>", 200, "JSONDecodeError"),
        ({"choices": [{"message": {"content": None}}]}, 200, "the reply holds no text"),
    ],
)
def test_what_is_no_answer_stops(served, reply, status, said, tmp_path):
    with served(reply, status) as (url, _):
        judge = endpoint.judge(url, "judge", tmp_path / "a.sqlite")
        with pytest.raises(InputError, match=f"the judge judge .* did not answer: .*{said}"):
            asked_prompts.extract_words(judge, "glad")
    assert judge.tally.total() == 0


def test_nothing_is_read_of_an_answer_that_was_cut_off(served, tmp_path):
    cut = {"choices": [{"message": {"content": "[happy]"}, "finish_reason": "length"}]}
    with served(cut) as (url, _):
        judge = endpoint.judge(url, "judge", tmp_path / "a.sqlite")
        assert asked_prompts.extract_words(judge, "glad").said.emotions is None
    assert report(judge, asked_prompts.EXTRACT)["unread"] == 1


def test_nobody_there(served, tmp_path):
    with served(GOOD) as (url, _):
        pass
    judge = endpoint.judge(url, "judge", tmp_path / "a.sqlite", seconds=2)
    with pytest.raises(InputError, match="did not answer: URLError"):
        asked_prompts.extract_words(judge, "glad")


def test_a_wrong_address_or_an_unset_key_is_said(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="'file:///etc' is no address of an endpoint; give one such as http://"):
        endpoint.judge("file:///etc", "judge", tmp_path / "a.sqlite")
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(InputError, match="the environment variable MY_KEY is not set; put the endpoint's key there"):
        endpoint.judge("http://localhost", "judge", tmp_path / "a.sqlite", key_variable="MY_KEY")
