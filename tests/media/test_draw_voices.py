"""Voices alone: balanced, of disjoint people, made once."""

from collections import Counter

from affectreason.media.audio import read_audio
from affectreason.media.draw_voices import draw_voices


def test_voices(tmp_path):
    samples = draw_voices(tmp_path, {"ears": 14, "test": 7})
    assert Counter(s.gold.emotion for s in samples).most_common()[-1][1] == 3
    assert all(s.attributes["voice_emotion"] == s.gold.emotion for s in samples)
    people = [{s.provenance.subject for s in samples if s.provenance.split == split} for split in ("ears", "test")]
    assert (len(people[0]), len(people[1]), people[0] & people[1]) == (2, 1, set())
    files = {s.id: tmp_path / s.media[0].path for s in samples}
    sounds = {
        name: read_audio(s.media[0].model_copy(update={"path": str(files[name])}), name)
        for name, s in zip(files, samples, strict=True)
    }
    assert {len(sound) for sound in sounds.values()} == {32000}
    assert len({sound.tobytes() for sound in sounds.values()}) == 21
    before = {name: path.stat().st_mtime_ns for name, path in files.items()}
    seen = []
    again = draw_voices(tmp_path, {"ears": 14, "test": 7}, progress=lambda at, of: seen.append((at, of)))
    assert [s.to_json() for s in again] == [s.to_json() for s in samples]
    assert before == {name: path.stat().st_mtime_ns for name, path in files.items()}
    assert seen[-1] == (21, 21)
