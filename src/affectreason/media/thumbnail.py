"""A small picture of a medium for a page."""

import io
from pathlib import Path

from PIL import Image

from affectreason.affect.sample import Media
from affectreason.media.image import open_image
from affectreason.media.video import read_frames

_SIDE = 192
_FRAMES = 4


def thumbnail(media: Media, folder: Path) -> bytes | None:
    """A picture, or the middle frame of a clip, as PNG; None for what cannot be seen."""
    if media.kind == "image":
        picture = open_image(media, media.path)
    elif media.kind in ("video", "frames"):
        frames = read_frames(media, media.path, max_frames=3)[0]
        picture = frames[len(frames) // 2]
    else:
        return None
    return _png(_small(picture))


def sheet(media: Media, folder: Path) -> bytes | None:
    """A picture, or up to four frames of a clip, as PNG; None for what cannot be seen.

    Frames are evenly spaced, the first and the last among them, two in a row from left to right and top to bottom.
    """
    if media.kind not in ("video", "frames"):
        return thumbnail(media, folder)
    fps = 1000.0 if media.kind == "video" else 2.0  # so short a clip has four frames too
    frames = read_frames(media, media.path, fps=fps, max_frames=_FRAMES, min_frames=1)[0]
    small = [_small(frame) for frame in frames]
    wide, high = (max(frame.size[side] for frame in small) for side in (0, 1))
    whole = Image.new("RGB", (wide * min(2, len(small)), high * -(-len(small) // 2)))
    for place, frame in enumerate(small):
        whole.paste(frame, (place % 2 * wide, place // 2 * high))
    return _png(whole)


def _small(picture: Image.Image) -> Image.Image:
    picture.thumbnail((_SIDE, _SIDE))
    return picture


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
