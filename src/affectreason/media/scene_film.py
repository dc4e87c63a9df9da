"""The pictures of a drawn scene: the speaker's face as a clip, and the whole scene with its place and the other person.

Clips hold PNG frames in a QuickTime file: lossless, with a clock, and decoded as fast as a folder of pictures, in less
than half the time of H.264 or MJPEG at these sizes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import av
from PIL import Image, ImageDraw

from affectreason.media.face_people import Identity, mix
from affectreason.media.faces import Pose, draw, draw_turned, identity

FPS, FRAMES = 4, 8
SECONDS = FRAMES / FPS
ONSETS: dict[str, int] = {"early": 1, "middle": 2, "late": 3}
"""The frame in which the units come on, half; then two frames at the apex, one half, and rest."""
ACTIONS: tuple[str, ...] = ("none", "nod", "shake", "blink", "wink")
PLACES: tuple[str, ...] = ("room", "park", "street")
_NOD = (0.0, 0.07, 0.0, -0.05)  # frame heights down
_SHAKE = (0.0, 0.08, 0.0, -0.08)  # frame widths to the right
_FINER = 2


@dataclass(frozen=True)
class Actor:
    """One person of a scene: who, their units at the apex (None: seen from behind), pose, onset frame, action."""

    number: int
    units: Mapping[int, float] | None
    pose: Pose
    onset: int
    action: str = "none"


@dataclass(frozen=True)
class Stage:
    """The whole scene: its place, which side the speaker is on (`middle` when alone), and the other person."""

    place: str
    side: str
    other: Actor | None


def share(onset: int, frame: int) -> float:
    """How far a scene's units are on in a frame: 0, 0.5 or 1."""
    return {0: 0.5, 1: 1.0, 2: 1.0, 3: 0.5}.get(frame - onset, 0.0)


def portrait(actor: Actor, size: int, background: tuple[int, int, int] | None = None) -> list[Image.Image]:
    """The frames of one person, `size` x `size` pixels; equal frames are drawn once."""
    who = identity(actor.number)
    if background is not None:
        who = replace(who, background=background)
    drawn: dict[tuple[float, Pose, tuple[int, ...]], Image.Image] = {}
    frames = []
    for frame in range(FRAMES):
        state = (share(actor.onset, frame), _moved(actor, frame), _shut(actor.action, frame))
        if state not in drawn:
            drawn[state] = _picture(who, actor.units, size, *state)
        frames.append(drawn[state])
    return frames


def whole(stage: Stage, speaker: list[Image.Image], background: tuple[int, int, int], size: int) -> list[Image.Image]:
    """The frames of the whole scene, `size` x `size`: the place above, the heads below, a bubble over the speaker."""
    half = size // 2
    left = {"left": 0, "right": half, "middle": half // 2}[stage.side]
    back = _place(stage.place, background, size, left + half // 2)
    others = [] if stage.other is None else portrait(stage.other, half, background)
    frames = []
    small: dict[int, Image.Image] = {}
    for at, face in enumerate(speaker):
        picture = back.copy()
        picture.paste(small.setdefault(id(face), face.resize((half, half), Image.Resampling.BOX)), (left, half))
        if others:
            picture.paste(others[at], (half - left, half))
        frames.append(picture)
    return frames


def film(path: str, frames: Iterable[Image.Image], size: int) -> None:
    """Write frames as a clip of `FPS` frames a second, lossless."""
    with av.open(path, "w", format="mov") as movie:
        stream = movie.add_stream("png", rate=FPS, options={"threads": "1"})
        stream.width = stream.height = size
        stream.pix_fmt = "rgb24"
        for frame in frames:
            movie.mux(stream.encode(av.VideoFrame.from_image(frame)))
        movie.mux(stream.encode())


def _picture(
    who: Identity, units: Mapping[int, float] | None, size: int, on: float, pose: Pose, shut: tuple[int, ...]
) -> Image.Image:
    if units is None:
        return draw_turned(who, size, pose)
    return draw(who, {unit: value * on for unit, value in units.items()} if on else {}, size, pose, shut)


def _moved(actor: Actor, frame: int) -> Pose:
    """The pose of a frame: a nod moves the head down and up, a shake from side to side, both twice."""
    right, down = actor.pose.shift
    if actor.action == "nod":
        down += _NOD[frame % 4]
    if actor.action == "shake":
        right += _SHAKE[frame % 4]
    return replace(actor.pose, shift=(right, down))


def _shut(action: str, frame: int) -> tuple[int, ...]:
    """The eyes that are closed: of a blink both, of a wink the one on the right, in the first and the last frame.

    The face is at rest in both, so that every unit can be seen at the apex.
    """
    if frame not in (0, FRAMES - 1):
        return ()
    return {"blink": (-1, 1), "wink": (1,)}.get(action, ())


def _place(place: str, wall: tuple[int, int, int], size: int, speaker: int) -> Image.Image:
    """The scene without heads; `speaker` is where the middle of the speaker's head is, in pixels."""
    image = Image.new("RGB", (size * _FINER, size * _FINER), wall)
    pen, unit = ImageDraw.Draw(image), size * _FINER / 96
    _DECOR[place](lambda box, fill: pen.rectangle([v * unit for v in box], fill=fill), pen, unit)
    x = speaker * _FINER / unit
    pen.rounded_rectangle([v * unit for v in (x - 13, 32, x + 13, 45)], radius=5 * unit, fill=(255, 255, 255))
    pen.polygon([v * unit for v in (x - 3, 44, x + 3, 44, x, 49)], fill=(255, 255, 255))
    for dot in (-7, 0, 7):
        pen.ellipse([v * unit for v in (x + dot - 2, 36.5, x + dot + 2, 40.5)], fill=(30, 30, 36))
    return image.reduce(_FINER)


Rectangle = Callable[[tuple[float, float, float, float], tuple[int, int, int]], None]


def _room(box: Rectangle, pen: ImageDraw.ImageDraw, unit: float) -> None:
    box((0, 0, 96, 30), (196, 170, 140))
    box((34, 4, 62, 26), (246, 246, 240))
    box((36, 6, 47, 24), (150, 200, 240))
    box((49, 6, 60, 24), (150, 200, 240))
    pen.polygon([v * unit for v in (80, 4, 74, 16, 90, 16, 84, 4)], fill=(240, 200, 70))
    box((81, 16, 83, 30), (90, 60, 40))


def _park(box: Rectangle, pen: ImageDraw.ImageDraw, unit: float) -> None:
    box((0, 0, 96, 22), (150, 205, 245))
    box((0, 22, 96, 30), (84, 158, 74))
    pen.ellipse([v * unit for v in (6, 3, 20, 17)], fill=(255, 216, 70))
    for x in (44, 72):
        box((x, 14, x + 5, 26), (110, 76, 46))
        pen.ellipse([v * unit for v in (x - 9, 1, x + 14, 19)], fill=mix((50, 120, 56), (80, 150, 70), x / 96))


def _street(box: Rectangle, pen: ImageDraw.ImageDraw, unit: float) -> None:
    box((0, 0, 96, 30), (176, 186, 196))
    for x, top, fill in ((2, 6, (120, 90, 84)), (34, 2, (104, 108, 120)), (66, 9, (140, 112, 90))):
        box((x, top, x + 28, 26), fill)
        for column in (x + 4, x + 12, x + 20):
            for row in range(top + 3, 23, 7):
                box((column, row, column + 4, row + 4), (250, 232, 150))
    box((0, 26, 96, 30), (70, 70, 76))


_DECOR: dict[str, Callable[[Rectangle, ImageDraw.ImageDraw, float], None]] = {
    "room": _room,
    "park": _park,
    "street": _street,
}
