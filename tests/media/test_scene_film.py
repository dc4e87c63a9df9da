"""The pictures of a scene: what moves, what is hidden, who speaks."""

import numpy as np

from affectreason.media.faces import Pose, draw, draw_turned, identity
from affectreason.media.scene_film import Actor, Stage, portrait, share, whole


def pixels(image):
    return np.asarray(image, dtype=int)


def test_units_come_and_go():
    assert [share(1, k) for k in range(8)] == [0.0, 0.5, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0]
    assert [share(3, k) for k in range(8)] == [0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 0.5, 0.0]


def test_a_shut_eye_changes_its_side_alone():
    open_, wink, blink = (pixels(draw(identity(3), {}, 96, None, shut)) for shut in ((), (1,), (-1, 1)))
    assert (open_[:, :47] == wink[:, :47]).all()
    assert (open_[:, 49:] != wink[:, 49:]).any()
    assert (blink[:, :47] != wink[:, :47]).any()


def test_nobody_shows_a_face_from_behind():
    for number in range(12):
        eyes = pixels(draw_turned(identity(number), 96))[36:76, 32:64].reshape(-1, 3)
        assert len(np.unique(eyes, axis=0)) == 1


def test_a_nod_moves_down_and_a_shake_sideways():
    def at(action):
        frames = portrait(Actor(5, {}, Pose(), 1, action), 96)
        still, moved = pixels(frames[0]), pixels(frames[1])
        return [int((np.roll(still, step, axis) != moved).sum()) for step, axis in ((7, 0), (8, 1))]

    nod, shake = at("nod"), at("shake")
    assert nod[0] < nod[1]
    assert shake[1] < shake[0]


def test_the_bubble_is_over_the_speaker():
    speaker, other = Actor(5, {}, Pose(), 1), Actor(6, {12: 4.0}, Pose(), 2)
    faces, wall = portrait(speaker, 96), identity(5).background
    left, right = (pixels(whole(Stage("room", side, other), faces, wall, 96)[0]) for side in ("left", "right"))
    white = [(picture[34:44] == 255).all(-1) for picture in (left, right)]
    assert white[0][:, :48].sum() > 20 > white[0][:, 48:].sum()
    assert white[1][:, 48:].sum() > 20 > white[1][:, :48].sum()
    frames = whole(Stage("park", "left", other), faces, wall, 96)
    assert (pixels(frames[0])[48:, 48:] != pixels(frames[3])[48:, 48:]).any()  # the other one smiles
