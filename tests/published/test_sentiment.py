import pytest

from affectreason.errors import InputError
from affectreason.published import sentiment


@pytest.mark.parametrize(
    ("score", "name"), [(-0.2, "negative"), (0.0, "neutral"), (-0.0, "neutral"), (3.0, "positive")]
)
def test_neutral_is_exactly_zero(score, name):
    assert sentiment.sign(score) == name


def test_corpora_come_in_order_and_absent_ones_are_absent(tmp_path):
    (tmp_path / "label.json").write_text('{"test_corpus": {"b": {"val": 1}}, "train_corpus": {"a": {"val": 0}}}')
    assert list(sentiment.corpora(tmp_path / "label.json")) == ["train", "test"]


def test_other_views_need_the_table(tmp_path):
    views = ("multimodal", "text")
    assert sentiment.check_view(tmp_path, "multimodal", views) == "multimodal"
    with pytest.raises(InputError, match="label_view=text: the converted file has only multimodal scores"):
        sentiment.check_view(tmp_path, "text", views)
    (tmp_path / "meta.csv").touch()
    assert sentiment.check_view(tmp_path, "text", views) == "text"
