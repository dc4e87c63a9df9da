import logging
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.media.video import read_frames

GREY = 5  # how much brighter each frame is than the one before


def video(path, frames=40, rate=10, stamps=None, codec="libx264", **options):
    """A clip whose frame i has the grey i * GREY, so that its pixels tell which frame was read."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        stream.gop_size = 12
        stream.codec_context.time_base = Fraction(1, 1000) if stamps else Fraction(1, rate)
        for index in range(frames):
            pixels = np.full((32, 32, 3), index * GREY % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            if stamps:
                frame.pts, frame.time_base = round(stamps[index] * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def numbers(images):
    return [round(np.asarray(image).mean() / GREY) for image in images]


def clip(path, kind="video", **more):
    return Media(kind=kind, path=str(path), **more)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "webm"])
def test_frames_are_spread_evenly_over_the_clip(tmp_path, ending):
    path = video(tmp_path / f"a.{ending}", codec="libvpx" if ending == "webm" else "libx264")
    images, times, rate = read_frames(clip(path), "s1", fps=2.0)
    assert numbers(images) == [0, 6, 11, 17, 22, 28, 33, 39]  # 4 s at 2 a second, the first and the last among them
    late = 0.1 if ending == "avi" else 0.0  # AVI has no display times; its clock runs late by the B-frames' delay
    assert times == pytest.approx([n / 10 + late for n in numbers(images)], abs=1e-3)
    assert rate == pytest.approx(10)
    assert images[0].mode == "RGB"


def test_the_number_of_frames_is_bounded(tmp_path):
    path = video(tmp_path / "a.mp4")
    assert len(read_frames(clip(path), "s1", fps=10, max_frames=16)[0]) == 16
    assert numbers(read_frames(clip(path), "s1", fps=0.01, min_frames=3)[0]) == [0, 19, 39]
    assert len(read_frames(clip(path), "s1", fps=100, max_frames=100)[0]) == 40


def test_start_and_end_cut_a_clip_out(tmp_path):
    path = video(tmp_path / "a.mp4")
    images, times, _ = read_frames(clip(path, start=2.0, end=3.0), "s1", fps=4)
    assert numbers(images) == [20, 23, 26, 29]
    assert times == pytest.approx([2.0, 2.3, 2.6, 2.9])


def test_frames_are_chosen_by_time_where_the_rate_varies(tmp_path):
    stamps = [i * 0.05 for i in range(20)] + [1.0 + i * 0.5 for i in range(1, 7)]  # 1 s of 20 frames, 3 s of 2 a second
    images, times, _ = read_frames(clip(video(tmp_path / "a.mkv", 26, stamps=stamps)), "s1", fps=1.25, max_frames=5)
    assert times == pytest.approx([0, 0.95, 2, 3, 4], abs=0.01)
    assert numbers(images) == [0, 19, 21, 23, 25]


def test_bgr_frames_get_their_colours_back(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(4):
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.full((32, 32, 3), [200, 20, 20], np.uint8), "rgb24"))
            )
        container.mux(stream.encode())
    red, _, blue = read_frames(clip(path, colour="bgr"), "s1")[0][0].getpixel((5, 5))
    assert blue > 150 > 60 > red


def test_a_phones_mark_turns_the_clip_upright(tmp_path):
    path = tmp_path / "a.mp4"
    pixels = np.zeros((32, 64, 3), np.uint8)
    pixels[:, :32] = 255
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        for _ in range(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode())
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44  # ISO 14496-12, 8.3.2: the track's matrix, here a quarter turn clockwise
    struct.pack_into(">9i", data, matrix, 0, 1 << 16, 0, -1 << 16, 0, 0, 32 << 16, 0, 1 << 30)
    path.write_bytes(data)
    image = read_frames(clip(path), "s1")[0][0]
    assert image.size == (32, 64)
    assert image.getpixel((16, 8))[0] > 240 > 15 > image.getpixel((16, 56))[0]  # what lay left is above


def test_a_folder_of_frames_is_read_in_the_order_of_its_numbers(tmp_path):
    for index in range(12):
        Image.new("RGB", (8, 8), (index * GREY,) * 3).save(tmp_path / f"frame_{index}.png")
    (tmp_path / "notes.txt").write_text("not a frame")
    images, times, rate = read_frames(clip(tmp_path, "frames"), "s1", fps=2.0, max_frames=6)
    assert numbers(images) == [0, 2, 4, 7, 9, 11]
    assert (times, rate) == ([0, 1.0, 2.0, 3.5, 4.5, 5.5], 2.0)


def test_a_folder_without_images_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"sample 's1': .* is neither a folder of images \(.bmp, .jpeg"):
        read_frames(clip(tmp_path, "frames"), "s1")


def test_a_broken_frame_of_a_folder_is_named(tmp_path):
    for index in range(3):
        Image.new("RGB", (8, 8)).save(tmp_path / f"{index}.png")
    (tmp_path / "1.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match=r"sample 's1': cannot read the image .*1.png"):
        read_frames(clip(tmp_path, "frames"), "s1", fps=3)


def test_a_missing_clip_is_named(tmp_path):
    with pytest.raises(InputError, match=r"sample 's1': no such file: .*gone.mp4"):
        read_frames(clip(tmp_path / "gone.mp4"), "s1")


@pytest.mark.parametrize("data", [b"", b"no video at all", b"\x00" * 4096])
def test_what_is_no_video_is_an_error(tmp_path, data):
    (tmp_path / "a.mp4").write_bytes(data)
    with pytest.raises(InputError, match=r"sample 's1': the clip .*a.mp4 cannot be read: .+; fetch it again"):
        read_frames(clip(tmp_path / "a.mp4"), "s1")


def test_a_moment_outside_the_clip_is_an_error(tmp_path):
    path = video(tmp_path / "a.mp4")
    with pytest.raises(InputError, match=r"has no frame from 9 s to 10 s; the last frame read is at 3.90 s"):
        read_frames(clip(path, start=9, end=10), "s1")
    with pytest.raises(InputError, match=r"has 1 frame\(s\), 2 are needed; give more of the clip"):
        read_frames(clip(path, start=1.0, end=1.05), "s1")


def test_a_clip_cut_short_gives_what_can_be_read(tmp_path):
    path = video(tmp_path / "a.mp4", 100, movflags="faststart")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.8)])
    images, times, _ = read_frames(clip(path), "s1")
    assert len(images) >= 2
    assert times[-1] < 9.9


def test_tags_that_are_not_utf8_are_let_by(tmp_path):
    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "name-XX"
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
        container.mux(stream.encode())
    data = path.read_bytes()
    assert b"name-XX" in data
    path.write_bytes(data.replace(b"name-XX", b"name-\xff\xe9"))
    assert len(read_frames(clip(path), "s1")[0]) == 2


def test_damage_is_an_error_unless_half_of_the_frames_are_left(tmp_path, monkeypatch, caplog):
    path = video(tmp_path / "a.mp4", rate=10)
    from affectreason.media import video as module

    whole = module._frames
    for last, fails in ((28, False), (8, True)):
        monkeypatch.setattr(
            module, "_frames", lambda c, s, last=last: (f for n, f in enumerate(whole(c, s)) if n < last)
        )
        with caplog.at_level(logging.WARNING):
            if fails:
                with pytest.raises(InputError, match="is damaged: only 2 of 8 frames can be read"):
                    read_frames(clip(path), "s1")
            else:
                assert numbers(read_frames(clip(path), "s1")[0]) == [0, 6, 11, 17, 22]
                assert "5 of 8 frames read" in caplog.text


def test_impossible_numbers_and_other_kinds_are_errors(tmp_path):
    path = video(tmp_path / "a.mp4")
    with pytest.raises(InputError, match="fps must be above 0 and 1 <= min_frames <= max_frames"):
        read_frames(clip(path), "s1", fps=0)
    with pytest.raises(InputError, match="is media of kind 'audio', not 'video' or 'frames'"):
        read_frames(clip(path, "audio"), "s1")
