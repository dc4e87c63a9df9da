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
