from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.affect.samples import read, write
from affectreason.cli import main as cli
from affectreason.commands import faces
from affectreason.errors import InputError
from affectreason.media.face import Face
from affectreason.media.face_crop import box_of
from affectreason.media.face_evidence import Evidence


@contextmanager
def finder():
    """Finds a face in every picture that is not black; the brighter, the broader its smile."""

    def find(image):
        bright = np.asarray(image).mean() / 255
        if bright < 0.05:
            return []
        points = np.full((478, 2), 16.0)
        points[0], points[1], points[[33, 133]], points[[362, 263]] = (4, 4), (28, 28), (10, 12), (22, 12)
        return [Face(points, box_of(points), {12: Evidence(round(bright, 1), bright, bright)})]

    yield find


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A picture, a folder of three frames (black, bright, dim), a black picture, and text alone."""
    monkeypatch.setattr(faces, "finder", finder)
    monkeypatch.setattr(faces, "tool", lambda: "mediapipe 1.2.2, model abc")

    def picture(name, shade):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (32, 32), (shade, shade, shade)).save(tmp_path / name)

    for name, shade in [("a.png", 204), ("c/1.png", 0), ("c/2.png", 230), ("c/3.png", 51), ("black.png", 0)]:
        picture(name, shade)
    kinds = [("set/a 1", "image", "a.png"), ("clip", "frames", "c"), ("none", "image", "black.png")]
    samples = [
        Sample(id=name, media=(Media(kind=kind, path=str(tmp_path / path)),), gold=Affect(emotion="joy"))
        for name, kind, path in kinds
    ]
    sound = Media(kind="audio", path=str(tmp_path / "a.wav"))
    samples[0] = samples[0].model_copy(update={"media": (sound, *samples[0].media), "attributes": {"scene": "street"}})
    write(tmp_path / "mine.jsonl", [*samples, Sample(id="text")])
    return tmp_path / "mine.jsonl"


def test_a_table_of_openface_is_taken_instead(data, tmp_path):
    (tmp_path / "tables").mkdir()
    header = "frame, timestamp, confidence, success, AU06_r, AU12_r, AU28_c"
    rows = ["1, 0.00, 0.98, 1, 0.50, 1.00, 0.00", "2, 0.04, 0.98, 1, 2.25, 0.00, 1.00", "3, 0.08, 0.2, 1, 5, 5, 1"]
    (tmp_path / "tables" / "c.csv").write_text("\n".join([header, *rows]) + "\n")
    words = [f"data={data}", f"out={tmp_path / 'cut.jsonl'}", "size=64", f"tables={tmp_path / 'tables'}"]
    assert faces.main(words) == 0
    picture, clip, *_ = read(tmp_path / "cut.jsonl")
    assert clip.attributes == {
        "aus_by_openface": ("AU6 2.25",), "peak_frame_by_openface": 2, "aus_tool": "OpenFace, c.csv",
        "face_frames": "2 of 3: 1-2",
    }  # fmt: skip
    assert "aus_by_mediapipe" in picture.attributes
    with pytest.raises(InputError, match=r"tables=.*none: no such folder; give the folder of CSV tables"):
        faces.main([*words[:3], f"tables={tmp_path / 'none'}"])


def test_faces_take_the_place_of_pictures_and_clips(data, tmp_path, capsys):
    assert faces.main([f"data={data}", f"out={tmp_path / 'cut.jsonl'}", "size=64"]) == 0
    picture, clip, none, text = read(tmp_path / "cut.jsonl")
    sound, crop = picture.media
    assert (sound.kind, crop.kind, crop.role) == ("audio", "image", "face")
    assert crop.path.startswith(f"{tmp_path}/cut.faces/set_a_1_")
    assert Image.open(crop.path).size == (64, 64)
    assert picture.attributes == {
        "scene": "street",
        "aus_by_mediapipe": ("AU12 0.80",),
        "aus_tool": "mediapipe 1.2.2, model abc",
    }
    assert picture.gold == Affect(emotion="joy")
    (frames,) = clip.media
    assert (frames.kind, frames.role) == ("frames", "face")
    assert sorted(path.name for path in (tmp_path / "cut.faces").glob("clip_*/*")) == ["00001.png", "00002.png"]
    assert clip.attributes["aus_by_mediapipe"] == ("AU12 0.90",)
    assert clip.attributes["face_frames"] == "2 of 3: 1-2"
    assert (none.media, none.attributes) == ((Media(kind="image", path=str(tmp_path / "black.png")),), {})
    assert text == Sample(id="text")
    assert capsys.readouterr().out == (
        f"wrote {tmp_path / 'cut.jsonl'}: 2 faces in {tmp_path / 'cut.faces'}, none found in 1 pictures or clips\n"
        "1 of 3 frames of clips lack their face and were left out\n"
        f"  none, {tmp_path / 'black.png'}: kept whole\n"
    )


def test_paths_are_relative_to_the_new_file_and_old_crops_do_not_stay(data, tmp_path):
    line = [f"data={data}", f"out={tmp_path / 'cut.jsonl'}"]
    faces.main([*line, "fps=2", "max_frames=3"])
    folder = next((tmp_path / "cut.faces").glob("clip_*"))
    assert f'"path":"cut.faces/{folder.name}"' in (tmp_path / "cut.jsonl").read_text()
    Image.new("RGB", (32, 32)).save(tmp_path / "c" / "2.png")
    faces.main(line)
    assert [path.name for path in folder.iterdir()] == ["00002.png"]


def test_several_pictures_are_told_apart(data, tmp_path):
    pictures = tuple(Media(kind="image", path=str(tmp_path / name)) for name in ("a.png", "black.png", "c/3.png"))
    write(tmp_path / "two.jsonl", [Sample(id="two", media=pictures)])
    faces.main([f"data={tmp_path / 'two.jsonl'}", f"out={tmp_path / 'cut.jsonl'}", f"crops={tmp_path / 'crops'}"])
    (sample,) = read(tmp_path / "cut.jsonl")
    assert [media.role for media in sample.media] == ["face", None, "face"]
    assert sample.attributes["aus_by_mediapipe"] == ("AU12 0.80",)
    assert sample.attributes["aus_by_mediapipe_2"] == ("AU12 0.20",)
    assert len(list((tmp_path / "crops").glob("*.png"))) == 2


def test_a_video_has_its_peak_and_its_clock(data, tmp_path, monkeypatch):
    shades = (51, 204, 102, 0, 0, 90, 0, 80, 80)
    frames = [Image.new("RGB", (32, 32), (shade,) * 3) for shade in shades]
    looked = [0.25 * number for number in range(9)]
    monkeypatch.setattr(faces, "read_frames", lambda media, sample, **keys: (frames, looked, 10.0))
    write(tmp_path / "v.jsonl", [Sample(id="v", media=(Media(kind="video", path=str(tmp_path / "v.mp4")),))])
    faces.main([f"data={tmp_path / 'v.jsonl'}", f"out={tmp_path / 'cut.jsonl'}"])
    (sample,) = read(tmp_path / "cut.jsonl")
    assert sample.attributes["peak_second_by_mediapipe"] == 0.25
    assert sample.attributes["face_frames"] == "6 of 9 at 4 a second: 0-2, 5, 7-8"
    names = [path.name for path in sorted(Path(sample.media[0].path).iterdir())]
    assert names == [f"{number:05d}.png" for number in (0, 1, 2, 5, 7, 8)]
    assert "A folder of crops has no clock" in faces.HELP


def test_what_is_cut_already_is_not_cut_again(data, tmp_path, monkeypatch):
    looks = []

    @contextmanager
    def counted():
        with finder() as find:
            yield lambda image: looks.append(image.size) or find(image)

    monkeypatch.setattr(faces, "finder", counted)
    line = [f"data={data}", f"out={tmp_path / 'cut.jsonl'}"]

    def run(*words):
        looks.clear()
        assert faces.main([*line, *words]) == 0
        return len(looks), (tmp_path / "cut.jsonl").read_text()

    first = run()
    assert first[0] == 5  # a picture, three frames, a picture without a face
    assert run() == (0, first[1])
    assert run("margin=0.1")[0] == 5
    assert run("margin=0.1")[0] == 0
    crop = next((tmp_path / "cut.faces").glob("set_a_1_*.png"))
    crop.unlink()
    assert run("margin=0.1")[0] == 1
    assert crop.is_file()
    Image.new("RGB", (33, 32), "white").save(tmp_path / "c" / "1.png")
    count, text = run("margin=0.1")
    assert (count, "3 of 3" in text) == (3, True)
    for note in (tmp_path / "cut.faces" / ".made").iterdir():
        note.write_text(note.read_text()[:30])
    assert run("margin=0.1") == (5, text)


def test_an_interrupted_run_goes_on(data, tmp_path, monkeypatch):
    looks = []

    @contextmanager
    def stopped():
        def find(image):
            looks.append(image)
            if len(looks) == 3:
                raise KeyboardInterrupt
            return []

        with finder() as real:
            yield lambda image: find(image) or real(image)

    monkeypatch.setattr(faces, "finder", stopped)
    line = [f"data={data}", f"out={tmp_path / 'cut.jsonl'}"]
    with pytest.raises(KeyboardInterrupt):
        faces.main(line)
    assert not (tmp_path / "cut.jsonl").exists()
    assert faces.main(line) == 0
    assert len(looks) == 3 + 4  # the first picture is cut; the clip that was interrupted begins anew
    assert len(read(tmp_path / "cut.jsonl")) == 4


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("size=8", "size=8: write a whole number from 16 to 4096"),
        ("size=22.5", "size=22.5: write a whole number from 16 to 4096"),
        ("margin=-1", "margin=-1: write a number from 0 to 2"),
        ("margin=wide", "margin=wide: write a number from 0 to 2"),
        ("fps=0", "fps=0: write a number from 0.01 to 1000"),
        ("max_frames=0", "max_frames=0: write a whole number from 1 to 100000"),
    ],
)
def test_numbers_out_of_range_are_said(data, tmp_path, word, said):
    with pytest.raises(InputError) as error:
        faces.main([f"data={data}", f"out={tmp_path / 'cut.jsonl'}", word])
    assert str(error.value) == said


def test_the_data_are_never_written_over(data):
    before = data.read_bytes()
    with pytest.raises(InputError, match=r"is data=; write the new samples beside it, such as mine_faces\.jsonl"):
        faces.main([f"data={data}", f"out={data}"])
    assert data.read_bytes() == before


def test_missing_and_damaged_media_stop_with_all_their_names_and_nothing_is_written(data, tmp_path, capsys):
    (tmp_path / "a.png").unlink()
    (tmp_path / "black.png").write_bytes(b"\x89PNG")
    assert cli(["faces", f"data={data}", f"out={tmp_path / 'cut.jsonl'}"]) == 2
    said = capsys.readouterr().err
    assert "2 samples have media that cannot be used; mend them, or leave them out with missing=skip" in said
    assert f"sample 'set/a 1': no such file: {tmp_path / 'a.png'}" in said
    assert f"sample 'none': cannot read the image {tmp_path / 'black.png'} (4 bytes)" in said
    assert not (tmp_path / "cut.jsonl").exists()


def test_missing_media_are_left_out_on_request_and_listed(data, tmp_path, capsys):
    (tmp_path / "a.png").unlink()
    line = [f"data={data}", f"out={tmp_path / 'cut.jsonl'}"]
    assert faces.main([*line, "missing=skip"]) == 0
    assert [sample.id for sample in read(tmp_path / "cut.jsonl")] == ["clip", "none", "text"]
    assert capsys.readouterr().out.endswith(
        f"  none, {tmp_path / 'black.png'}: kept whole\n"
        "left out 1 samples whose media cannot be used:\n"
        f"  sample 'set/a 1': no such file: {tmp_path / 'a.png'}; put the file there or mend `path` in the sample\n"
    )
    with pytest.raises(InputError, match=r"missing=ignore: .*known: skip, stop"):
        faces.main([*line, "missing=ignore"])
    write(tmp_path / "one.jsonl", [Sample(id="gone", media=(Media(kind="image", path="/no/a\0.png"),))])
    with pytest.raises(
        InputError, match=r"no sample is left, nothing was written:\n  sample 'gone': cannot read '.*null"
    ):
        faces.main([f"data={tmp_path / 'one.jsonl'}", f"out={tmp_path / 'no.jsonl'}", "missing=skip"])
    assert not (tmp_path / "no.jsonl").exists()


def test_crops_that_cannot_be_written_are_an_error(data, tmp_path):
    (tmp_path / "crops").touch()
    with pytest.raises(InputError, match=r"cannot write crops in .*crops: (File exists|Not a directory); choose ano"):
        faces.main([f"data={data}", f"out={tmp_path / 'cut.jsonl'}", f"crops={tmp_path / 'crops'}", "missing=skip"])
