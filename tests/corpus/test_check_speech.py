import wave

import av
import numpy as np
import pytest

from affectreason.affect.sample import Media, Sample
from affectreason.corpus.scripts import script


@pytest.fixture
def tone(tmp_path):
    """Write a tone of some seconds; its medium, or a part of it."""

    def make(name, seconds, **part):
        samples = (np.sin(np.arange(round(16000 * seconds)) / 6) * 9000).astype("<i2")
        with wave.open(str(tmp_path / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(samples.tobytes())
        return Media(kind="audio", path=str(tmp_path / name), **part)

    return make


@pytest.fixture
def film(tmp_path):
    """Write a clip of four seconds with a sound of as many; the two media."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        video, track = container.add_stream("mpeg4", rate=10), container.add_stream("aac", rate=16000)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        for number in range(40):
            pixels = np.random.default_rng(number).integers(0, 255, (64, 64, 3), dtype=np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(video.encode())
        heard = (np.sin(np.arange(1024 * 62) / 6) * 0.5).astype(np.float32)
        for at in range(62):
            frame = av.AudioFrame.from_ndarray(heard[None, at * 1024 : (at + 1) * 1024], "fltp", "mono")
            frame.sample_rate = 16000
            container.mux(track.encode(frame))
        container.mux(track.encode())
    return Media(kind="video", path=str(path)), Media(kind="audio", path=str(path))


def test_sounds_too_short_to_be_heard(look, tone):
    rows = [
        Sample(id="short", media=(tone("a.wav", 0.02),)), Sample(id="again", media=(tone("a.wav", 0.02),)),
        Sample(id="part", media=(tone("b.wav", 1, start=0.5, end=0.51),)),
        Sample(id="fine", media=(tone("c.wav", 0.025),)),
    ]  # fmt: skip
    found = look(rows, media=True)["short_sound"]
    assert (found.level, found.count) == ("error", 2)
    assert found.text == "2 sounds are shorter than 25 ms, which cannot be heard"
    assert [(one.split()[0], one.rpartition(": ")[2]) for one in found.examples] == [
        ("short", "20.0 ms"), ("part", "10.0 ms"),
    ]  # fmt: skip


def test_sounds_out_of_step_with_their_clip(look, tone, film):
    seen, heard = film
    late = heard.model_copy(update={"start": 2.0, "end": 4.0})
    first = seen.model_copy(update={"start": 0.0, "end": 2.0})
    rows = [
        Sample(id="own", media=(seen, heard)), Sample(id="near", media=(seen, tone("near.wav", 4.9))),
        Sample(id="short", media=(tone("short.wav", 2.5), seen)), Sample(id="long", media=(seen, tone("long.wav", 9))),
        Sample(id="shifted", media=(first, late)), Sample(id="two", media=(seen, first, tone("two.wav", 2))),
        Sample(id="alone", media=(tone("alone.wav", 30),)),
    ]  # fmt: skip
    found = look(rows, media=True)["sound_out_of_step"]
    assert (found.level, found.text) == ("warning", "3 sounds are out of step with the clip of the same sample")
    assert [one.split()[0] for one in found.examples] == ["short", "long", "shifted"]
    assert found.examples[0].endswith("short.wav: 2.50 s of sound, 4.00 s of clip")
    assert found.examples[1].endswith("long.wav: 9.00 s of sound, 4.00 s of clip")
    assert found.examples[2].endswith("film.mp4: 2.00 s of sound, 2.00 s of clip, from 2.00 s and 0.00 s of one file")
    assert "sound_out_of_step" not in look(rows[:2], media=True)


def test_scripts_of_what_is_said(look):
    rows = [
        Sample(id="a", question="How is she?", transcript="I am fine."),
        Sample(id="b", question="How is she?", transcript="我很好。"),
        Sample(id="c", question="她怎么样?", transcript="我很好。"),
        Sample(id="d", question="How is she?", transcript=""),
        Sample(id="e", question="How is she?"),
    ]
    found = look(rows)["transcript_scripts"]
    assert (found.level, found.count) == ("note", 3)
    assert found.text == "transcripts by script: Chinese 2 (67%), Latin 1 (33%); 1 in another than their question"
    assert [one.split()[0] for one in found.examples] == ["b"]
    assert found.examples[0].endswith("Chinese under a question in Latin")
    assert "transcript_scripts" not in look(rows[:1])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hello there", "Latin"), ("Größe", "Latin"), ("你好", "Chinese"), ("彼女は元気です", "Japanese"),
        ("괜찮아요", "Korean"), ("Всё хорошо", "Cyrillic"), ("她说 OK 好的", "Chinese"), ("I said 好 to him", "Latin"),
        ("123 ?!", None), ("", None), (None, None), ("a" * 10**6, "Latin"),
    ],
)  # fmt: skip
def test_the_script_of_a_text(text, name):
    assert script(text) == name
