"""Units and emotions in JSON: what is present, what absent, and of what nothing is said."""

import pytest

from affectreason.affect.choices import Choices
from affectreason.affect.labels import find
from affectreason.affect.mentions import read_units
from affectreason.affect.response import parse
from affectreason.affect.said_json import read_json, read_words

EKMAN = find("ekman7")
UNITS = [
    ('{"AU4": 0, "AU12": 1}', {12: 1}),
    ('{"AU4": false, "au_12": true}', {12: None}),
    ('{"AU4": "no", "AU 12": "yes", "AU6": "absent", "AU7": "0", "AU1": "not visible"}', {12: None}),
    ('{"AU4": 0.0, "AU12": 2.5, "AU06_r": 1.0}', {12: 2.5, 6: 1}),
    ('{"AU12": "2.5"}', {12: 2.5}),
    ('{"AU12": 85}', {12: None}),
    ('{"AU4": 0}', {}),
    ('{"aus": {"AU4": 0, "AU12": "no"}}', {}),
    ('{"aus": {"AU4": 0, "12": 3}, "AU6": 1}', {12: 3, 6: 1}),
    ('{"aus": {"brow lowerer": 0, "cheek raiser": true}}', {6: None}),
    ('{"aus": {"present": [6, 12], "absent": ["AU4"]}}', {6: None, 12: None}),
    ('{"action_units": [{"au": "AU12", "present": false}, {"au": 4, "intensity": 2.5}]}', {4: 2.5}),
    ('[{"unit": "AU12", "present": true}, {"unit": 6, "present": "no"}]', {12: None}),
    ('{"AU12": {"present": true, "intensity": 3}, "AU4": {"present": false, "intensity": 3}}', {12: 3}),
    ('{"aus": ["AU12 (absent)", "AU4"]}', {4: None}),
    ('{"aus": []}', {}),
    ('{"aus": "none"}', {}),
    ('{"AU12": [], "AU4": [1]}', {4: 1}),
    ('{"AU12": [0], "AU4": ["left", "right"]}', {4: None}),
    ('{"AU12": "none", "AU4": ["none"]}', {}),
    ('{"aus": "none detected"}', {}),
    ('[{"au": "AU12"}, {"au": "AU4", "present": null}]', {12: None}),
    # nothing is said
    ('{"AU12": [], "AU4": []}', None),
    ('{"AU12": {}, "AU4": {"present": null}}', None),
    ('{"AU12": [1, 0]}', None),
    ('{"aus": null}', None),
    ('{"aus": {"AU12": []}}', None),
    ('{"AU4": null, "AU12": NaN, "AU6": -1, "AU1": "unknown", "AU2": "", "AU5": []}', None),
    ('{"aus": [0, 1, 0, 1]}', None),
    ('{"emotion": "happy"}', None),
]


@pytest.mark.parametrize(("text", "units"), UNITS)
def test_units(text, units):
    record = read_json(text, EKMAN)
    assert record is not None
    aus = None if record.units is None else read_units(record.units, listed=True).aus
    assert (None if aus is None else {unit.number: unit.intensity for unit in aus}) == units


@pytest.mark.parametrize(
    "text", ["[1, 2]", '["AU12"]', '[{"a": 1}]', "[]", "3", "{", '{"AU4": 0, "au_4": 1', "[" * 9999]
)
def test_what_is_no_object_of_ours(text):
    assert read_json(text, EKMAN) is None


def test_emotions_that_are_weighed_or_denied():
    text = '{"emotions": {"happy": true, "sad": false, "fear": 0, "anger": 0.2}}'
    record = read_json(text, EKMAN)
    assert record is not None
    assert record.names == {"happiness": 1, "anger": 0.2}
    record = read_json('{"emotion": ["happy (unlikely)", "not sad", "anger"]}', EKMAN)
    assert record is not None
    assert record.names == {"anger": 1}
    assert read_words('{"emotion": ["happy"]}') == ["happy"]
    assert read_words("[1]") is None


FINAL = ['{"AU12": [], "AU4": null}', '{"aus": null}', '{"AU12": "unknown"}', '{"aus": {"AU12": []}}', '{"AU12": -1}']


@pytest.mark.parametrize("form", ["{}", "<answer>{}</answer>", "<think>AU6 is there.</think><answer>{}</answer>"])
@pytest.mark.parametrize("text", FINAL)
def test_json_that_says_nothing_of_its_units_is_not_read_again_as_text(text, form):
    whole = form.format(text)
    assert parse(whole, EKMAN).said.aus is None
    assert parse(whole, EKMAN, choices=Choices()).said.aus is None


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ('Here: {"AU12": [], "AU4": [1]}', {4}),
        ("{'AU12': None, 'AU4': True}", {4}),
        ('{"AU12": "", "AU4": 1,}', {4}),
        ("AU12 = {}, AU4 = 1", {4}),
    ],
)
def test_what_is_no_whole_json_is_read_as_text(text, units):
    assert parse(text, EKMAN).said.units == units
