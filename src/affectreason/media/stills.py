"""What pictures hold, one file, a folder or an array of frames, decoded as training decodes them."""

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageStat

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.media.alike import of_picture
from affectreason.media.file_ends import cut_short
from affectreason.media.image import BROKEN, open_image
from affectreason.media.stacks import END, opened
from affectreason.media.video import IMAGES, frame_files

_TURNED = {
    "CMYK": "CMYK colours turned to RGB",
    "YCbCr": "YCbCr colours turned to RGB",
    "LAB": "Lab colours turned to RGB",
}


def image_facts(path: Path) -> dict[str, Any]:
    """The fields of `Facts` that a picture gives; InputError says why it cannot be read."""
    picture, odd = _picture(path)
    return {**seen(picture), "warnings": tuple(odd)}


def frames_facts(path: Path) -> dict[str, Any]:
    """The fields of `Facts` that frames in a folder or an array give; InputError when one of them cannot be read."""
    if path.suffix != END:
        return _folder_facts(path)
    stack = opened(path)
    return {**seen(Image.fromarray(np.ascontiguousarray(stack[(len(stack) - 1) // 2]))), "frames": len(stack)}


def _folder_facts(folder: Path) -> dict[str, Any]:
    try:
        files = frame_files(folder, "")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from error
    except InputError as error:
        raise InputError(f"is a folder without images ({', '.join(sorted(IMAGES))})") from error
    middle = (len(files) - 1) // 2  # the frame that `alike.fingerprint` takes
    size, digests, looked = 0, hashlib.sha256(), {}
    odd, sizes, broken = dict[str, None](), set[tuple[int, int]](), list[str]()
    for index, file in enumerate(files):
        try:
            picture, more = _picture(file)
        except InputError as error:
            broken.append(f"{file.name} {error}")
            continue
        with file.open("rb") as opened:
            digests.update(hashlib.file_digest(opened, "sha256").digest())
            size += opened.tell()
        odd.update(dict.fromkeys(more))
        sizes.add(picture.size)
        if index == middle:
            looked = seen(picture)
    if broken:
        raise InputError(f"has {len(broken)} of {len(files)} frames that cannot be used, the first: {broken[0]}")
    return {
        **looked, "frames": len(files), "size": size, "digest": digests.hexdigest(),
        "warnings": (*odd, *varied(sizes)),
    }  # fmt: skip


def seen(picture: Image.Image) -> dict[str, Any]:
    """Width, height, look and warmth of one upright RGB picture."""
    red, _, blue = ImageStat.Stat(picture).mean
    return {"width": picture.width, "height": picture.height, "look": of_picture(picture), "warmth": red - blue}


def varied(sizes: set[tuple[int, int]]) -> list[str]:
    """The warning that the frames of one clip differ in size, or none."""
    least, most = ("{} x {}".format(*size) for size in (min(sizes), max(sizes)))
    return [f"frames differ in size, {least} to {most}"] if len(sizes) > 1 else []


def _picture(path: Path) -> tuple[Image.Image, list[str]]:
    """The picture as `open_image` reads it, and what is odd of its file; InputError without the names of both."""
    if not path.is_file():
        raise InputError("is no file")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            picture = open_image(Media(kind="image", path=str(path)), "")
            odd = [*_odd(path), *cut_short(path)]
        except BROKEN as error:
            reason = str(error.__cause__ or error).replace(f" {str(path)!r}", "")
            raise InputError(f"cannot be read: {reason}; fetch it again") from error
    said = dict.fromkeys(" ".join(str(warning.message).split()) for warning in caught)
    return picture, [*odd, *said]


def _odd(path: Path) -> list[str]:
    """What of a picture that can be read is not as one expects."""
    with Image.open(path) as opened:
        odd = [_TURNED[opened.mode]] if opened.mode in _TURNED else []
        odd += ["16 bits a channel, brought to 8"] if opened.mode.startswith("I;16") else []
        try:
            count = getattr(opened, "n_frames", 1)
        except BROKEN:
            return [*odd, "an animation, damaged after the first frame, which alone is read"]
        return [*odd, f"an animation of {count} frames, only the first is read"] if count > 1 else odd
