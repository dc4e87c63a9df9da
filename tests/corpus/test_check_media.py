import wave

import av
import numpy as np
import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Sample


def sample(name, kind="image", path="", gold=None, transcript=None, **more):
    media = (Media(kind=kind, path=str(path), **more),)
    return Sample(id=name, question=name, media=media, gold=gold or Affect(), transcript=transcript)


@pytest.fixture
def clip(tmp_path):
    """Write a clip of moving noise at 10 frames a second, with a sound track of that amplitude if one is given."""

    def make(name, frames=10, loud=None):
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            video = container.add_stream("mpeg4", rate=10)
            video.width = video.height = 64
            video.pix_fmt = "yuv420p"
            track = None if loud is None else container.add_stream("aac", rate=16000)
            for number in range(frames):
                pixels = np.random.default_rng(number).integers(0, 255, (64, 64, 3), dtype=np.uint8)
                container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(video.encode())
            if track is not None:
                tone = (np.sin(np.arange(1024 * 16) / 6) * loud).astype(np.float32)[None]
                for at in range(16):
                    frame = av.AudioFrame.from_ndarray(tone[:, at * 1024 : (at + 1) * 1024], "fltp", "mono")
                    frame.sample_rate = 16000
                    container.mux(track.encode(frame))
                container.mux(track.encode())
        return path

    return make


def test_missing_and_broken_files_are_named_with_sample_and_line(look, photo, tmp_path):
    cut = photo("cut.png", size=256)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    (tmp_path / "empty.png").touch()
    rows = [
        sample("a", path=photo("a.png")),
        sample("b", path="b.png"),
        sample("c", path=cut),
        sample("d", path="empty.png"),
    ]
    found = look(rows, media=True)
    data = tmp_path / "data.jsonl"
    assert (found["missing_media"].level, found["missing_media"].text) == (
        "error",
        "1 media file is not there, in 1 sample",
    )
    assert found["missing_media"].examples == (f"b ({data}:2): {tmp_path / 'b.png'}",)
    broken = found["broken_media"]
    assert (broken.level, broken.text) == ("error", "2 media files cannot be decoded to the end, in 2 samples")
    assert broken.examples[0].startswith(f"c ({data}:3): {cut}: ")
    assert broken.examples[1].startswith(f"d ({data}:4): {tmp_path / 'empty.png'}: ")
    assert found["image_sizes"].text == "1 picture, least / median / most: 64 / 64 / 64 px wide, 64 / 64 / 64 px high"


def test_files_are_counted_once_however_many_samples_name_them(look, photo, clip):
    cut = photo("cut.png", size=256)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    one = clip("one.mp4", frames=1)
    kinds = (
        ("gone", "image", "gone.png"),
        ("cut", "image", cut),
        ("one", "video", one),
        ("far", "url", "https://x.y/a"),
    )
    rows = [sample(f"{name}{n}", kind, path) for n in range(3) for name, kind, path in kinds]
    rows += [
        sample("other", path="other.png"),
        sample("part", "video", one, end=9),
        sample("same", "video", one, end=9),
    ]
    found = look(rows, media=True)
    assert found["missing_media"].text == "2 media files are not there, in 4 samples"
    assert [example.split()[0] for example in found["missing_media"].examples] == ["gone0", "other"]
    assert found["broken_media"].text == "1 media file cannot be decoded to the end, in 3 samples"
    assert found["one_frame"].text == "1 clip has fewer than 2 frames"
    assert found["one_frame"].examples[0].startswith("one0 (")
    assert found["end_beyond_clip"].text == "1 part ends after the end of the clip"
    assert found["unopened"].count == 1


def test_without_media_only_what_is_not_there_is_told(look, tmp_path):
    (tmp_path / "empty.png").touch()
    found = look([sample("b", path="b.png"), sample("d", path="empty.png")])
    assert found["missing_media"].count == 1
    assert not {"broken_media", "image_sizes"} & set(found)
    assert not (tmp_path / "data.media.sqlite").exists()


def test_what_was_seen_is_kept_beside_the_file(look, photo, tmp_path):
    look([sample("a", path=photo("a.png"))], media=True)
    assert (tmp_path / "data.media.sqlite").is_file()


def test_parts_beyond_the_clip_and_clips_of_one_frame(look, clip):
    path = clip("a.mp4")
    rows = [
        sample("a", "video", path, start=0, end=1), sample("late", "video", path, end=3),
        sample("never", "video", path, start=2), sample("none", "video", path, start=0.5, end=0.5),
        sample("one", "video", clip("b.mp4", frames=1)),
    ]  # fmt: skip
    found = look(rows, media=True)
    assert (found["end_beyond_clip"].level, found["end_beyond_clip"].count) == ("warning", 1)
    assert found["end_beyond_clip"].examples[0].startswith("late (")
    assert found["empty_part"].level == "error"
    assert [one.split()[0] for one in found["empty_part"].examples] == ["never", "none"]
    assert (found["one_frame"].level, found["one_frame"].count) == ("warning", 1)
    assert found["one_frame"].examples[0].startswith("one (")
    assert "odd_media" not in found
    assert found["video_sizes"].text.startswith("2 clips, least / median / most: 64 / 64 / 64 px wide, ")
    assert "1 / 10 / 10 frames" in found["video_sizes"].text


def test_silence_where_somebody_speaks(look, clip, tmp_path):
    with wave.open(str(tmp_path / "quiet.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(32000))
    rows = [
        sample("loud", "video", clip("loud.mp4", loud=0.5), transcript="Hello."),
        sample("still", "video", clip("still.mp4", loud=0), transcript="Hello."),
        sample("nobody", "video", tmp_path / "still.mp4"), sample("wave", "audio", "quiet.wav"),
        sample("mute", "video", clip("mute.mp4"), transcript="Hello."),
    ]  # fmt: skip
    found = look(rows, media=True)
    assert (found["silent"].level, found["silent"].count) == ("warning", 2)
    assert {one.split()[0] for one in found["silent"].examples} == {"still", "wave"}
    assert "odd_media" not in found
    assert found["no_sound"].text == "1 clip of samples with a transcript has no sound at all"
    assert "sound heard 1, sound none 1, sound silent 1" in found["video_sizes"].text


def test_small_pictures_and_remarks(look, photo):
    found = look([sample("a", path=photo("a.png", size=20))], media=True)
    assert (found["small_picture"].level, found["small_picture"].examples[0][-7:]) == ("warning", "20 x 20")
    assert "odd_media" not in found
    grey = photo("b.png")
    from PIL import Image

    Image.open(grey).save(grey.with_suffix(".gif"), save_all=True, append_images=[Image.open(photo("c.png", 3))])
    found = look([sample("a", path=grey.with_suffix(".gif"))], media=True)["odd_media"]
    assert found.level == "warning"
    assert "an animation of # frames, only the first is read (1)" in found.text


def test_faces_that_are_blue(look, photo):
    face = Affect(aus=(ActionUnit(number=12),))
    rows = [sample(str(n), path=photo(f"{n}.png", n, red=-20), gold=face) for n in range(8)]
    found = look(rows, media=True)["colour_order"]
    assert (found.level, found.count, found.mend) == ("warning", 8, 'if so, write "colour": "bgr"')
    assert found.text == "8 of 8 faces stored as rgb are bluer than red, which skin is not"
    swapped = [row.model_copy(update={"media": (row.media[0].model_copy(update={"colour": "bgr"}),)}) for row in rows]
    assert "colour_order" not in look(swapped, media=True)
    art = [row.model_copy(update={"gold": Affect(emotion="awe")}) for row in rows]
    assert "colour_order" not in look(art, media=True)
    assert "colour_order" not in look(rows[:7], media=True)


def test_red_faces_said_to_be_bgr(look, photo):
    face = Affect(aus=(ActionUnit(number=12),))
    rows = [sample(str(n), path=photo(f"{n}.png", n), gold=face, colour="bgr") for n in range(8)]
    assert look(rows, media=True)["colour_order"].mend == 'if so, write "colour": "rgb"'


def test_addresses_are_not_opened(look):
    found = look([sample("a", "url", "https://example.org/a.jpg")], media=True)["unopened"]
    assert (found.level, found.text) == ("note", "1 address or feature file: not looked into")
