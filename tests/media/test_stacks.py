import numpy as np
import pytest
from PIL import Image

from affectreason.affect.sample import Media, Sample
from affectreason.corpus.sizes import size
from affectreason.errors import InputError
from affectreason.media import openable
from affectreason.media.alike import fingerprint, of_picture
from affectreason.media.examine import examine
from affectreason.media.stacks import opened
from affectreason.media.video import read_frames

SHADES = np.arange(5, dtype=np.uint8) * 10


@pytest.fixture
def faces(tmp_path):
    """Five frames of 4 x 6 pixels, blue first: the blue of frame i is 200, its red is 10 i."""
    stack = np.zeros((5, 4, 6, 3), np.uint8)
    stack[..., 0], stack[..., 2] = 200, SHADES[:, None, None]
    np.save(tmp_path / "faces.npy", stack)
    return Media(kind="frames", path=str(tmp_path / "faces.npy"), role="face", colour="bgr")


def test_frames_of_an_array_are_read_in_the_right_colours(faces):
    images, times, rate = read_frames(faces, "s", fps=30, max_frames=3)
    assert [image.getpixel((5, 3)) for image in images] == [(0, 0, 200), (20, 0, 200), (40, 0, 200)]
    assert (times, rate) == ([0.0, 2 / 30, 4 / 30], 30)
    assert images[0].size == (6, 4)
    as_stored = faces.model_copy(update={"colour": "rgb"})
    assert read_frames(as_stored, "s", fps=30, max_frames=3)[0][1].getpixel((0, 0)) == (200, 0, 20)


def test_an_array_equals_the_folder_of_its_frames(faces, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for index, frame in enumerate(opened(tmp_path / "faces.npy")):
        Image.fromarray(np.ascontiguousarray(frame)).save(folder / f"{index}.png")
    beside = faces.model_copy(update={"path": str(folder)})
    for keys in ({"fps": 2.0, "max_frames": 16}, {"fps": 30, "max_frames": 2}):
        one, other = read_frames(faces, "s", **keys), read_frames(beside, "s", **keys)
        assert [image.tobytes() for image in one[0]] == [image.tobytes() for image in other[0]]
        assert one[1:] == other[1:]
    assert fingerprint([faces]) == fingerprint([beside])


def test_a_part_of_an_array(faces):
    part = faces.model_copy(update={"start": 0.5, "end": 1.5})
    assert read_frames(part, "s", fps=2, max_frames=16)[1] == [0.5, 1.0]
    with pytest.raises(InputError, match=r"sample 's': .*faces\.npy has 0 frame\(s\), 2 are needed"):
        read_frames(faces.model_copy(update={"start": 60.0}), "s", fps=2)


def test_what_is_found_in_an_array(faces, tmp_path):
    facts = examine("frames", faces.path)
    assert (facts.problem, facts.frames, facts.width, facts.height) == (None, 5, 6, 4)
    assert facts.warmth == 180.0  # blue first, so what is read as red is blue: 200 - 20
    assert facts.look == of_picture(Image.fromarray(np.full((4, 6, 3), (200, 0, 20), np.uint8)))
    assert facts.size == size("frames", faces.path) == (tmp_path / "faces.npy").stat().st_size
    openable.require([Sample(id="s", media=(faces,))])


def stack(*shape):
    return np.zeros(shape, np.uint8)


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (lambda file: np.save(file, stack(4, 6, 3)), r"holds uint8 of shape \[4, 6, 3\]; frames are uint8"),
        (lambda file: np.save(file, np.zeros((2, 4, 6, 3))), r"holds float64 of shape .* write kind 'features'"),
        (lambda file: np.save(file, stack(0, 4, 6, 3)), r"holds uint8 of shape \[0, 4, 6, 3\]"),
        (lambda file: np.save(file, np.array([{}])), r"cannot be read as a NumPy array: .*Python objects"),
        (lambda file: np.savez(file, a=np.zeros(2)), r"is an archive of arrays; frames are one uint8 array"),
        (lambda file: file.write(b"not an array, but a page of text"), r"cannot be read as a NumPy array"),
        (lambda file: (np.save(file, stack(2, 4, 6, 3)), file.truncate(150)), r"cannot be read as a NumPy"),
    ],
)  # fmt: skip
def test_an_array_that_holds_no_frames(tmp_path, write, why):
    with (tmp_path / "x.npy").open("wb") as file:
        write(file)
    media = Media(kind="frames", path=str(tmp_path / "x.npy"))
    with pytest.raises(InputError, match=rf"sample 's': .*x\.npy {why}|sample 's': .*x\.npy .*{why}"):
        read_frames(media, "s")
    with pytest.raises(InputError, match=why):
        openable.require([Sample(id="s", media=(media,))])
    assert examine("frames", media.path).problem is not None


def test_an_array_that_is_missing(tmp_path):
    media = Media(kind="frames", path=str(tmp_path / "x.npy"))
    with pytest.raises(InputError, match="sample 's': no such file"):
        read_frames(media, "s")
    assert examine("frames", media.path).problem == "no such file"
