"""An image file becomes upright RGB pixels, or an error that names the sample and the file."""

import struct
import zlib
from pathlib import Path

from PIL import Image, ImageOps

from affectreason.affect.sample import Media
from affectreason.errors import InputError

BROKEN = (
    OSError, EOFError, SyntaxError, ValueError, LookupError, TypeError, ArithmeticError, RuntimeError, struct.error,
    zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises for files that are cut short, damaged, of no known kind, or larger than it dares to decode; its
readers of single formats do not turn all of it into OSError."""


def open_image(media: Media, sample_id: str) -> Image.Image:
    """Read one image whole: RGB, turned upright by its EXIF mark, red and blue swapped back where colour is `bgr`.

    Raises InputError, naming the sample and the file, when the file is missing, damaged or no image.
    """
    if media.kind != "image":
        raise InputError(f"sample {sample_id!r}: {media.path} is media of kind {media.kind!r}, not 'image'")
    return decode(existing(media, sample_id), sample_id, media.colour)


def existing(media: Media, sample_id: str) -> Path:
    """The path of a media file, or an InputError in words when nothing is there."""
    path = Path(media.path)
    try:
        path.stat()
    except FileNotFoundError:
        hint = "" if path.parent.is_dir() else f" (the folder {path.parent} is missing too)"
        raise InputError(
            f"sample {sample_id!r}: no such file: {path}{hint}; put the file there or mend `path` in the sample"
        ) from None
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"sample {sample_id!r}: cannot read {media.path!r}: {reason}; mend `path` in the sample"
        ) from error
    return path


def decode(path: Path, sample_id: str, colour: str = "rgb") -> Image.Image:
    """Decode an image file to upright RGB; `colour` is the order in which its channels were stored."""
    try:
        with Image.open(path) as opened:
            opened.load()
            image = _eight_bit(ImageOps.exif_transpose(opened)).convert("RGB")
    except BROKEN as error:
        reason = str(error).replace(f" {str(path)!r}", "")
        raise InputError(
            f"sample {sample_id!r}: cannot read the image {path} ({path.stat().st_size} bytes): {reason}; "
            "fetch the file again or take the sample out"
        ) from error
    return swapped(image) if colour == "bgr" else image


def swapped(image: Image.Image) -> Image.Image:
    """Exchange the red and the blue of an RGB image."""
    red, green, blue = image.split()
    return Image.merge("RGB", (blue, green, red))


def _eight_bit(image: Image.Image) -> Image.Image:
    """Bring 16-bit grey to 8 bits: Pillow's own conversion to RGB clips every value above 255 to white."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"I", "F"}:
        raise ValueError(f"pixels of Pillow's mode {image.mode!r} have no known range; save it with 8 bits a channel")
    return image
