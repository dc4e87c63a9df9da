import hashlib
import os
import re
import struct
import zlib
from random import Random

import av
import numpy as np
import pytest
from PIL import Image

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.media.alike import fingerprint, near, of_picture
from affectreason.media.examine import Facts, examine


def looked(kind, path):
    return examine(kind, str(path))


def problem(kind, path):
    found = looked(kind, path)
    assert found.problem is not None
    assert "'s1'" not in found.problem
    return found.problem


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "ppm", "webp"])
def test_a_picture_is_measured(tmp_path, face, ending):
    path = tmp_path / f"a.{ending}"
    face.save(path, **({"lossless": True} if ending == "webp" else {}))
    assert looked("image", path) == Facts(
        "image", str(path), None, size=path.stat().st_size, digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        look=fingerprint([Media(kind="image", path=str(path))]), width=40, height=56, warmth=140.0,
    )  # fmt: skip
    assert looked("image", path).look.bit_count() == 256  # brighter from left to right in every cell


def test_faces_stored_as_bgr_come_out_cold(tmp_path, face):
    red, green, blue = face.split()
    Image.merge("RGB", (blue, green, red)).save(tmp_path / "a.png")
    assert looked("image", tmp_path / "a.png").warmth == -140.0


def test_the_size_is_that_of_the_upright_picture(tmp_path, face):
    mark = Image.Exif()
    mark[0x0112] = 6
    face.save(tmp_path / "a.jpg", exif=mark)
    assert (looked("image", tmp_path / "a.jpg").width, looked("image", tmp_path / "a.jpg").height) == (56, 40)


def test_what_is_odd_of_a_picture_is_a_warning(tmp_path, face):
    face.save(tmp_path / "a.gif", save_all=True, append_images=[face.rotate(90), face.rotate(180)])
    face.convert("CMYK").save(tmp_path / "cmyk.jpg")
    Image.fromarray(np.full((40, 41), 40000, np.uint16)).save(tmp_path / "deep.png")
    face.resize((40, 17)).save(tmp_path / "low.png")
    for name, words in (
        ("a.gif", ("an animation of 3 frames, only the first is read",)),
        ("cmyk.jpg", ("CMYK colours turned to RGB",)),
        ("deep.png", ("16 bits a channel, brought to 8",)),
        ("low.png", ()),  # small: `check` says so from the sizes
    ):
        assert (looked("image", tmp_path / name).problem, looked("image", tmp_path / name).warnings) == (None, words)
    cut = (tmp_path / "a.gif").read_bytes()
    (tmp_path / "cut.gif").write_bytes(cut[: len(cut) * 2 // 3])
    assert looked("image", tmp_path / "cut.gif").warnings == (
        "an animation, damaged after the first frame, which alone is read",
    )


def bomb(path, side):
    """A PNG that says it has `side` x `side` pixels, in a few bytes."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def test_a_bomb_is_not_decoded(tmp_path):
    bomb(tmp_path / "a.png", 60000)
    assert problem("image", tmp_path / "a.png").startswith(
        "cannot be read: Image size (3600000000 pixels) exceeds limit"
    )


def test_pictures_that_cannot_be_used_are_named(tmp_path):
    Image.frombytes("RGB", (40, 40), Random(0).randbytes(4800)).save(tmp_path / "a.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:2000])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "page.jpg").write_text("<!DOCTYPE html><html><body>404 not found</body></html>")
    (tmp_path / "zip.jpg").write_bytes(b"PK\x03\x04" + bytes(100))
    assert problem("image", tmp_path / "cut.png") == "cannot be read: image file is truncated; fetch it again"
    assert problem("image", tmp_path / "empty.png") == "is empty (0 bytes); fetch it again"
    assert problem("image", tmp_path / "page.jpg") == (
        "cannot be read: cannot identify image file; fetch it again "
        "(the file holds text: '<!DOCTYPE html><html><body>404 not found')"
    )
    assert problem("image", tmp_path / "zip.jpg").endswith("(the file holds a zip archive)")
    assert (
        looked("image", tmp_path / "cut.png").digest == hashlib.sha256((tmp_path / "cut.png").read_bytes()).hexdigest()
    )
    assert looked("image", tmp_path / "cut.png").size == 2000


def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    assert problem("video", tmp_path / "pipe.mp4") == "is a pipe or a device, not a file; it was not opened"
    assert problem("image", "/dev/zero") == "is a pipe or a device, not a file; it was not opened"
    assert problem("audio", tmp_path) == "is a folder, not a file; for a folder of frames write kind 'frames'"
    assert problem("image", tmp_path / "no.png") == "no such file"
    assert problem("image", tmp_path / "no" / "a.png") == f"no such file (the folder {tmp_path / 'no'} is missing too)"
    assert problem("image", "a\0b") == "cannot be read: embedded null byte"
    assert problem("image", tmp_path / ("a" * 300)) == "cannot be read: File name too long"
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    assert problem("image", tmp_path / "loop.png") == "cannot be read: Too many levels of symbolic links"
    (tmp_path / "a.txt").touch()
    for kind in ("image", "video", "audio", "frames", "features"):
        assert problem(kind, "a\0b") == "cannot be read: embedded null byte"
        assert problem(kind, tmp_path / "a.txt" / "b.png") == "cannot be read: Not a directory"
    assert looked("url", "https://example.org/a.mp4") == Facts("url", "https://example.org/a.mp4", None)
    with pytest.raises(InputError, match="media of kind 'vidoe' cannot be examined; did you mean 'video'"):
        examine("vidoe", "a.mp4")


@pytest.mark.parametrize(
    ("ending", "codec"),
    [("mp4", "libx264"), ("mov", "mpeg4"), ("mkv", "libx264"), ("avi", "mpeg4"), ("webm", "libvpx"), ("gif", "gif")],
)
def test_a_clip_is_measured(tmp_path, film, ending, codec):
    path = film(tmp_path / f"a.{ending}", frames=21, codec=codec)
    found = looked("video", path)
    assert (found.problem, found.warnings, found.sound, found.hertz) == (None, (), "none", None)
    assert (found.width, found.height, found.frames, found.rate) == (48, 32, 21, 10.0)
    assert found.seconds == pytest.approx(2.1, abs=0.002)
    assert found.look == fingerprint([Media(kind="video", path=str(path))])
    assert found.warmth == pytest.approx(80, abs=12)  # half of it is grey, half 160 redder than blue
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(("loud", "sound"), [(0.3, "heard"), (0.002, "heard"), (0.0005, "silent"), (0.0, "silent")])
def test_a_sound_track_is_heard_or_silent(tmp_path, film, play, tone, loud, sound):
    wave = tone(2.0, 440, 16000, loud)[None]
    found = looked("video", film(tmp_path / "a.mkv", wave=wave, sound="pcm_s16le"))
    assert (found.problem, found.sound, found.hertz, found.channels) == (None, sound, 16000, 1)
    assert found.warnings == ()
    for codec in ("pcm_u8", "pcm_s32le", "pcm_f32le", "flac"):
        if codec == "pcm_u8" and 0 < loud < 0.01:
            continue  # eight bits do not hold it
        alone = looked("audio", play(tmp_path / f"{codec}.{'flac' if codec == 'flac' else 'wav'}", wave, 16000, codec))
        assert (alone.problem, alone.sound, alone.seconds, alone.channels) == (None, sound, 2.0, 1)


def test_sounds_are_measured(tmp_path, play, film, tone):
    both = play(tmp_path / "a.mp3", np.stack([tone(1.5)] * 2), codec="libmp3lame")
    found = looked("audio", both)
    assert (found.sound, found.seconds, found.hertz, found.channels, found.frames) == ("heard", 1.5, 44100, 2, None)
    clip = film(tmp_path / "a.mp4", wave=tone(2.0, 440, 16000)[None])
    assert looked("audio", clip).seconds == pytest.approx(2.0, abs=0.13)  # AAC has frames of 64 ms here
    assert problem("audio", film(tmp_path / "mute.mp4")) == "holds no sound track"
    assert problem("video", both) == (
        "holds no video; for sound alone write kind 'audio' (the file holds an MP3 sound)"
    )


def test_what_is_odd_of_a_clip_is_a_warning(tmp_path, film):
    stamps = [i * 0.05 for i in range(20)] + [1.0 + i * 0.1 for i in range(20)]
    assert looked("video", film(tmp_path / "vary.mkv", 40, stamps=stamps)).warnings == ("variable frame rate 10-20",)
    assert looked("video", film(tmp_path / "low.mp4", size=(16, 16))).warnings == ()  # said by `check`
    assert looked("video", film(tmp_path / "one.mp4", frames=1)).warnings == ()
    assert looked("video", film(tmp_path / "odd.mkv", size=(51, 37), codec="ffv1")).warnings == ()


def test_a_clip_that_is_cut_short_says_how_much_is_lost(tmp_path, film):
    path = film(tmp_path / "a.mp4", frames=60, movflags="faststart")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 7 // 8])
    found = looked("video", path)
    assert found.problem is None
    assert found.frames < 58
    assert found.warnings == (f"the last {(60 - found.frames) / 10:.1f} s cannot be decoded",)
    data = whole.index(b"mdat")
    path.write_bytes(whole[: data + (len(whole) - data) // 3])
    assert re.fullmatch(r"is damaged: [0-2]\.\d of 6.0 s can be decoded; fetch it again", problem("video", path))
    path.write_bytes(whole[:data])
    assert problem("video", path) == "holds no frame"
    plain = film(tmp_path / "b.mp4", frames=60)
    plain.write_bytes(plain.read_bytes().partition(b"moov")[0])
    assert problem("video", plain) == "cannot be read: Invalid data found when processing input; fetch it again"


def test_a_wav_that_is_cut_short_says_how_much_is_lost(tmp_path, play, tone):
    path = play(tmp_path / "a.wav", tone(2.0, 440, 16000)[None], 16000)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 3 // 4])
    assert looked("audio", path).warnings == ("the last 0.5 s cannot be decoded",)
    path.write_bytes(whole[: len(whole) // 4])
    assert problem("audio", path) == "is damaged: 0.5 of 2.0 s can be decoded; fetch it again"
    streamed = bytearray(whole)  # a program that writes into a pipe does not know the length
    streamed[4:8] = streamed[whole.index(b"data") + 4 : whole.index(b"data") + 8] = b"\xff" * 4
    path.write_bytes(streamed)
    assert (looked("audio", path).warnings, looked("audio", path).seconds) == ((), 2.0)


def test_damage_in_the_middle_of_a_clip_is_counted(tmp_path, film):
    path = film(tmp_path / "a.avi", frames=60, codec="mpeg4")
    data = bytearray(path.read_bytes())
    place = data.index(b"00dc", len(data) // 2) + 8
    data[place : place + 60] = bytes(60)
    path.write_bytes(data)
    found = looked("video", path)
    assert found.problem is None
    assert found.frames == 59
    assert found.warnings == ("frames that cannot be decoded: 1 of 60",)


def test_a_phones_mark_turns_the_clip_upright(tmp_path, film):
    path = film(tmp_path / "a.mp4")
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44  # ISO 14496-12, 8.3.2: the track's matrix, here a quarter turn clockwise
    struct.pack_into(">9i", data, matrix, 0, 1 << 16, 0, -1 << 16, 0, 0, 32 << 16, 0, 1 << 30)
    path.write_bytes(data)
    found = looked("video", path)
    assert (found.width, found.height) == (32, 48)
    assert found.look == fingerprint([Media(kind="video", path=str(path))])


def test_files_of_another_kind_are_named(tmp_path, face):
    face.save(tmp_path / "a.png")
    (tmp_path / "png.mp4").write_bytes((tmp_path / "a.png").read_bytes())
    (tmp_path / "text.mp4").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\n{tmp_path / 'other.ts'}\n")
    (tmp_path / "noise.mp4").write_bytes(Random(0).randbytes(5000))
    assert problem("video", tmp_path / "png.mp4") == (
        "is a picture, not a clip; write kind 'image' (the file holds a PNG picture)"
    )
    assert problem("video", tmp_path / "text.mp4") == (
        "is not a clip or a sound (the file holds text: 'version https://git-lfs.github.com/spec/')"
    )
    assert "is not a clip or a sound (the file holds text: '#EXTM3U" in problem("audio", tmp_path / "list.mp4")
    assert problem("video", tmp_path / "noise.mp4").startswith("cannot be read: Invalid data found")
    assert problem("image", tmp_path / "noise.mp4") == "cannot be read: cannot identify image file; fetch it again"


def test_tags_in_another_encoding_do_not_matter(tmp_path, film):
    with av.open(str(tmp_path / "a.avi"), "w") as container:
        container.metadata["title"] = "Zzzzz"
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
        container.mux(stream.encode())
    data = (tmp_path / "a.avi").read_bytes()
    assert b"Zzzzz" in data
    (tmp_path / "a.avi").write_bytes(data.replace(b"Zzzzz", b"Z\xfc\xdf\xff\xe9"))
    assert (looked("video", tmp_path / "a.avi").problem, looked("video", tmp_path / "a.avi").frames) == (None, 4)


def test_a_folder_of_frames_is_measured(tmp_path, face):
    files = []
    for number in (1, 2, 10):
        files.append(tmp_path / f"f_{number}.png")
        face.rotate(number * 9).save(files[-1])
    found = looked("frames", tmp_path)
    digests = b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)
    assert (found.problem, found.warnings, found.frames, found.width, found.height) == (None, (), 3, 40, 56)
    assert found.digest == hashlib.sha256(digests).hexdigest()
    assert found.size == sum(file.stat().st_size for file in files)
    assert found.look == looked("image", files[1]).look == fingerprint([Media(kind="frames", path=str(tmp_path))])
    face.resize((64, 64)).save(tmp_path / "f_11.png")
    assert looked("frames", tmp_path).warnings == ("frames differ in size, 40 x 56 to 64 x 64",)
    (tmp_path / "f_3.png").write_bytes(b"")
    os.mkfifo(tmp_path / "f_4.png")
    assert problem("frames", tmp_path).startswith(
        "has 2 of 6 frames that cannot be used, the first: f_3.png cannot be read: cannot identify image file"
    )
    (tmp_path / "none").mkdir()
    assert problem("frames", tmp_path / "none").startswith("is a folder without images (.bmp, .jpeg")
    assert problem("frames", files[0]) == (
        "is a file, not a folder of images or an array (.npy); for a video file write kind 'video'"
    )


def test_features_are_read_and_no_pickle_is(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((30, 8), np.float16))
    np.savez_compressed(tmp_path / "b.npz", wav=np.ones((3, 8)), face=np.array([1.0, np.nan, np.inf]))
    np.save(tmp_path / "c.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "d.npy", np.array(["joy"]))
    np.save(tmp_path / "e.npy", np.zeros((0, 8)))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-80])
    (tmp_path / "text.npy").write_text("these are no features")
    assert (looked("features", tmp_path / "a.npy").problem, looked("features", tmp_path / "a.npy").warnings) == (
        None,
        (),
    )
    assert looked("features", tmp_path / "b.npz").warnings == (
        "face.npy holds 2 values that are no numbers or infinite",
    )
    assert looked("features", tmp_path / "e.npy").warnings == ("e.npy is empty, of shape (0, 8)",)
    assert problem("features", tmp_path / "c.npy") == (
        "holds pickled Python objects (c.npy), which can run code when loaded, so they were not"
    )
    assert problem("features", tmp_path / "d.npy") == "holds <U3 (d.npy), not numbers"
    assert problem("features", tmp_path / "cut.npy") == (
        "is cut short (cut.npy): 80 bytes of an array of shape (30, 8) are missing"
    )
    assert problem("features", tmp_path / "text.npy").startswith("cannot be read as a NumPy array: the magic string")


CUTS = 15
"""How many of the ways in `_mutations` cut a file short; they come first."""


def test_hundreds_of_spoiled_files_are_each_told(spoiled):
    whole, bad = spoiled
    assert len(bad) >= 270
    assert [(path.name, looked(kind, path).problem) for kind, path in whole] == [(path.name, None) for _, path in whole]
    told = {path.name: looked(kind, path) for kind, path in bad}
    empty = [facts for facts in told.values() if facts.problem == "is empty (0 bytes); fetch it again"]
    assert len(empty) == len(whole)
    wrong = {name: facts.problem for name, facts in told.items() if name.count(".") == 2}
    assert len(wrong) == len(whole)
    assert [name for name, words in wrong.items() if words is None] == ["a.gif.mp4"]  # a GIF is a clip too
    for facts in told.values():
        assert facts.problem is None or len(facts.problem.split()) >= 3
        assert facts.problem is not None or facts.sound is not None or facts.look is not None
    cuts = [name for name in told if name.count(".") == 1 and int(name.split("_")[1].partition(".")[0]) < CUTS]
    assert len(cuts) == CUTS * len(whole)
    untold = {name for name in cuts if told[name].problem is None and not told[name].warnings}
    assert untold == {"a_14.wav", "a_14.avi"}  # of these one byte is missing: writers get the size wrong by up to 8
    assert sum(facts.problem is not None or facts.warnings != () for facts in told.values()) > 230


@pytest.mark.parametrize(("frames", "middle"), [(1, 0), (2, 0), (3, 1), (4, 1), (9, 4), (12, 5), (40, 19)])
def test_a_fingerprint_is_of_the_true_middle(tmp_path, frames, middle):
    noise = Random(7)
    pictures = [Image.frombytes("L", (8, 4), noise.randbytes(32)).resize((64, 32)) for _ in range(frames)]
    (tmp_path / "f").mkdir()
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        for number, picture in enumerate(pictures):
            container.mux(stream.encode(av.VideoFrame.from_image(picture.convert("RGB")).reformat(format="yuv420p")))
            picture.save(tmp_path / "f" / f"{number}.png")
        container.mux(stream.encode())
    clip, folder = Media(kind="video", path=str(tmp_path / "a.mkv")), Media(kind="frames", path=str(tmp_path / "f"))
    assert fingerprint([clip]) == looked("video", tmp_path / "a.mkv").look
    assert fingerprint([folder]) == looked("frames", tmp_path / "f").look == of_picture(pictures[middle])
    assert near(fingerprint([clip]), of_picture(pictures[middle]))
    assert not any(near(fingerprint([clip]), of_picture(one)) for at, one in enumerate(pictures) if at != middle)
