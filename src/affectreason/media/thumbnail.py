"""A small picture of a medium for a page."""

import io
from pathlib import Path

from affectreason.affect.sample import Media
from affectreason.media.image import open_image
from affectreason.media.video import read_frames


def thumbnail(media: Media, folder: Path) -> bytes | None:
    """A picture, or the middle frame of a clip, as PNG; None for what cannot be seen."""
    if media.kind == "image":
        picture = open_image(media, media.path)
    elif media.kind in ("video", "frames"):
        frames = read_frames(media, media.path, max_frames=3)[0]
        picture = frames[len(frames) // 2]
    else:
        return None
    picture.thumbnail((192, 192))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
