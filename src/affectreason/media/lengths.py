"""How long a file says that its pictures and its sound are: in a file cut short there is less."""

from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from affectreason.media.file_ends import fragmented, missing_bytes
from affectreason.media.video import open_file

HEADED = {"mov", "matroska", "avi", "gif", "flac", "asf", "flv", "ogg"}
"""Formats that write their seconds down; of others they are guessed from the rate and the size, and may be far off."""
UNTIMED = {"matroska", "flv"}
"""Formats that know no length of a single stream: where FFmpeg gives one, it guessed all of them from the rate."""
EVEN = {"wav", "mp3"}
"""Formats of one sound whose seconds are as their bytes; what is missing of the bytes is missing of the sound."""
SLACK = 0.5
"""Seconds that the streams of an intact file may end before the file's own length (0.20 was the most seen)."""


def promised_seconds(path: Path, container: InputContainer, stream: AudioStream | VideoStream, seconds: float) -> float:
    """How long a file says that a stream is; `seconds`, the length that was found, where it does not say."""
    missing, whole = missing_bytes(path)
    if set(container.format.name.split(",")) & EVEN:
        return seconds * whole / (whole - missing)
    told = _told(path, container, stream, missing > 0)
    return told or seconds + _cut_seconds(path, container)


def slack(stream: AudioStream) -> float:
    """Seconds that an intact sound may be shorter than promised: what its codec needs before the first sample."""
    rate = stream.rate or 1
    return 0.1 + 2 * (stream.codec_context.frame_size or 0) / rate


def _told(path: Path, container: InputContainer, stream: AudioStream | VideoStream, cut: bool) -> float:
    """How long the head says that one stream is; 0 where it says nothing of it."""
    names, whole = set(container.format.name.split(",")), _whole(container)
    if not names & HEADED or ("mov" in names and fragmented(path)):
        return 0.0
    if "avi" in names and cut:  # the durations given are those of what is left; the counts are the head's
        counted = {one.index: float(one.frames * one.time_base) for one in container.streams if one.time_base}
        return counted.get(stream.index) or max(counted.values(), default=0.0)
    if "matroska" in names and "DURATION" in stream.metadata and stream.time_base:
        return min(_clock(stream.metadata["DURATION"]), whole) - float((stream.start_time or 0) * stream.time_base)
    if stream.duration and stream.time_base and not names & UNTIMED:
        own = float(stream.duration * stream.time_base)
        return min(own, whole) if whole else own  # of a stream cut by an edit list the file's is the one shown
    return whole if len(container.streams) == 1 else 0.0


def _whole(container: InputContainer) -> float:
    """The seconds that the head of a file says; 0 where it says none."""
    names = set(container.format.name.split(","))
    if not names & HEADED or (names & UNTIMED and any(stream.duration for stream in container.streams)):
        return 0.0
    return (container.duration or 0) / av.time_base


def _cut_seconds(path: Path, container: InputContainer) -> float:
    """The seconds between the end of the last packet of any stream and the end that the head says; 0 up to `SLACK`."""
    whole, last = _whole(container), 0.0
    if not whole:
        return 0.0
    with open_file(path) as again:
        try:
            for packet in again.demux():
                if packet.pts is not None and packet.time_base:
                    last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        except av.FFmpegError:
            pass  # the file ends here
    lost = whole - last
    return lost if lost > SLACK else 0.0


def _clock(text: str) -> float:
    """Seconds of Matroska's `00:00:08.064000000`; 0 where it is something else."""
    try:
        hours, minutes, seconds = map(float, text.split(":"))
    except ValueError:
        return 0.0
    return 3600 * hours + 60 * minutes + seconds
