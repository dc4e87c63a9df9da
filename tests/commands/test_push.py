import json

import pytest

from affectreason import cli
from affectreason.commands import push
from affectreason.errors import InputError


@pytest.mark.parametrize("lora", [True, False], ids=["adapter", "model"])
def test_a_run_goes_to_the_hub_and_comes_back(finished, hub, capsys, lora, qwen):
    from affectreason.model import load

    run = finished(lora=lora)
    assert push.main([f"run={run}", "to=ann/face", "private=true", "licence=apache-2.0"]) == 0
    said = capsys.readouterr().out
    assert f"sent to {hub.url}/ann/face (private), commit 0123456789" in said
    assert hub.token not in said
    sent = hub.repos["ann/face"]
    assert sent == {path.name: path.read_bytes() for path in (run / "grpo" / "push").iterdir()}
    assert hub.private == {"ann/face"}
    if lora:
        tuned, _ = load.load(qwen, adapter="ann/face")
        assert tuned.active_adapter == "default"


def test_a_dry_run_sends_nothing_and_needs_no_login(finished, hub, capsys, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    run = finished()
    assert push.main([f"run={run}/sft", "to=ann/face", "dry_run=true"]) == 0
    said = capsys.readouterr().out
    assert hub.calls == []
    assert "adapter_model.safetensors" in said
    assert said.endswith("nothing was sent; without dry_run=true it goes to ann/face\n")
    assert (run / "sft" / "push" / "README.md").is_file()


def test_nothing_is_written_where_nobody_may_write(finished, hub):
    run = finished()
    with pytest.raises(InputError, match=r"to=bob/face: bob is somebody else; you are ann, of lab: write to=ann/face"):
        push.main([f"run={run}", "to=bob/face"])
    hub.expired = True
    with pytest.raises(InputError, match=r"to=ann/face: the Hub does not know the token: it is expired"):
        push.main([f"run={run}", "to=ann/face"])
    assert not (run / "grpo" / "push").exists()
    assert hub.repos == {}


def test_a_licence_is_allowed_by_its_name(finished, hub, capsys):
    run = finished(licence="research only", gate="form")
    with pytest.raises(
        InputError, match=r"hint: where you hold the right to, say so by name: 'allow_licence=\[\"resear"
    ):
        push.main([f"run={run}", "to=ann/face"])
    assert [path for _, path, _ in hub.calls] == ["api/whoami-v2", "api/models/ann/face/tree/main"]
    assert push.main([f"run={run}", "to=ann/face", 'allow_licence=["research only"]']) == 0
    assert (
        "note: shared in spite of “research only” (mine.jsonl:train, 5 samples): it limits" in capsys.readouterr().out
    )


def test_a_licence_that_allows_what_the_data_do_not_is_a_warning(finished, capsys):
    run = finished(licence="CC BY-NC 4.0")
    assert push.main([f"run={run}", "to=ann/face", "licence=apache-2.0", "dry_run=true"]) == 0
    said = capsys.readouterr().out
    assert "\nwarning: licence=apache-2.0 allows commercial use of the weights, and “CC BY-NC 4.0” (mine" in said


OTHERS = {"model.safetensors": "weights", "config.json": "{}", "onnx/model.onnx": "x", "README.md": "# my own work"}


def test_a_model_that_push_did_not_make_is_left_alone(finished, hub, capsys):
    run = finished()
    hub.add("ann/face", OTHERS)
    before = dict(hub.repos["ann/face"])
    said = (
        r"to=ann/face: it holds a model that `affectreason push` did not make \(config.json, model.safetensors, "
        r"onnx/model.onnx\), and its weights and configs would be replaced; name another repository, or say replace="
    )
    with pytest.raises(InputError, match=said):
        push.main([f"run={run}", "to=ann/face"])
    assert hub.repos["ann/face"] == before
    assert not (run / "grpo" / "push").exists()
    with pytest.raises(InputError, match=r"replace=yes: it is true or false"):
        push.main([f"run={run}", "to=ann/face", "replace=yes"])
    assert push.main([f"run={run}", "to=ann/face", "replace=true"]) == 0
    held = "ann/face held a model that push did not make: config.json, model.safetensors, onnx/model.onnx\n"
    assert held in capsys.readouterr().out
    sent = hub.repos["ann/face"]
    assert "adapter_config.json" in sent
    assert "config.json" not in sent


def test_one_without_a_card_and_more_files_than_are_named(finished, hub):
    hub.add("ann/face", {f"model-{number}.safetensors": "x" for number in range(6)})
    with pytest.raises(InputError, match=r"\(model-0.safetensors, .*, model-3.safetensors and 2 more\)"):
        push.main([f"run={finished()}", "to=ann/face"])


@pytest.mark.parametrize("held", [{}, {".gitattributes": "x", "README.md": "---\nlicense: mit\n---\n"}, None])
def test_an_empty_repository_and_one_of_ours_are_taken(finished, hub, capsys, held):
    run = finished()
    if held is None:
        push.main([f"run={run}", "to=ann/face"])
    else:
        hub.add("ann/face", held)
    assert push.main([f"run={run}", "to=ann/face"]) == 0
    assert "did not make" not in capsys.readouterr().out
    assert "adapter_config.json" in hub.repos["ann/face"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["to=ann/face"], r"missing run="),
        (["run=x"], r"missing to="),
        (["run=x", "to=face"], r"to=face: write USER/NAME"),
        (["run=x", "to=ann/face", "privat=true"], r"unknown key 'privat'; did you mean 'private'"),
        (["run=x", "to=ann/face", "private=yes"], r"private=yes: it is true or false"),
        (["run=x", "to=ann/face"], r"run=x: no such folder"),
    ],
)
def test_words_that_are_wrong(hub, words, message):
    with pytest.raises(InputError, match=message):
        push.main(words)
    assert hub.calls == []


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("licence=Apache 2.0", r"licence=Apache 2.0: write an identifier of the Hub, such as apache-2.0"),
        ("base=./folder", r"base=./folder: write the USER/NAME under which others find it"),
        ("base=data/gone", r"base=data/gone: no such folder; in data: known: none"),
        ("reports=[none]", r"reports=none: there is no none/report.json; give the out= of `affectreason evaluate`"),
        ("allow_licence=[MIT]", r"allow_licence='mit' is no licence of these data; known: Apache-2.0, CC BY 4.0"),
    ],
)
def test_choices_that_are_wrong(finished, hub, word, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        push.main([f"run={finished()}", "to=ann/face", word])
    assert hub.repos == {}


def test_a_place_for_the_folder_that_is_taken(finished, tmp_path):
    from affectreason.model import draft

    run = finished()
    words = [f"run={run}", "to=ann/face", "dry_run=true"]
    out = run / "grpo" / "push"
    elsewhere = "copy the run to a folder that can be written, and give that as run="
    with (
        draft.beside(out, replace=True),
        pytest.raises(
            InputError, match=rf"another run \(pid .*\) is working in .*push\.part; wait for it, or {elsewhere}"
        ),
    ):
        push.main(words)
    out.rmdir()
    (tmp_path / "theirs").mkdir()
    out.symlink_to(tmp_path / "theirs")
    with pytest.raises(
        InputError, match=rf"cannot write .*push: a file or a link is there; move it away, or {elsewhere}"
    ):
        push.main(words)
    assert out.is_symlink()


@pytest.mark.parametrize("digests", [[], 3, {"model/x": 3}])
def test_a_list_of_files_that_is_damaged(finished, digests):
    run = finished()
    done = run / "grpo" / "done.json"
    done.write_text(json.dumps(json.loads(done.read_text()) | {"sha256": digests}))
    with pytest.raises(InputError, match=r"names no files of a model; run the stage again|model/x is missing; run the"):
        push.main([f"run={run}", "to=ann/face", "dry_run=true"])


def test_help_and_the_list_of_commands(capsys):
    assert cli.main(["push", "help"]) == 0
    assert "tokens are never printed" in capsys.readouterr().out
    assert "affectreason push run=runs/NAME[/STAGE] to=USER/NAME" in cli.usage()
    assert "affectreason merge adapter=FOLDER out=FOLDER" in cli.usage()


def test_the_commit_says_which_stage(finished, hub):
    push.main([f"run={finished()}", "to=ann/face"])
    (commit,) = [said for _, path, said in hub.calls if "/commit/" in path]
    assert json.loads(commit.splitlines()[0])["value"]["summary"] == "grpo of mine, by affectreason push"
