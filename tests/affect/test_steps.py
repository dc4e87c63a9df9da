import pytest

from affectreason.affect.steps import STEPS, Piece, joined, piece
from affectreason.affect.tree_texts import from_tagged

ATTRIBUTE, EXPRESSION, EMOTION = STEPS["tree"]


@pytest.mark.parametrize(
    ("written", "content", "closed"),
    [
        ("black hair</attribute><expression>AU4", "black hair", True),
        (" black hair ", "black hair", False),
        ("black hair<expression>AU4</expression>", "black hair", False),
        ("</attribute>", "", False),
        ("a < b</attribute>", "a < b", True),
        ("", "", False),
    ],
)
def test_a_candidate_ends_at_the_first_tag(written, content, closed):
    assert piece(written, ATTRIBUTE) == Piece(content, closed)


def test_a_block_that_goes_on_is_closed_and_the_last_one_is_left_as_written():
    text = joined("", ATTRIBUTE, Piece("bald", False), last=False)
    text = joined(text, EXPRESSION, Piece("AU4", True), last=False)
    assert joined(text, EMOTION, Piece("sad", False), last=True) == (
        "<attribute>bald</attribute><expression>AU4</expression><emotion>sad"
    )


@pytest.mark.parametrize("form", STEPS)
def test_every_form_makes_one_whole_answer(form):
    text = ""
    for step, said in zip(STEPS[form], ("bald", "AU4", "sad") if form != "reasoned" else ("AU4", "sad"), strict=True):
        assert piece(said + step.closes, step) == Piece(said, True)
        text = joined(text, step, Piece(said, True), last=step == STEPS[form][-1])
    assert text.count("<") == 2 * text.count("</")
    if form != "reasoned":
        assert from_tagged(text).problem is None
