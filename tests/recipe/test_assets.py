import json
from pathlib import Path

import pytest

from affectreason.errors import InputError
from affectreason.recipe import assets, runs


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """An empty cache."""
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path))
    return tmp_path


def test_where_the_cache_is(monkeypatch, tmp_path):
    assert assets.cache() == tmp_path
    monkeypatch.delenv("AFFECTREASON_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert assets.cache() == Path("/xdg/affectreason")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert assets.cache() == Path("/home/me/.cache/affectreason")


def test_what_was_not_got_names_the_command():
    with pytest.raises(InputError, match=r"assets:small is not in .*small: run `affectreason assets get small` once"):
        assets.folder("assets:small")


def test_an_unknown_set_is_told():
    for find in (assets.folder, assets.check):
        with pytest.raises(InputError, match=r"unknown assets 'smal'; did you mean 'small'\?"):
            find("assets:smal")
    assets.check("tiny:qwen3_vl")
    assert assets.resolved("org/name") == "org/name"


def test_only_what_is_made_of_the_pinned_package_counts(cache):
    place = cache / "assets" / "small" / "vision"
    place.mkdir(parents=True)
    assert not assets.is_got("small", "vision")
    note = assets.note_of("small", "vision")
    (place / "asset.json").write_text(json.dumps(note))
    assert assets.is_got("small", "vision")
    for wrong in (json.dumps({**note, "sha256": "0" * 64}), json.dumps({**note, "laid_out": 0}), "{", "[]"):
        (place / "asset.json").write_text(wrong)
        assert not assets.is_got("small", "vision")


def test_the_model_is_found_where_its_note_is(cache):
    place = cache / "assets" / "small" / "model"
    place.mkdir(parents=True)
    (place / "asset.json").write_text(json.dumps(assets.note_of("small", "model")))
    assert assets.resolved("assets:small") == str(place)


def test_packages_are_pinned_whole():
    for one in assets.SMALL:
        assert len(one.sha256) == 64
        assert int(one.sha256, 16) > 0
        assert one.size > 1e6
        assert one.licence in ("MIT", "Apache-2.0")
    assert [one.part for one in assets.SMALL] == ["language", "vision", "audio", "face"]


def test_a_recipe_with_unknown_assets_is_refused_before_anything_runs(recipe):
    with pytest.raises(InputError, match="model: unknown assets 'larg'"):
        recipe(model="assets:larg")
    with pytest.raises(InputError, match=r"sft\.init: unknown assets 'larg'"):
        recipe(sft__init="assets:larg")
    assert recipe(model="assets:small", sft__init="assets:small").model == "assets:small"


def test_a_run_without_them_stops_before_it_draws(recipe):
    one = recipe(model="assets:small")
    with pytest.raises(InputError, match="run `affectreason assets get small` once"):
        runs.require_files(one, [one.stage("base")])
    runs.require_files(one, [one.stage("faces"), one.stage("sft")])  # these need no model of the recipe's own
