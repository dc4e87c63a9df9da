import json

import pytest

from affectreason.commands import assets as command
from affectreason.errors import InputError
from affectreason.recipe import assets


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """An empty cache."""
    monkeypatch.setenv("AFFECTREASON_CACHE", str(tmp_path))


def test_the_list_names_packages_licences_and_the_command(capsys):
    assert command.main(["list"]) == 0
    said = capsys.readouterr().out
    for one in assets.SMALL:
        (line,) = [line.split() for line in said.splitlines() if line.startswith(f"{one.part} ")]
        assert line[1:] == [one.name, one.version, f"{one.size / 1e6:.0f}", f"{one.kept / 1e6:.0f}", one.licence, "no"]
    assert "affectreason assets get small" in said
    assert "it may have been fine-tuned" in said


def test_the_list_as_json(capsys):
    assert command.main(["list", "json=true"]) == 0
    found = json.loads(capsys.readouterr().out)["small"]
    assert found["model"] == {"name": "assets:small", "got": False}
    assert [(one["part"], one["got"]) for one in found["parts"]] == [(one.part, False) for one in assets.SMALL]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "write `affectreason assets list` or `affectreason assets get small`"),
        (["lst"], "unknown word 'lst'; did you mean 'list'"),
        (["get"], "write `affectreason assets get NAME`, one of: small"),
        (["get", "small", "large"], "write `affectreason assets get NAME`"),
        (["get", "smal"], "unknown assets 'smal'; did you mean 'small'"),
        (["get", "small", "out=x"], "unknown key 'out'"),
        (["list", "json=3"], "json=3: it is true or false"),
        (["list", "all"], "'all' is not key=value"),
    ],
)
def test_what_is_asked_wrongly(words, said):
    with pytest.raises(InputError, match=said):
        command.main(words)


def test_get_says_where_it_is(monkeypatch, capsys, tmp_path):
    from affectreason.model import assets_get

    monkeypatch.setattr(assets_get, "get", lambda name, say: say("face: there already") or tmp_path / "model")
    assert command.main(["get", "small"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "face: there already"
    assert said[1].startswith(f"{tmp_path}/model is there")
    assert said[2].split() == ["affectreason", "chat", "model=assets:small"]
