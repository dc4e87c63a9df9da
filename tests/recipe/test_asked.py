import pytest

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.recipe import asked

SHARED = {"samples": "abc", "dtype": "auto", "media": {"fps": 2.0}}
SYSTEM = {"text": "Which?", "model": "m", "model_weights": "1", "declared": {"run": None}}


@pytest.fixture(autouse=True)
def answered(tmp_path):
    """One answer is there: what nobody answered may be asked otherwise."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "predictions.jsonl").write_text("{}\n")


def hold(folder, shared=SHARED, **systems):
    with asked.held(folder, shared, systems or {"model": SYSTEM}):
        pass


def test_the_same_settings_and_new_systems(tmp_path):
    hold(tmp_path)
    hold(tmp_path)
    hold(tmp_path, base={**SYSTEM, "model": "b"})
    found = asked.read(tmp_path)
    assert found == {**SHARED, "systems": {"model": SYSTEM, "base": {**SYSTEM, "model": "b"}}}


def test_what_differs_is_named(tmp_path):
    hold(tmp_path)
    other = {**SHARED, "media": {"fps": 1.0}}
    with pytest.raises(
        InputError, match=r"asked with other settings \(media.fps, model: text\); name a new folder with"
    ):
        hold(tmp_path, other, model={**SYSTEM, "text": "What?"})
    assert asked.read(tmp_path)["media"] == {"fps": 2.0}


def test_what_nobody_answered_is_asked_otherwise(tmp_path):
    hold(tmp_path, model={**SYSTEM, "model": "a typo"})
    (tmp_path / "model" / "predictions.jsonl").write_text("")
    hold(tmp_path)
    assert asked.read(tmp_path)["systems"] == {"model": SYSTEM}


def test_weights_not_known_before_and_later_facts_are_no_difference(tmp_path):
    hold(tmp_path, model={**SYSTEM, "model_weights": None})
    hold(tmp_path, model={**SYSTEM, "declared": {"run": "done"}})
    assert asked.read(tmp_path)["systems"]["model"]["model_weights"] == "1"
    with pytest.raises(InputError, match=r"\(model: model_weights\)"):
        hold(tmp_path, model={**SYSTEM, "model_weights": "2"})


def test_one_run_at_a_time(tmp_path):
    with asked.held(tmp_path, SHARED, {}), pytest.raises(InputError, match=r"another run \(pid .* is working in"):
        hold(tmp_path)


@pytest.mark.parametrize(("text", "said"), [("{", "not JSON"), ("[]", "does not say what was asked")])
def test_a_file_of_another_program(tmp_path, text, said):
    (tmp_path / "asked.json").write_text(text)
    with pytest.raises(InputError, match=rf"asked.json:? {said}.*; name a new folder with out="):
        hold(tmp_path)


def test_a_digest_of_samples(tmp_path):
    (tmp_path / "a.png").write_bytes(b"one")
    sample = Sample(id="a", media=(Media(kind="image", path=str(tmp_path / "a.png")),))
    other = sample.model_copy(update={"question": "Why?"})
    first = asked.digest([sample, other])
    assert first == asked.digest([sample, other]) != asked.digest([other, sample])
    (tmp_path / "a.png").write_bytes(b"other")
    assert asked.digest([sample, other]) != first
