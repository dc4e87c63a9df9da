"""Rows that a stage cannot do anything with; most are told with the lengths, in test_fitting."""

import pytest

from affectreason.affect.sample import Affect, Sample
from affectreason.model import askable


@pytest.mark.parametrize(("drop", "count"), [({"text": 0.5}, 1), ({"text": 0.5, "face": 0.1}, 1), ({"face": 0.5}, 0)])
def test_a_question_that_quotes_what_is_taken_away(recipe, tmp_path, drop, count):
    found = recipe(sft__drop=drop)
    asked = askable.Asked(found, found.stage("sft"), [tmp_path / "a.jsonl"], named=False)
    said = {"transcript": "I am fine, thanks", "gold": Affect(emotion="fear"), "labels": "ekman7"}
    rows = [
        Sample(id="plain", question="How?", **said),
        Sample(id="quotes", question="Is “I am fine, thanks” so?", **said),
    ]
    for line, row in enumerate(rows, 1):
        asked.add(askable.Row(row, tmp_path / "a.jsonl", line))
    told = [one for one in asked.findings() if one.kind == "quoted_transcript"]
    assert [one.count for one in told] == [count] * bool(count)
    if count:
        (one,) = told
        assert one.level == "error"
        assert (
            one.text == "sft: samples whose question or turns quote the transcript, which its drop: text takes away: 1"
        )
        assert one.mend == "take it out: a prompt quotes it by itself"
        assert one.examples[0].startswith("quotes ")
