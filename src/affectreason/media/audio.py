"""The sound of any file, or a part of it, becomes one channel of samples at one rate.

Places are counted in samples: what `start` and `end` cut out equals that part of the whole sound. Time 0 is the
beginning of the file, so that a sound track which begins late stays beside its pictures.
"""

import logging
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from affectreason.affect.sample import Media
from affectreason.errors import InputError
from affectreason.media.file_ends import cut_short
from affectreason.media.image import existing
from affectreason.media.lengths import promised_seconds, slack
from affectreason.media.video import open_file

log = logging.getLogger(__name__)
SHORTEST = 0.025
"""Seconds of one window of a spectrogram: no model hears anything in less."""
HERTZ = 16000
"""Samples a second at which models are given sound."""
LEAD = 1
"""Seconds decoded before `start`: decoders and the resampler need what came before to give the same samples."""
GAP = 0.1
"""Seconds that the file's clock may run ahead of the samples counted; beyond it, sound was lost."""
LEAP = 30.0
"""Seconds from which on such a loss is a broken clock, and the samples are counted on."""


def read_audio(media: Media, sample_id: str, hertz: int = HERTZ) -> np.ndarray:
    """The sound of a file, or its part from `start` to `end`: float32 [samples] in -1..1, mono, `hertz` a second.

    Channels are mixed with weights that sum to 1. What a damaged file lost is silent and a warning is logged; where
    less than half can be decoded, where a file is missing and where it has no sound, InputError.
    """
    path = existing(media, sample_id)
    what = f"sample {sample_id!r}: the sound of {path}"
    start, end = media.start or 0.0, media.end
    if media.kind not in ("audio", "video") or not path.is_file():
        raise InputError(f"{what} cannot be read: this is {media.kind!r}, not a file of kind 'audio' or 'video'")
    if end is not None and end <= start:
        raise InputError(f"{what} from {start:g} s to {end:g} s is empty; mend `start` and `end` in the sample")
    try:
        wave, begin, rate = _part(path, start, end, hertz, what)
        found = _resampled(wave, rate, hertz)
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{what} cannot be read: {error.strerror}; fetch it again or take the sample out") from error
    first = round(start * hertz) - int(begin * hertz)
    found = found[first : None if end is None else first + round(end * hertz) - round(start * hertz)]
    if not len(found):
        raise InputError(f"{what} ends at {float(begin) + len(wave) / rate:.2f} s, before {start:g} s; mend `start`")
    return found


def _part(path: Path, start: float, end: float | None, hertz: int, what: str) -> tuple[np.ndarray, Fraction, int]:
    """The samples wanted with some before and after, mixed, at the file's own rate; where they begin; the rate.

    They begin at a moment that both rates have a sample at: so a part is resampled as the whole would be.
    """
    with open_file(path) as container:
        if not container.streams.audio:
            raise InputError(f"{what} cannot be read: the file has no sound track; take the sample out")
        stream = container.streams.audio[0]
        rate = 0 if stream.codec_context is None else stream.rate
        if rate <= 0:
            raise InputError(f"{what} is of a codec that is not known here, or damaged; fetch it again or take it out")
        grid = math.gcd(rate, hertz)
        begin = Fraction(max(0, math.floor((start - LEAD / 2) * grid)), grid)
        stop = math.inf if end is None else math.ceil((end + LEAD / 2) * rate)
        pieces, at, heard = [np.zeros(0, np.float32)], int(begin * rate), 0
        for place, piece in _placed(container, stream, begin, rate):
            fresh = piece[max(0, at - place) :]
            if not len(fresh):
                continue
            pieces += [np.zeros(max(0, place - at), np.float32), fresh]
            at, heard = max(at, place) + len(fresh), heard + len(fresh)
            if at >= stop:
                break
        whole = stop if at >= stop else promised_seconds(path, container, stream, at / rate) * rate
        promised, spare = min(stop, whole) - int(begin * rate), slack(stream) * rate
    if heard < promised / 2:
        raise InputError(
            f"{what} is damaged: {heard / rate:.2f} of {promised / rate:.2f} s can be decoded; fetch it again"
        )
    if heard < promised - spare:
        log.warning("%s is damaged: %.2f of %.2f s can be decoded", what, heard / rate, promised / rate)
    elif at < stop and (said := cut_short(path)):
        log.warning("%s is %s", what, *said)
    return np.concatenate(pieces), begin, rate


def _placed(
    container: InputContainer, stream: AudioStream, begin: Fraction, rate: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Each frame mixed to one channel, with the place of its first sample: counted on, or by the clock after a loss."""
    streams = (*container.streams.audio, *container.streams.video)
    origin = min((s.start_time * s.time_base for s in streams if s.start_time is not None and s.time_base), default=0)
    sought = stream.time_base == Fraction(1, rate) and begin > LEAD  # elsewhere stamps are rounded: count from 0
    if sought:
        container.seek(int((begin - LEAD) * rate) + (stream.start_time or 0), stream=stream)
    place: int | None = None
    form, mixer = None, av.AudioResampler("s32", "mono", rate)
    for frame in _frames(container, stream):
        if form != (frame.format.name, frame.layout.name, frame.rate):  # pieces of many sounds in one file
            form = (frame.format.name, frame.layout.name, frame.rate)
            mixer = av.AudioResampler("s32", "mono", rate)  # to floats its weights would sum to more than 1
        clock = origin if frame.pts is None or frame.time_base is None else frame.pts * frame.time_base
        ahead = (clock - origin) * rate - (place or 0)
        if (place is None and sought) or (0 if place is None else GAP) < ahead / rate < LEAP:
            place = (place or 0) + round(ahead)
        place = place or 0
        for part in mixer.resample(frame):
            piece = part.to_ndarray()[0]
            yield place, (piece / 2.0**31).astype(np.float32)
            place += len(piece)


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[av.AudioFrame]:
    """Decode packet by packet up to the end or the first packet that cannot be read; damaged ones are passed over."""
    try:
        for packet in container.demux(stream):
            try:
                yield from stream.decode(packet)
            except av.FFmpegError as error:
                log.debug("%s: %s", container.name, error)
    except av.FFmpegError as error:
        log.debug("%s: %s", container.name, error)


def _resampled(wave: np.ndarray, rate: int, hertz: int) -> np.ndarray:
    if rate == hertz or not len(wave):
        return wave
    frame = av.AudioFrame.from_ndarray(wave[None], format="flt", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler("flt", "mono", hertz)
    parts = [part.to_ndarray()[0] for part in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate([np.zeros(0, np.float32), *parts])  # of a few samples at a high rate nothing is left
