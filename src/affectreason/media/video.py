"""A video, or frames in a folder or an array, becomes a few RGB images and their times.

Frames are chosen evenly in time by the file's own timestamps, so that variable frame rates, clips cut by `start` and
`end`, and B-frames come out right. No frame of another clip ever stands in for one that cannot be read.
"""

import logging
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.media import stacks
from affectreason.media.image import decode, existing, swapped

log = logging.getLogger(__name__)
IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
SEEK_MARGIN = 1.0
"""Seconds before `start` to which a file is wound: containers seek by decoding time, which runs ahead of display."""


def read_frames(
    media: Media, sample_id: str, *, fps: float = 2.0, max_frames: int = 16, min_frames: int = 2
) -> tuple[list[Image.Image], list[float], float]:
    """Read `fps` frames a second of a clip, at least `min_frames` and at most `max_frames`, first and last included.

    Gives the images, their times in seconds from the beginning of the file (not of the clip), and the file's own
    frames per second. Frames in a folder or an array have no clock: they are taken to lie 1/fps seconds apart. Where
    a damaged end leaves at least half of the frames planned, those are given and a warning is logged; otherwise
    InputError.
    """
    if fps <= 0 or not 1 <= min_frames <= max_frames:
        raise InputError(
            f"fps={fps}, min_frames={min_frames}, max_frames={max_frames}: "
            "fps must be above 0 and 1 <= min_frames <= max_frames"
        )
    path = existing(media, sample_id)
    if media.kind == "frames":
        return _stills(media, sample_id, fps, max_frames, min_frames)
    if media.kind != "video":
        raise InputError(f"sample {sample_id!r}: {path} is media of kind {media.kind!r}, not 'video' or 'frames'")
    what = f"sample {sample_id!r}: the clip {path}"
    try:
        clock, rate = _clock(path, media, what)
        planned = _evenly(clock, fps, max_frames, min_frames)
        if len(planned) < min_frames:
            raise InputError(f"{what} has {len(clock)} frame(s), {min_frames} are needed; give more of the clip")
        gaps = [later - earlier for earlier, later in pairwise(clock) if later > earlier]
        images, times = _take(path, media, planned, slack=0.5 * min(gaps, default=1 / rate))
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{what} cannot be read: {error.strerror}; fetch it again or take the sample out") from error
    if len(images) < max(min_frames, (len(planned) + 1) // 2):
        raise InputError(
            f"{what} is damaged: only {len(images)} of {len(planned)} frames can be read; fetch it again or take it out"
        )
    if len(images) < len(planned):
        log.warning("%s is damaged: %d of %d frames read", what, len(images), len(planned))
    return images, times, rate


def open_file(path: Path) -> InputContainer:
    """Open a clip or a sound, and nothing else that it may name; tags of any encoding are let by."""
    return av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")


def frame_files(folder: Path, sample_id: str) -> list[Path]:
    """The images of a folder of frames in the order of the numbers in their names; InputError when there are none."""
    found = [file for file in folder.iterdir() if file.suffix.lower() in IMAGES] if folder.is_dir() else []
    if not found:
        raise InputError(
            f"sample {sample_id!r}: {folder} is neither a folder of images ({', '.join(sorted(IMAGES))}) nor "
            f"an array ({stacks.END}); for a video file write kind 'video'"
        )
    return sorted(found, key=lambda file: [int(part) if part.isdigit() else part for part in _parts(file.name)])


def _parts(name: str) -> list[str]:
    """Split `f_10.jpg` into text and numbers, always text first, so that 2 sorts before 10."""
    return re.split(r"([0-9]+)", name)


def _stills(
    media: Media, sample_id: str, fps: float, max_frames: int, min_frames: int
) -> tuple[list[Image.Image], list[float], float]:
    """What `read_frames` gives, of frames in a folder or in an array."""
    path = Path(media.path)
    files = _stack(path, sample_id) if path.suffix == stacks.END else frame_files(path, sample_id)
    by_time = {index / fps: index for index in range(len(files)) if _inside(index / fps, media)}
    times = _evenly(list(by_time), fps, max_frames, min_frames)
    if len(times) < min_frames:
        raise InputError(f"sample {sample_id!r}: {media.path} has {len(by_time)} frame(s), {min_frames} are needed")
    return [_still(files[by_time[time]], sample_id, media.colour) for time in times], times, fps


def _stack(path: Path, sample_id: str) -> NDArray[np.uint8]:
    try:
        return stacks.opened(path)
    except InputError as error:
        raise InputError(f"sample {sample_id!r}: {path} {error}") from error


def _still(frame: Path | NDArray[np.uint8], sample_id: str, colour: str) -> Image.Image:
    if isinstance(frame, Path):
        return decode(frame, sample_id, colour)
    image = Image.fromarray(np.ascontiguousarray(frame))
    return swapped(image) if colour == "bgr" else image


def _stream(container: InputContainer, what: str) -> VideoStream:
    if not container.streams.video:
        raise InputError(f"{what} holds no video; for sound alone write kind 'audio'")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def _inside(time: float, media: Media) -> bool:
    """Tell whether a frame shown at `time` is of the clip; one that begins at its end is not."""
    time += 1e-6  # stamps are fractions: 30/10 s may come out a hair below 3 s
    return (media.start or 0.0) <= time and (media.end is None or time < media.end)


def _wind(container: InputContainer, stream: VideoStream, media: Media) -> None:
    """Wind to the key frame before the clip's start."""
    seconds = (media.start or 0.0) - SEEK_MARGIN
    if seconds > 0 and stream.time_base:
        container.seek(int(seconds / stream.time_base) + (stream.start_time or 0), stream=stream, backward=True)


def _seconds(stamp: int, stream: VideoStream) -> float:
    return float((stamp - (stream.start_time or 0)) * (stream.time_base or 0))


def _clock(path: Path, media: Media, what: str) -> tuple[list[float], float]:
    """The times of all frames of the clip, read from the packets without decoding, and the frames per second."""
    clock, last = [], 0.0
    with open_file(path) as container:
        stream = _stream(container, what)
        _wind(container, stream, media)
        for packet in _packets(container, stream):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is None or packet.is_discard:
                continue
            last = _seconds(stamp, stream)
            if media.end is not None and last > media.end + SEEK_MARGIN:
                break
            if _inside(last, media):
                clock.append(last)
        clock.sort()
        rate = float(stream.average_rate or 0)
    if not clock:
        until = "its end" if media.end is None else f"{media.end:g} s"
        raise InputError(
            f"{what} has no frame from {media.start or 0:g} s to {until}; the last frame read is at {last:.2f} s"
        )
    if rate <= 0:
        rate = (len(clock) - 1) / (clock[-1] - clock[0]) if clock[-1] > clock[0] else 1.0
    return clock, rate


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[av.Packet]:
    """The packets up to the file's end or the first that cannot be read, where a file cut short ends."""
    try:
        yield from container.demux(stream)
    except av.FFmpegError as error:
        log.debug("%s: %s", container.name, error)


def _evenly(clock: list[float], fps: float, most: int, least: int) -> list[float]:
    """Choose the times nearest to an even spacing from the first to the last."""
    if not clock:
        return []
    span = (clock[-1] - clock[0]) * len(clock) / max(1, len(clock) - 1)  # the last frame lasts as long as the others
    wanted = min(len(clock), most, max(least, round(span * fps)))
    if wanted == 1:
        return [clock[len(clock) // 2]]
    step = (clock[-1] - clock[0]) / (wanted - 1)
    return sorted({_nearest(clock, clock[0] + index * step) for index in range(wanted)})


def _nearest(clock: list[float], time: float) -> float:
    after = min(bisect_left(clock, time), len(clock) - 1)
    before = max(0, after - 1)
    later, earlier = clock[after] - time, time - clock[before]
    return clock[after] if later < earlier - 1e-6 else clock[before]  # of two as near, the earlier


def _take(path: Path, media: Media, planned: list[float], slack: float) -> tuple[list[Image.Image], list[float]]:
    """Decode up to the last planned time and keep the frames planned; a frame lost to damage leaves a gap."""
    images: list[Image.Image] = []
    times: list[float] = []
    with open_file(path) as container:
        stream = _stream(container, str(path))
        _wind(container, stream, media)
        left = list(planned)
        for frame in _frames(container, stream):
            time = _seconds(frame.pts or 0, stream)
            while left and left[0] < time - slack:
                left.pop(0)
            if not left:
                break
            if time > left[0] - slack:
                left.pop(0)
                images.append(_upright(frame, media))
                times.append(time)
    return images, times


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    """Decode packet by packet; one that cannot be decoded is passed over, and its frame is missing."""
    for packet in _packets(container, stream):
        try:
            frames = stream.decode(packet)
        except av.FFmpegError as error:
            log.debug("%s: %s", container.name, error)
            continue
        yield from frames


def _upright(frame: av.VideoFrame, media: Media) -> Image.Image:
    """The frame as RGB, turned by the display mark that phones write."""
    image = frame.to_image()
    image = image.rotate(frame.rotation, expand=True) if frame.rotation else image
    return swapped(image) if media.colour == "bgr" else image
