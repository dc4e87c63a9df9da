"""Whether two pictures or clips are nearly the same: a difference hash of 256 bits."""

from collections.abc import Sequence
from itertools import pairwise

from PIL import Image

from affectreason.affect.sample import Media
from affectreason.media.image import open_image
from affectreason.media.video import read_frames

SIDE = 16
NEAR_BITS = 6
_ALL = 1e6
"""Frames a second that no clip has: the first, the middle and the last are read however short it is."""


def fingerprint(media: Sequence[Media]) -> int:
    """The difference hash of the first picture, or the middle frame of the first clip.

    0 where there is neither; two such are near, so that their words alone decide.
    """
    first = next((item for item in media if item.kind in ("image", "video", "frames")), None)
    if first is None:
        return 0
    if first.kind == "image":
        picture = open_image(first, first.path)
    else:
        fps = _ALL if first.kind == "video" else 2.0  # the seconds of a folder are counted by fps
        frames = read_frames(first, first.path, fps=fps, max_frames=3, min_frames=1)[0]
        picture = frames[(len(frames) - 1) // 2]
    return of_picture(picture)


def of_picture(picture: Image.Image) -> int:
    """The difference hash of a picture, 256 bits: for each of 16 x 16 cells, is it brighter than its left one."""
    small = picture.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BILINEAR)
    pixels = small.tobytes()
    bits = 0
    for row in range(SIDE):
        line = pixels[row * (SIDE + 1) : (row + 1) * (SIDE + 1)]
        for left, right in pairwise(line):
            bits = bits << 1 | (right > left)
    return bits


def near(one: int, other: int) -> bool:
    """Whether two fingerprints differ in at most 6 of their 256 bits."""
    return (one ^ other).bit_count() <= NEAR_BITS
