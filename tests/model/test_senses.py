"""A step of several processes has the loss of one process over the same samples."""

import pytest
import torch

from affectreason.model import senses
from affectreason.model.senses import Senses


class Seen(torch.nn.Module):
    """A tower that hands on its pixels, (B, W), one token a picture."""

    def get_image_features(self, pixel_values):
        return pixel_values[:, None]


class Whole:
    """What a language model is to its senses."""

    model = Seen()
    model.one = torch.nn.Parameter(torch.zeros(()))

    class config:
        @staticmethod
        def get_text_config():
            return type("Text", (), {"hidden_size": 3})


GIVEN = {
    "pixel_values": torch.arange(15.0).reshape(5, 3).sin(),
    "present": torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]),
    "seen": torch.tensor([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]),
    "emotion": torch.tensor([2, 0, -100, 1, -100]),
}


def test_the_mean_is_over_what_is_said_in_all_processes(monkeypatch):
    """Three rows here and two there, the last of which is quiet: nothing is said of it."""
    torch.manual_seed(0)
    heads = Senses(Whole, 2, 3, {})
    whole = heads(**GIVEN)["loss"]
    units = torch.nn.functional.binary_cross_entropy_with_logits(
        heads.units(GIVEN["pixel_values"])[[0, 2, 3]], GIVEN["present"][[0, 2, 3]]
    )
    emotion = torch.nn.functional.cross_entropy(
        heads.emotion(GIVEN["pixel_values"])[[0, 1, 3]], torch.tensor([2, 0, 1])
    )
    assert whole.item() == pytest.approx((units + 0.3 * emotion).item(), abs=1e-6)
    said = torch.tensor([6.0, 3.0])
    monkeypatch.setattr(senses, "reduce", lambda here, how: said)
    monkeypatch.setattr(senses, "PartialState", lambda: type("State", (), {"num_processes": 2}))
    parts = [heads(**{key: value[rows] for key, value in GIVEN.items()})["loss"] for rows in (slice(3), slice(3, 5))]
    assert sum(parts).item() / 2 == pytest.approx(whole.item(), abs=1e-6)
    quiet = heads(**{key: value[4:] for key, value in GIVEN.items()})["loss"]
    assert quiet.item() == 0
    gradient = torch.autograd.grad(quiet, heads.emotion.weight)[0]
    assert (gradient == 0).all()


def test_where_nothing_is_said_there_is_no_loss():
    heads = Senses(Whole, 2, 3, {"pitch": 2})
    bare = {**GIVEN, "seen": torch.zeros(5, 2), "emotion": torch.full((5,), -100)}
    assert heads(**bare)["loss"].item() == 0
    assert heads()["loss"].item() == 0
