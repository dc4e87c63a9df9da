"""`report`: the report of a run again."""

import pytest
from tests.conftest import MICRO

from affectreason import cli
from affectreason.commands import report
from affectreason.errors import InputError
from affectreason.recipe import folders, runs, schema
from affectreason.recipe.words import write_yaml


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """A folder in which a stage was begun with other settings than are asked now."""
    monkeypatch.chdir(tmp_path)
    recipe = schema.load(MICRO, {"sft.limit": 3})
    (folder := tmp_path / "mine/sft").mkdir(parents=True)
    folders.write_text(folder / "recipe.yaml", write_yaml(runs.settings(recipe, recipe.stage("sft"))))
    return "mine"


@pytest.mark.parametrize(
    ("command", "next_words"),
    [("report", "no stage of micro in mine is evaluated yet; affectreason run recipe=micro"), ("check", "sft: fits:")],
)
def test_what_a_folder_of_other_settings_is_told_to_add_is_taken(command, next_words, begun, capsys):
    words = [command, f"recipe={MICRO}", f"out={begun}"]
    assert cli.main(words) == 2
    assert "limit: 3 -> not given" in (said := capsys.readouterr().err)
    assert "go on all the same with resume=changed" in said
    cli.main([*words, "resume=changed"])
    assert next_words in "".join(capsys.readouterr())


def test_another_word_than_changed(begun):
    with pytest.raises(InputError, match=r"resume=maybe: known: changed, same; changed goes on in a folder of other"):
        report.main([f"recipe={MICRO}", f"out={begun}", "resume=maybe"])
