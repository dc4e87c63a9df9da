"""What clips and sounds hold: every packet of a file is decoded once, and only what is counted is kept."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from affectreason.errors import InputError
from affectreason.media.file_ends import cut_short
from affectreason.media.lengths import promised_seconds, slack
from affectreason.media.stills import seen, varied
from affectreason.media.video import open_file

log = logging.getLogger(__name__)
Frame = av.VideoFrame | av.AudioFrame
SILENT = 1e-3
"""The part of the full scale that a sound must reach once to count as heard."""
STEADY = 1.25
"""How many times longer than the short gaps between frames the long ones may be where the rate is one."""
MOST_PIXELS = 2**27
"""Pixels of a frame beyond which it is not decoded: a damaged header can ask for more memory than there is."""


@dataclass
class _Pictures:
    """What is kept of the frames of a clip; `aim` is the stamp of the middle one, `last` that of the last."""

    aim: int = 0
    last: int = 0
    count: int = 0
    damaged: int = 0
    sizes: set[tuple[int, int]] = field(default_factory=set)
    middle: av.VideoFrame | None = None


@dataclass
class _Sound:
    """What is kept of a sound track; `lost` counts packets that cannot be decoded, `peak` is of the full scale."""

    samples: int = 0
    lost: int = 0
    peak: float = 0.0


def clip_facts(path: Path) -> dict[str, Any]:
    """The fields of `Facts` that a video gives; InputError when less than half of it can be decoded."""
    pictures, sound = _Pictures(), _Sound()
    try:
        with open_file(path) as container:
            stamps = _stamps(container, _video(container))
        pictures.aim = min(stamps, key=lambda stamp: (abs(2 * stamp - stamps[0] - stamps[-1]), stamp))
        with open_file(path) as container:
            video, track = _video(container), next(iter(container.streams.audio), None)
            for stream, frame in _decoded(container, [video, track] if track and track.codec_context else [video]):
                if isinstance(frame, av.VideoFrame):
                    _see(frame, pictures)
                elif stream is track:
                    _hear(frame, sound)
            shown = _shown(stamps, video, pictures, partial(promised_seconds, path, container, video))
            heard = _heard(track, sound)
            ends = shown.pop("ends") or _unheard(path, container, track, sound) or cut_short(path)
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"cannot be read: {error.strerror}; fetch it again") from error
    return {**shown, **heard, "warnings": (*ends, *shown["warnings"], *heard["warnings"])}


def sound_facts(path: Path) -> dict[str, Any]:
    """The fields of `Facts` that the sound of any file gives; InputError when less than half of it can be decoded."""
    sound = _Sound()
    try:
        with open_file(path) as container:
            track = next(iter(container.streams.audio), None)
            if track is None:
                raise InputError("holds no sound track")
            for _, frame in _decoded(container, [track]):
                _hear(frame, sound)
            if not sound.samples or not track.rate:
                raise InputError("holds a sound track of which nothing can be decoded; fetch it again")
            seconds, heard = sound.samples / track.rate, _heard(track, sound)
            ends = _tail(seconds, promised_seconds(path, container, track, seconds), slack(track)) or cut_short(path)
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"cannot be read: {error.strerror}; fetch it again") from error
    return {**heard, "seconds": seconds, "warnings": (*ends, *heard["warnings"])}


def _video(container: InputContainer) -> VideoStream:
    """The stream of pictures that `video.read_frames` reads."""
    if container.format.name.endswith("_pipe") or container.format.name.startswith("image2"):
        raise InputError("is a picture, not a clip; write kind 'image'")
    stream = next(iter(container.streams.video), None)
    if stream is None or stream.disposition & Disposition.attached_pic:
        raise InputError("holds no video; for sound alone write kind 'audio'")
    return stream


def _stamps(container: InputContainer, stream: VideoStream) -> list[int]:
    """The stamps of all frames in order, read from the packets without decoding them."""
    found, packets = [], 0
    try:
        for packet in container.demux(stream):
            stamp = packet.pts if packet.pts is not None else packet.dts
            packets += packet.size > 0
            if stamp is not None and not packet.is_discard:
                found.append(stamp)
    except av.FFmpegError as error:
        log.debug("%s ends early: %s", container.name, error)
    if not found:
        raise InputError("holds frames that have no times; put them into an mp4" if packets else "holds no frame")
    return sorted(found)


def _decoded(
    container: InputContainer, streams: Sequence[VideoStream | AudioStream]
) -> Iterator[tuple[Stream, Frame | None]]:
    """The frames of all streams as they come, None for a packet that cannot be decoded, to where the file ends."""
    for stream in streams:
        if stream.codec_context is None:
            raise InputError(f"holds {stream.type} of a codec that is not known here")
        stream.codec_context.thread_count = 1  # the other cores have files of their own
    streams[0].codec_context.options = {"max_pixels": str(MOST_PIXELS)}
    try:
        for packet in container.demux(*streams):
            for frame in _unpacked(packet.stream, packet):
                yield packet.stream, frame
    except av.FFmpegError as error:
        log.debug("%s ends early: %s", container.name, error)
        for stream in streams:
            for frame in _unpacked(stream, None):
                yield stream, frame


def _unpacked(stream: Any, packet: av.Packet | None) -> list[Frame | None]:
    """The frames of a packet, None alone where it cannot be decoded; without a packet, those held back."""
    try:
        return list(stream.decode(packet))
    except av.FFmpegError:
        return [None] if packet and packet.size else []


def _see(frame: av.VideoFrame, pictures: _Pictures) -> None:
    pictures.count += 1
    pictures.damaged += frame.is_corrupt
    pictures.sizes.add((frame.width, frame.height))
    stamp = frame.pts or 0
    if pictures.middle is None or (pictures.middle.pts or 0) < pictures.aim:
        pictures.middle = frame
    pictures.last = max(pictures.last, stamp)


def _hear(frame: Frame | None, sound: _Sound) -> None:
    if not isinstance(frame, av.AudioFrame):
        sound.lost += 1
        return
    wave = frame.to_ndarray()
    sound.samples += frame.samples
    if sound.peak >= SILENT or not wave.size:  # heard is heard
        return
    low, high = float(np.nanmin(wave)), float(np.nanmax(wave))
    middle, full = {"u1": (128.0, 128.0), "i2": (0.0, 2.0**15), "i4": (0.0, 2.0**31)}.get(
        wave.dtype.str[1:], (0.0, 1.0)
    )
    sound.peak = max(sound.peak, (high - middle) / full, (middle - low) / full)


def _shown(
    stamps: list[int], video: VideoStream, pictures: _Pictures, promise: Callable[[float], float]
) -> dict[str, Any]:
    """The facts of the pictures of a clip, what is odd of them, and `ends`, what of the end is lost."""
    if pictures.middle is None:
        raise InputError("holds no frame that can be decoded; fetch it again")
    tick = float(video.time_base or 1)
    gaps = np.diff(np.asarray(stamps))
    gaps = np.sort(gaps[gaps > 0]) * tick
    rate = float(video.average_rate or 0) or (1 / float(gaps.mean()) if len(gaps) else 1.0)
    step = float(gaps[len(gaps) // 2]) if len(gaps) else 1 / rate
    begin = video.start_time or 0
    seconds = (pictures.last - begin) * tick + step
    promised = max(promise(seconds), (stamps[-1] - begin) * tick + step)
    ends, odd = _tail(seconds, promised, max(0.1, 2.5 * step)), []
    after = sum(stamp > pictures.last for stamp in stamps)
    gone = len(stamps) - after - pictures.count
    whole = pictures.count - pictures.damaged
    if whole < len(stamps) / 2:
        raise InputError(f"is damaged: {whole} of {len(stamps)} frames are whole; fetch it again")
    odd += [f"frames that cannot be decoded: {gone} of {len(stamps)}"] if gone > len(stamps) / 100 else []
    odd += [f"damaged frames: {pictures.damaged} of {pictures.count}"] if pictures.damaged else []
    if len(gaps) and (long := gaps[int(0.95 * (len(gaps) - 1))]) > STEADY * (
        short := gaps[int(0.05 * (len(gaps) - 1))]
    ):
        odd.append(f"variable frame rate {1 / long:.3g}-{1 / short:.3g}")
    odd += varied(pictures.sizes)
    picture = pictures.middle.to_image()
    upright = picture.rotate(pictures.middle.rotation, expand=True) if pictures.middle.rotation else picture
    shown = {**seen(upright), "frames": pictures.count, "seconds": seconds, "rate": rate}
    return {**shown, "ends": ends, "warnings": odd}


def _heard(track: AudioStream | None, sound: _Sound) -> dict[str, Any]:
    """The facts of a sound track and what is odd of it."""
    if track is None:
        return {"sound": "none", "warnings": []}
    if track.codec_context is None:
        return {"warnings": ["the sound track is of a codec that is not known here"]}
    odd = [f"packets of the sound that cannot be decoded: {sound.lost}"] if sound.lost else []
    facts = {"hertz": track.rate, "channels": track.channels}
    if not sound.samples:
        return {**facts, "warnings": ["the sound track cannot be decoded"]}
    kind = "heard" if sound.peak >= SILENT else "silent"
    return {**facts, "sound": kind, "warnings": odd}


def _unheard(path: Path, container: InputContainer, track: AudioStream | None, sound: _Sound) -> list[str]:
    """The warning that a part of the sound of a clip is missing, or none."""
    if track is None or not sound.samples or not track.rate:
        return []
    seconds = sound.samples / track.rate
    lost = promised_seconds(path, container, track, seconds) - seconds
    return [f"{lost:.1f} s of the sound cannot be decoded"] if lost > slack(track) else []


def _tail(seconds: float, promised: float, spare: float) -> list[str]:
    """The warning that the end is missing, or none; InputError where less than half is there."""
    if seconds < promised / 2:
        raise InputError(f"is damaged: {seconds:.1f} of {promised:.1f} s can be decoded; fetch it again")
    lost = promised - seconds
    return [f"the last {lost:.1f} s cannot be decoded"] if lost > spare else []
