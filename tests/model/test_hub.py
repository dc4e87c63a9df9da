import json
import re

import pytest
from huggingface_hub import constants

from affectreason.errors import InputError
from affectreason.model import hub as ours

ADAPTER = {"adapter_config.json": '{"peft_type": "LORA"}', "adapter_model.safetensors": b"\x01\x02", "README.md": "hi"}


def refused(message, call, *args, **how):
    """The InputError of a call, whose text holds no token."""
    with pytest.raises(InputError, match=message) as caught:
        call(*args, **how)
    assert "hf_" not in re.sub(r"hf auth login|hf download", "", str(caught.value))
    assert caught.value.__cause__ is None or "hf_stand" not in str(caught.value.__cause__)
    return str(caught.value)


def test_names_of_repositories(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "one").mkdir(parents=True)
    assert ours.is_id("ann/one-2.5_B")
    assert not any(ours.is_id(name) for name in ("runs/one", "one", "a/b/c", "./one", "/one/two", "tiny:qwen3_vl", ""))
    for name in ("ann", "ann/one/two", "ann/one--two", "ann/one.git", "an n/one", "ann/", "/one", "ann/o..e"):
        refused(r"write USER/NAME, of letters, digits, and single - _ \. between them", ours.require_name, name)
    ours.require_name("ann/one-2.5_B")


@pytest.mark.parametrize("name", ["What is felt here? " * 20, "runs/a\0b", "runs/" + "é" * 128])
def test_a_text_that_can_be_no_name(name):
    refused(
        r"is no name of a model or a folder: it has more than 255 bytes between two slashes", ours.written_out, name
    )


def test_a_folder_that_is_gone_is_no_repository(tmp_path, monkeypatch, hub):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "one").mkdir(parents=True)
    said = (
        "no such folder; in runs: did you mean 'one'? known: one; if runs/on of the Hub is meant, fetch it first: hf "
    )
    assert str(ours.missing("runs/on")).startswith(said)
    assert ours.missing(str(tmp_path / "runs" / "no" / "model")) is None  # the folder above it is gone too
    assert ours.missing("runs/one/mode") == "no such folder; in runs/one: known: none"
    assert not ours.is_id("runs/on")
    refused(r"adapter=runs/on: no such folder; in runs: did you mean 'one'", ours.adapter_folder, "runs/on")
    assert [ours.missing(name) for name in ("runs/one", "ann/one", "one", "tiny:qwen3_vl", "no/one--two")] == [None] * 5
    assert hub.calls == []


def test_a_repository_that_was_fetched_is_no_missing_folder(tmp_path, monkeypatch, hub):
    monkeypatch.chdir(tmp_path)
    hub.add("bob/tuned", ADAPTER)
    folder = ours.adapter_folder("bob/tuned")
    (tmp_path / "bob").mkdir()
    ours.adapter_folder.cache_clear()
    assert ours.missing("bob/tuned") is None
    assert ours.adapter_folder("bob/tuned") == folder
    assert "if bob/other of the Hub is meant" in str(ours.missing("bob/other"))


def test_which_names_mean_an_adapter(hub, tmp_path, monkeypatch):
    hub.add("bob/tuned", ADAPTER)
    hub.add("bob/whole", {"config.json": "{}"})
    (tmp_path / "adapter_config.json").write_text("{}")
    assert ours.adapter_at(str(tmp_path)) == tmp_path
    found = ours.adapter_at("bob/tuned")
    assert found is not None
    assert sorted(path.name for path in found.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    names = ("bob/whole", "bob/none", "tiny:qwen3_vl", "assets:small", str(tmp_path / "none"), "a--b/c")
    assert [ours.adapter_at(name) for name in names] == [None] * 6
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert ours.adapter_at("bob/tuned") == found
    assert ours.adapter_at("bob/other") is None


def test_an_adapter_is_fetched_without_what_could_run(hub):
    files = {"adapter_model.bin": b"pickle", "run.py": "x", "notes.md": "", "tokenizer.json": "{}"}
    hub.add("bob/tuned", {**ADAPTER, **files})
    folder = ours.adapter_folder("bob/tuned")
    assert sorted(path.name for path in folder.iterdir()) == [
        "adapter_config.json", "adapter_model.safetensors", "tokenizer.json",
    ]  # fmt: skip
    assert (folder / "adapter_model.safetensors").read_bytes() == b"\x01\x02"
    asked = len(hub.calls)
    assert ours.adapter_folder("bob/tuned") == folder
    assert len(hub.calls) == asked


def test_a_folder_is_itself(tmp_path):
    assert ours.adapter_folder(str(tmp_path)) == tmp_path


def test_a_repository_that_is_no_adapter(hub):
    hub.add("bob/whole", {"config.json": "{}"})
    refused(
        r"adapter=bob/whole is no adapter: the repository has no adapter_config.json", ours.adapter_folder, "bob/whole"
    )


def test_a_repository_that_is_not_there(hub, monkeypatch):
    said = (
        r"adapter=bob/none: the Hub has no such repository, or it is private and not yours to see; names are USER/NAME"
    )
    refused(said, ours.adapter_folder, "bob/none")
    monkeypatch.delenv("HF_TOKEN")
    refused(r"or it is private: then run `hf auth login`, or set HF_TOKEN", ours.adapter_folder, "bob/none")


def test_a_private_repository_is_seen_by_who_may(hub, monkeypatch):
    hub.add("ann/own", ADAPTER, private=True)
    assert (ours.adapter_folder("ann/own") / "adapter_config.json").is_file()


def test_terms_that_must_be_accepted_first(hub):
    hub.add("bob/gated", ADAPTER)
    hub.gated.add("bob/gated")
    refused(
        r"its owner asks for terms to be accepted: open http.*/bob/gated, accept them", ours.adapter_folder, "bob/gated"
    )


@pytest.mark.parametrize("said", ["Invalid credentials in Authorization header", 'User Access Token "mine" is expired'])
@pytest.mark.parametrize(
    "call",
    [
        lambda: ours.adapter_folder("bob/tuned"),
        lambda: ours.require_writable("ann/new"),
        lambda: ours.standing("ann/old"),
    ],
)
def test_an_expired_token_is_told_and_not_printed(hub, call, said):
    hub.add("bob/tuned", ADAPTER)
    hub.expired = said
    refused(r"the Hub does not know the token: it is expired, revoked or mistyped; run `hf auth login`", call)


def test_offline(hub, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    refused(
        r"adapter=bob/tuned: there is no such folder, and no such repository was fetched to this machine, from which "
        r"HF_HUB_OFFLINE=1 keeps the Hub away; unset it, or fetch it where there is a network: hf download bob/tuned",
        ours.adapter_folder,
        "bob/tuned",
    )
    refused(
        r"to=ann/new: HF_HUB_OFFLINE=1 keeps the Hub away from this machine; unset it, or push where there is a net",
        ours.require_writable,
        "ann/new",
    )


def test_what_was_fetched_is_found_offline(hub, monkeypatch):
    hub.add("bob/tuned", ADAPTER)
    folder = ours.adapter_folder("bob/tuned")
    ours.adapter_folder.cache_clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert ours.adapter_folder("bob/tuned") == folder


@pytest.mark.parametrize("call", [lambda: ours.adapter_folder("bob/tuned"), lambda: ours.require_writable("ann/new")])
def test_no_network(hub, monkeypatch, call):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    refused(r"the Hub is not reached at http://127.0.0.1:1; look at the network, then run the same command", call)


def test_a_hub_that_is_down(hub):
    hub.down = 503
    refused(
        r"to=ann/new: the Hub answered 503 \(we are down\); run the same command again later",
        ours.require_writable,
        "ann/new",
    )


def test_who_may_write(hub, monkeypatch):
    assert ours.require_writable("ann/new") == "ann"
    assert ours.require_writable("lab/new") == "ann"
    refused(
        r"to=bob/new: bob is somebody else; you are ann, of lab: write to=ann/new", ours.require_writable, "bob/new"
    )
    monkeypatch.delenv("HF_TOKEN")
    refused(
        r"to=ann/new: nobody is logged in to the Hub; run `hf auth login`, or set", ours.require_writable, "ann/new"
    )


@pytest.fixture
def folder(tmp_path):
    """A folder to send: a large file and two small ones."""
    made = tmp_path / "push"
    made.mkdir()
    (made / "README.md").write_text("---\ntags:\n- emotion\n---\nhello\n")
    (made / "adapter_config.json").write_text("{}")
    (made / "adapter_model.safetensors").write_bytes(bytes(range(256)) * 40)
    return made


def test_a_folder_is_sent_whole(hub, folder):
    done, hidden = ours.send(folder, "ann/new", True, "grpo of tiny")
    assert hidden
    assert hub.repos["ann/new"] == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert hub.private == {"ann/new"}
    assert list(hub.blobs.values()) == [bytes(range(256)) * 40]
    assert len(done.oid) == 40
    (commit,) = [said for how, path, said in hub.calls if path.startswith("api/models/ann/new/commit/")]
    assert json.loads(commit.splitlines()[0])["value"]["summary"] == "grpo of tiny"


def test_a_second_push_takes_old_weights_away_and_nothing_else(hub, folder):
    old = {"model.safetensors": "old", "config.json": "{}", "picture.png": "mine", ".gitattributes": "x"}
    hub.add("ann/new", {**old, "onnx/model.safetensors": "mine", "onnx/config.json": "mine", "a[1].safetensors": "old"})
    assert not ours.send(folder, "ann/new", False, "again")[1]
    assert sorted(hub.repos["ann/new"]) == [
        ".gitattributes", "README.md", "adapter_config.json", "adapter_model.safetensors",
        "onnx/config.json", "onnx/model.safetensors", "picture.png",
    ]  # fmt: skip


def test_a_private_repository_stays_private(hub, folder):
    hub.add("ann/own", {}, private=True)
    assert ours.send(folder, "ann/own", False, "m")[1]


def test_private_is_not_sent_where_everybody_reads(hub, folder):
    hub.add("ann/open", {})
    refused(
        r"to=ann/open: private=true, and this repository exists and is public; nothing was sent",
        ours.send, folder, "ann/open", True, "m",
    )  # fmt: skip
    assert hub.repos["ann/open"] == {}


def test_a_token_that_may_only_read(hub, folder):
    hub.read_only = True
    refused(
        r"to=ann/new: the Hub forbids it \(Your token \(\*\*\*\) may only read\); the token may lack the right to",
        ours.send, folder, "ann/new", False, "m",
    )  # fmt: skip
