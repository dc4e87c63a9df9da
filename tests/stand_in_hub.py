"""A stand-in of the Hub on this machine: the calls that huggingface_hub makes to push and to fetch a model, no more."""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

SHA = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_standInTokenThatIsNeverPrinted"


class Hub:
    """What the stand-in holds: repositories, who may do what, and every call that was made."""

    def __init__(self):
        self.repos, self.blobs, self.calls = {}, {}, []
        self.private, self.gated, self.lost = set(), set(), set()
        self.user, self.organisations = "ann", ["lab"]
        self.expired = self.read_only = False
        self.down = None
        self.url = ""

    def add(self, repo, files, private=False):
        """Put a repository there."""
        self.repos[repo] = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
        if private:
            self.private.add(repo)


class Handler(BaseHTTPRequestHandler):
    """The calls, by their paths."""

    hub: Hub

    def log_message(self, *_):
        """Say nothing."""

    def answer(self, status, body=b"", **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def refuse(self, status, code, message):
        self.answer(status, {"error": message}, X_Error_Code=code, X_Error_Message=message)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def route(self):
        path = unquote(urlparse(self.path).path).strip("/")
        hub, said = self.hub, self.body()
        hub.calls.append((self.command, path, said))
        if hub.down is not None:
            self.refuse(hub.down, "", "we are down")
            return
        sent = self.headers.get("Authorization")
        if sent and (hub.expired or sent != f"Bearer {TOKEN}"):
            self.refuse(401, "", hub.expired or "Invalid credentials in Authorization header")
        elif path == "api/whoami-v2":
            self.answer(200, {"name": hub.user, "type": "user", "orgs": [{"name": one} for one in hub.organisations]})
        elif path == "api/validate-yaml":
            self.answer(200, {"errors": [], "warnings": []})
        elif path == "api/repos/create":
            self.create(json.loads(said))
        elif path.startswith("lfs/"):
            hub.blobs[path.removeprefix("lfs/")] = said
            self.answer(200)
        else:
            self.repository(path, said, bool(sent))

    do_GET = do_POST = do_PUT = do_HEAD = route

    def create(self, asked):
        repo = f"{asked.get('organization') or self.hub.user}/{asked['name']}"
        known = repo in self.hub.repos
        if self.hub.read_only:
            self.refuse(403, "", f"Your token ({TOKEN}) may only read")
            return
        if not known:
            self.hub.add(repo, {}, private=bool(asked.get("private") or asked.get("visibility") == "private"))
        self.answer(409 if known else 200, {"url": f"{self.hub.url}/{repo}", "name": repo, "id": repo})

    def repository(self, path, said, known):
        parts = path.removeprefix("api/models/").split("/")
        repo, rest = "/".join(parts[:2]).removesuffix(".git"), parts[2:]
        hidden = repo in self.hub.private and not known
        if repo not in self.hub.repos or hidden:
            self.refuse(404 if known else 401, "RepoNotFound", "Repository not found")
        elif repo in self.hub.gated and rest[:1] == ["resolve"]:
            self.refuse(403, "GatedRepo", f"Access to model {repo} is restricted")
        elif rest[:1] == ["preupload"]:
            files = [
                {"path": f["path"], "shouldIgnore": False, "uploadMode": "lfs" if big(f["path"]) else "regular"}
                for f in json.loads(said)["files"]
            ]
            self.answer(200, {"files": files})
        elif rest[:2] == ["info", "lfs"]:
            objects = [
                {**one, "actions": {"upload": {"href": f"{self.hub.url}/lfs/{one['oid']}"}}}
                for one in json.loads(said)["objects"]
            ]
            self.answer(200, {"transfer": "basic", "objects": objects})
        elif rest[:1] == ["commit"]:
            self.commit(repo, [json.loads(line) for line in said.splitlines()])
        elif rest[:1] == ["tree"]:
            self.tree(repo, "/".join(rest[2:]))
        elif rest[:1] == ["resolve"]:
            self.resolve(repo, "/".join(rest[2:]))
        else:
            siblings = [{"rfilename": name} for name in self.hub.repos[repo]]
            self.answer(
                200, {"id": repo, "sha": SHA, "private": repo in self.hub.private, "siblings": siblings, "tags": []}
            )

    def tree(self, repo, under):
        """The files of a repository, or of a folder in it."""
        inside = [
            (name, held) for name, held in self.hub.repos[repo].items() if name.startswith(f"{under}/" * bool(under))
        ]
        if under and not inside:
            self.refuse(404, "EntryNotFound", "Entry not found")
            return
        self.answer(200, [entry(name, held) for name, held in inside])

    def commit(self, repo, lines):
        held = self.hub.repos[repo]
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                held[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                held[value["path"]] = self.hub.blobs[value["oid"]]
            elif line["key"] == "deletedFile":
                del held[value["path"]]
        self.answer(200, {"commitUrl": f"{self.hub.url}/{repo}/commit/{SHA}", "commitOid": SHA, "hookOutput": ""})

    def resolve(self, repo, name):
        held = self.hub.repos[repo].get(name)
        if held is None or (repo, name) in self.hub.lost:
            self.refuse(404, "EntryNotFound", "Entry not found")
            return
        self.answer(200, held, ETag=f'"{hashlib.sha1(held).hexdigest()}"', X_Repo_Commit=SHA)


def big(name):
    """Whether the Hub keeps a file as a large one."""
    return name.endswith((".safetensors", "tokenizer.json"))


def entry(name, held):
    """A file as the Hub lists it."""
    return {"type": "file", "path": name, "size": len(held), "oid": hashlib.sha1(held).hexdigest()}


@contextmanager
def running():
    """The stand-in, listening on a free port."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
