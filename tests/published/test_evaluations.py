import pytest

from affectreason.errors import InputError
from affectreason.published import evaluations
from affectreason.published.evaluations import Spoken, Utterance


def test_a_heading_and_its_votes(tmp_path):
    path = tmp_path / "Ses01F_impro01.txt"
    path.write_text(
        "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
        "[6.2901 - 8.2357]\tSes01F_impro01_M000\tneu\t[2.5000, 2.5000, 2.5000]\n"
        "C-E2:\tNeutral; Anger;\t(a; b)\nC-M1:\tAnger;\t()\nA-E2:\tval 3; act 2; dom  1;\t()\n"
    )
    assert list(evaluations.utterances(path)) == [
        Utterance(
            "Ses01F_impro01_M000", "Ses01M", 6.2901, 8.2357, "neu", "2.5000, 2.5000, 2.5000", f"{path}:3",
            {"E2": (["Neutral", "Anger"], ["val 3", "act 2", "dom  1"])},
        )
    ]  # fmt: skip


def test_a_broken_heading_is_told(tmp_path):
    path = tmp_path / "Ses01F_impro01.txt"
    path.write_text("[6.2901 - 8.2357]\tSes01F_impro01_M000\tneu\n")
    with pytest.raises(
        InputError, match=r"impro01.txt:1: '\[6.2901 .* is not '\[start - end\] turn label \[v, a, d\]'"
    ):
        list(evaluations.utterances(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n", r"impro01.txt has no utterances '\[start - end\]"),
        ("6.2901 - 8.2357]\tSes01F_impro01_M000\n", r"impro01.txt:1: '6.2901 .*' is neither an utterance nor a vote"),
    ],
)
def test_what_is_no_evaluation_is_told(tmp_path, text, said):
    path = tmp_path / "Ses01F_impro01.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        list(evaluations.utterances(path))


def test_what_is_said_comes_in_the_order_it_begins(tmp_path):
    path = tmp_path / "Ses05F_script03_1.txt"
    path.write_text(
        "Ses05F_script03_1_F033 [010.5000-011.0000]: Yes: no.\nM: aside\nSes05F_script03_1_MXX1 [001.2500-002.0000]:\n"
    )
    assert evaluations.spoken(path) == {
        "Ses05F_script03_1_MXX1": Spoken(1.25, "Ses05M", ""),
        "Ses05F_script03_1_F033": Spoken(10.5, "Ses05F", "Yes: no."),
    }
    assert next(iter(evaluations.spoken(path))) == "Ses05F_script03_1_MXX1"
