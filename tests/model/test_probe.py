import pytest
import torch

from affectreason.errors import InputError
from affectreason.model import probe
from affectreason.recipe.parts import Media


def planted(count=60, flipped=()):
    """Vectors of two classes, one of whose two or three vectors tells it; flipped samples have the other's name."""
    draw = torch.Generator().manual_seed(0)
    names = ["anger" if i % 2 else "joy" for i in range(count)]
    vectors = []
    for i, name in enumerate(names):
        found = torch.randn(2 + i % 2, 8, generator=draw) * 0.1
        found[i % 2, :2] = torch.tensor([5.0, 3.0 if name == "joy" else -3.0])
        vectors.append(found)
    given = [{"anger": "joy", "joy": "anger"}[one] if i in flipped else one for i, one in enumerate(names)]
    return vectors, names, given


def test_it_finds_labels_that_are_wrong_without_having_learned_them():
    flipped = {3, 10, 25, 44}
    vectors, right, given = planted(flipped=flipped)
    found = probe.out_of_fold(vectors, given, [str(i) for i in range(60)], folds=5, seed=0)
    assert sum(said == name for said, name in zip(found, right, strict=True)) >= 57
    assert {i for i, (said, label) in enumerate(zip(found, given, strict=True)) if said != label} >= flipped


def test_what_has_no_media_or_no_label():
    vectors, right, given = planted()
    vectors[0], given[1] = vectors[0][:0], None
    found = probe.out_of_fold(vectors, given, [str(i) for i in range(60)], folds=3, seed=0)
    assert found[0] is None
    assert found[1] == right[1]  # judged, though nothing was to be learned of it


def test_a_person_is_never_judged_by_what_was_learned_of_that_person():
    """Each person's vectors tell the label by a sign of that person's own, so other people's samples teach nothing."""
    draw, vectors, labels, people = torch.Generator().manual_seed(1), [], [], []
    for person in range(24):
        sign = torch.randn(16, generator=draw)
        for turn in range(8):
            labels.append("joy" if turn % 2 else "anger")
            people.append(f"p{person}")
            vectors.append((sign if turn % 2 else -sign)[None] + 0.01 * torch.randn(1, 16, generator=draw))
    apart = probe.out_of_fold(vectors, labels, people, folds=4, seed=0)
    mixed = probe.out_of_fold(vectors, labels, [str(i) for i in range(len(labels))], folds=4, seed=0)
    rate = lambda found: sum(a == b for a, b in zip(found, labels, strict=True)) / len(labels)  # noqa: E731
    assert rate(mixed) > 0.7 > 0.6 > rate(apart)


def test_attention_ignores_what_is_filled_up():
    net = probe.Attention(torch.zeros(4), torch.ones(4), 3)
    short, long = torch.randn(1, 4), torch.randn(3, 4)
    together = net(*probe.padded([short, long]))
    assert torch.allclose(together[0], net(*probe.padded([short]))[0], atol=1e-6)


def test_too_few_people_or_classes():
    vectors, _, given = planted()
    with pytest.raises(InputError, match="a classifier in 5 folds needs as many people or groups; there are 2"):
        probe.out_of_fold(vectors, given, ["a", "b"] * 30, folds=5, seed=0)
    with pytest.raises(InputError, match=r"samples of two emotions at least; these have \['joy'\]"):
        probe.out_of_fold(vectors, ["joy"] * 60, [str(i) for i in range(60)], folds=5, seed=0)


def test_features_of_pictures_and_clips_are_kept(qwen, drawn, tmp_path, monkeypatch):
    from affectreason.model import load

    model, processor = load.load(qwen)
    samples = [*drawn["pictures"][:2], drawn["clips"][0], drawn["text"]]
    found = probe.features(model.eval(), processor, samples, Media(), tmp_path)
    assert [tuple(one.shape) for one in found] == [(8, 128), (8, 128), (8, 128), (0, 128)]
    assert not torch.equal(found[0], found[1])
    monkeypatch.setattr(probe, "_parts", None)  # a second time nothing is looked at
    again = probe.features(model, processor, samples, Media(), tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(found, again, strict=True))


def test_senses_stand_side_by_side():
    """Two vectors of two that were seen, one of three that was heard; and none of either."""
    seen, heard = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[5.0, 6.0, 7.0]])
    both = probe.side_by_side([seen, heard], [2, 3])
    assert both.tolist() == [[1, 2, 0, 0, 0], [3, 4, 0, 0, 0], [0, 0, 5, 6, 7]]
    assert probe.side_by_side([None, heard], [2, 3]).tolist() == [[0, 0, 5, 6, 7]]
    assert probe.side_by_side([None, None], [2, 3]).shape == (0, 5)


def test_samples_without_any_media_have_no_vectors(qwen, drawn, tmp_path):
    from affectreason.model import load

    model, processor = load.load(qwen)
    (found,) = probe.features(model.eval(), processor, [drawn["text"]], Media(), tmp_path)
    assert found.shape == (0, 0)
    assert probe.out_of_fold([found] * 2, ["joy", "anger"], ["a", "b"], folds=2, seed=0) == [None, None]
