import json
from pathlib import Path

from tests import made_head

from affectreason.affect.samples import read
from affectreason.recipe import runs
from affectreason.stages import draw


def test_faces_are_drawn_once(recipe, tmp_path):
    found = recipe()
    stage = found.stage("faces")
    draw.run(found, stage, tmp_path)
    samples = read(tmp_path / "faces" / "samples.jsonl")
    assert len(samples) == 22
    assert len(read(tmp_path / "faces" / "samples.jsonl", "test")) == 8  # seven pictures and a clip
    assert runs.is_done(tmp_path, "faces")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "faces").rglob("*.png")}
    (tmp_path / "faces" / "done.json").unlink()
    draw.run(found, stage, tmp_path)
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "faces").rglob("*.png")}


def test_scenes_are_drawn_beside_faces(recipe, tmp_path):
    found = recipe(faces__scenes={"heard": 7}, faces__questions=["emotion", "attribute"], faces__size=32)
    stage = found.stage("faces")
    draw.run(found, stage, tmp_path)
    samples = read(tmp_path / "faces" / "samples.jsonl", "heard")
    assert [s.id for s in samples if s.task == "emotion"] == [f"heard_{k:05d}_scene_emotion" for k in range(7)]
    assert sum(s.task == "attribute" for s in samples) == 14
    assert all(Path(item.path).is_file() for s in samples for item in s.media)
    assert len(read(tmp_path / "faces" / "samples.jsonl")) == 22 + 21
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "faces").rglob("*.mov")}
    (tmp_path / "faces" / "done.json").unlink()
    draw.run(found, stage, tmp_path)
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "faces").rglob("*.mov")}


def test_voices_are_made_too(recipe, tmp_path):
    found = recipe(faces__voices={"ears": 7})
    draw.run(found, found.stage("faces"), tmp_path)
    samples = read(tmp_path / "faces" / "samples.jsonl", "ears")
    assert [s.media[0].kind for s in samples] == ["audio"] * 7
    assert all(Path(s.media[0].path).is_file() for s in samples)
    assert json.loads((tmp_path / "faces" / "done.json").read_text())["counts"]["voices"] == 7


def test_faces_are_drawn_in_3d_where_asked(recipe, tmp_path, monkeypatch):
    made_head.keep(tmp_path / "cache", tmp_path / "published")
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path / "cache"))
    for faces in ("2d", "3d"):
        found = recipe(faces__faces=faces, faces__size=32, faces__splits={"test": 7}, faces__clips={"train": 1})
        draw.run(found, found.stage("faces"), tmp_path / faces)
    flat, deep = (read(tmp_path / faces / "faces" / "samples.jsonl") for faces in ("2d", "3d"))
    assert [sample.gold for sample in deep] == [sample.gold for sample in flat]
    assert all(
        Path(a.media[0].path).read_bytes() != Path(b.media[0].path).read_bytes()
        for a, b in zip(flat, deep, strict=True)
    )
