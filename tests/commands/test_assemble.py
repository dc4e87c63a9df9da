"""What `affectreason assemble` refuses before it loads anything; what it makes is tested beside `assemble` itself."""

import pytest
from huggingface_hub import constants

from affectreason import cli
from affectreason.errors import InputError
from affectreason.model import prefusion_assemble

SAFE, PICKLED = "model.safetensors", "pytorch_model.bin"


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """Folders of parts that are never read: whatever looks into one further than its names fails."""

    def never(*_, **__):
        raise LookupError("looked into a part")

    monkeypatch.setattr(prefusion_assemble, "_tokenizer", never)

    def make(**names):
        given = []
        for part in prefusion_assemble.PARTS:
            (tmp_path / part).mkdir(exist_ok=True)
            (tmp_path / part / names.get(part, SAFE)).touch()
            given.append(f"{part}={tmp_path / part}")
        return ["assemble", *given, f"out={tmp_path / 'out'}"]

    return make


@pytest.mark.parametrize("part", prefusion_assemble.PARTS)
def test_a_pickle_is_refused_before_any_part_is_looked_into(parts, tmp_path, part, capsys):
    words = parts(**{part: PICKLED})
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert f"{part}={tmp_path / part} cannot be loaded: its weights are pickles (.bin), which could run any" in said
    assert said.endswith(f"; or write pickled={part}, which reads its tensors and runs nothing\n")
    with pytest.raises(LookupError):
        cli.main([*words, f"pickled={part}"])


def test_what_is_in_the_way_is_told_before_any_part_is_looked_into(parts, tmp_path, capsys):
    words = parts()
    (tmp_path / "file").touch()
    assert cli.main([*words[:-1], f"out={tmp_path}/file/made"]) == 2
    assert f"cannot write {tmp_path}/file/made: Not a directory; name another folder" in capsys.readouterr().err
    (tmp_path / "out.part").mkdir()
    (tmp_path / "out.part" / "mine.txt").touch()
    assert cli.main(words) == 2
    assert "that is there already and was not begun here; move it away" in capsys.readouterr().err


@pytest.mark.parametrize("names", [(SAFE, PICKLED), (SAFE,), ()])
def test_what_may_be_whole_is_looked_into(parts, tmp_path, names):
    words = parts()
    (tmp_path / "audio" / SAFE).unlink()
    for name in names:
        (tmp_path / "audio" / name).touch()
    with pytest.raises(LookupError):
        cli.main(words)


def test_a_repository_is_asked_for_its_files(parts, hub, capsys, monkeypatch, tmp_path):
    hub.add("ann/ears", {"config.json": "{}", PICKLED: "x", "old/model.safetensors": "x"})
    hub.add("ann/whole", {"config.json": "{}", PICKLED: "x", SAFE: "x"})
    words = [word for word in parts() if not word.startswith("audio=")]
    assert cli.main([*words, "audio=ann/ears"]) == 2
    assert "audio=ann/ears cannot be loaded: its weights are pickles (.bin), which could" in capsys.readouterr().err
    assert all(how == "GET" and path.startswith("api/models") for how, path, _ in hub.calls)  # nothing was fetched
    for named in ("ann/whole", "ann/none"):  # of one that cannot be seen, whoever reads it says why
        with pytest.raises(LookupError):
            cli.main([*words, f"audio={named}"])
    snapshot = tmp_path / "hub_cache" / "models--ann--ears" / "snapshots" / "a1"
    snapshot.mkdir(parents=True)
    for name in ("config.json", PICKLED):
        (snapshot / name).touch()
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("a1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match=r"audio=ann/ears cannot be loaded: its weights are pickles"):
        prefusion_assemble._require_safe("audio", "ann/ears")
