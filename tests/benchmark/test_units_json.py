"""Units answered in JSON: the object is the answer, also where it says nothing of a unit."""

import pytest

from affectreason.affect.sample import Sample
from affectreason.benchmark import known
from affectreason.benchmark.protocol import Setting
from affectreason.benchmark.units import UNITS

DISFA = Setting(known.benchmarks()["disfa8"])
ANSWERS = [
    ('{"AU12": [], "AU4": [1]}', [4]),
    ('{"AU12": null, "AU4": 2}', [4]),
    ('{"AU12": "none", "AU4": "none"}', []),
    ('{"aus": [], "note": "AU12 would be joy"}', []),
    ('{"AU12": [], "AU4": []}', None),
    ('{"aus": null, "note": "AU12 would be joy"}', None),
    ('```json\n{"AU12": null, "AU4": []}\n```', None),
    ('{"AU12": "unknown"}', None),
]


@pytest.mark.parametrize("form", ["{}", "<answer>{}</answer>", "<think>AU6 is there.</think><answer>{}</answer>"])
@pytest.mark.parametrize(("text", "units"), ANSWERS)
def test_json_is_final(text, units, form):
    aus = UNITS.read(form.format(text), Sample(id="a"), DISFA).said.aus
    assert (None if aus is None else [unit.number for unit in aus]) == units
