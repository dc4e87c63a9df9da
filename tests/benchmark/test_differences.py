"""A difference has one cause: prompt, training and media are never changed at once."""

from affectreason.benchmark.differences import pairs
from affectreason.model.systems import parts, systems
from affectreason.recipe import asking


def named(folder, **more):
    for name in ("tuned", "before"):
        (folder / name).mkdir()
        (folder / name / "config.json").write_text("{}")
    prompts = asking.chosen(more.pop("think", "both"), "What?", "one word")
    asked = systems(str(folder / "tuned"), prompts, compare=str(folder / "before"), **more)
    return [(p.before, p.after, p.title) for p in pairs({one.name: parts(one) for one in asked})]


def test_both_ways_and_the_base(tmp_path):
    assert named(tmp_path) == [
        ("model, direct", "model, think", "prompt: direct → think (model)"),
        ("compared, direct", "model, direct", "model: compared → model (direct)"),
        ("compared, think", "model, think", "model: compared → model (think)"),
        ("compared, direct", "compared, think", "prompt: direct → think (compared)"),
    ]


def test_text_only_is_compared_with_the_same_model_asked_the_same_way(tmp_path):
    found = named(tmp_path, text_only=True)
    assert ("model, direct, text only", "model, direct", "media: text only → with media (model, direct)") in found
    assert ("compared, think", "model, think", "model: compared → model (think, with media)") in found
    assert len(found) == 5


def test_one_way_needs_no_brackets_and_seeds_are_one_system(tmp_path):
    found = named(tmp_path, think=True, k=3, temperature=0.7)
    assert found == [("compared", "model", "model: compared → model")]


def test_files_of_others_are_compared_with_the_first():
    assert [p[:3] for p in pairs({"predictions": {}, "against": {}})] == [("against", "predictions", None)]
    assert list(pairs({})) == list(pairs({"predictions": {}})) == []
