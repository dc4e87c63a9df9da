"""The Hub: what is fetched from it and sent to it, and in words why it refused. No token is ever printed."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from glob import escape
from pathlib import Path

from huggingface_hub import (
    CommitInfo,
    HfApi,
    constants,
    get_token,
    hf_hub_download,
    snapshot_download,
    try_to_load_from_cache,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from affectreason.errors import InputError, nearest

ADAPTER = "adapter_config.json"
WANTED = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
"""What a model or an adapter is read from: no pickles, no Python."""
MADE = ("*.safetensors", "*.safetensors.index.json", "adapter_config.json", "config.json", "generation_config.json")
"""Files of an earlier push, of no folder in it, that must not stay: an adapter beside a model would be read for it."""
MADE_BY = "<!-- made by affectreason push -->"
"""The mark of a model card that `push` wrote."""
MODELS = (
    "*.safetensors", "*.bin", "*.pt", "*.pth", "*.ckpt", "*.gguf", "*.onnx", "*.h5", "*.msgpack", "*.pkl",
    "*config.json", "*.index.json",
)  # fmt: skip
"""Files, in any folder, that make a repository one that holds a model."""
LOGIN = "run `hf auth login`, or set HF_TOKEN to a token of yours"
LONGEST = 255
"""Bytes of one name in a path, as file systems have it."""
_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_TOKEN = re.compile(r"hf_\w+|(?<=Bearer )\S+")
_AWAY = (
    "there is no such folder, and no such repository was fetched to this machine, from which HF_HUB_OFFLINE=1 keeps "
    "the Hub away; unset it, or fetch it where there is a network: hf download "
)
_NETWORK: type[Exception] = HfHubHTTPError.__bases__[0]
"""HTTPError of the HTTP library that the Hub's client is built on."""


def written_out(source: str) -> str:
    """A name with `~` written out, which a shell leaves in KEY=~/FOLDER; unchanged where it names nobody here.

    InputError for what no file system takes for a name.
    """
    if "\0" in source or any(len(os.fsencode(part)) > LONGEST for part in source.split("/")):
        raise InputError(
            f"{source[:60]!r} is no name of a model or a folder: it has more than {LONGEST} bytes between two slashes, "
            "or a null character; is it text that belongs to another key?"
        )
    return os.path.expanduser(source)


def is_id(source: str) -> bool:
    """Whether a name is that of a repository: USER/NAME, no folder, and none that is missing where others are."""
    return _ID.fullmatch(source) is not None and not Path(source).exists() and missing(source) is None


def missing(source: str) -> str | None:
    """In words that a folder is missing: the one it would lie in is there, and no repository of that name was fetched.

    `runs/gone` has the form of USER/NAME too. None where there is one, or the name can only be a repository's.
    """
    path = Path(written_out(source))
    if path.parent == Path() or path.exists() or not path.parent.is_dir() or kept_at(source) is not None:
        return None
    said = f"no such folder; in {path.parent}: {nearest(path.name, [one.name for one in _folders(path.parent)])}"
    fetch = f"; if {source} of the Hub is meant, fetch it first: hf download {source}"
    return said + (fetch if _ID.fullmatch(source) else "")


def not_here(source: str) -> str | None:
    """In words that a name is no folder, and no repository that was fetched, while the Hub is kept away; else None."""
    if not (constants.is_offline_mode() and is_id(source)) or kept_at(source) is not None:
        return None
    return _AWAY + source


def _folders(place: Path) -> list[Path]:
    return [one for one in place.iterdir() if one.is_dir()]


def kept_at(source: str) -> Path | None:
    """The folder of a repository that was fetched to this machine; None where none of that name was."""
    if _ID.fullmatch(source) is None:
        return None
    try:
        files = [try_to_load_from_cache(source, name) for name in ("config.json", ADAPTER)]
    except HFValidationError:  # no repository can have that name
        return None
    return next((Path(found).parent for found in files if isinstance(found, str)), None)


def files(source: str) -> list[str]:
    """The names in the top folder of a model, of a folder or as the Hub lists them; none where it cannot be asked."""
    if not is_id(source):
        folder = Path(written_out(source))
        return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
    try:
        return sorted(str(name) for name in HfApi().list_repo_files(source) if "/" not in name)
    except (OfflineModeIsEnabled, HFValidationError, _NETWORK):
        found = try_to_load_from_cache(source, "config.json")
        return sorted(one.name for one in Path(found).parent.iterdir()) if isinstance(found, str) else []


def adapter_at(source: str) -> Path | None:
    """Where the adapter lies that a model's name means, fetched if it must be; None where it is no adapter.

    So is a repository that cannot be seen: whoever loads the model says why.
    """
    if not is_id(source):
        folder = Path(written_out(source))
        return folder if (folder / ADAPTER).is_file() else None
    try:
        hf_hub_download(source, ADAPTER)
    except (EntryNotFoundError, OfflineModeIsEnabled, HFValidationError, _NETWORK):
        return None
    return adapter_folder(source)


@cache
def adapter_folder(adapter: str) -> Path:
    """The folder of an adapter: itself, or where USER/NAME of the Hub lies on this machine, fetched if it must be."""
    if not is_id(adapter):
        gone = missing(adapter)
        if gone is not None:
            raise InputError(f"adapter={adapter}: {gone}")
        return Path(written_out(adapter))
    with _asked(f"adapter={adapter}", adapter):
        folder = Path(snapshot_download(adapter, allow_patterns=list(WANTED)))
    if not (folder / ADAPTER).is_file():
        raise InputError(
            f"adapter={adapter} is no adapter: the repository has no adapter_config.json; give it as model="
        )
    return folder


def require_name(to: str) -> None:
    """Refuse what can be no repository's name."""
    if not _ID.fullmatch(to) or to.endswith((".git", ".ipynb")) or "--" in to or ".." in to:
        raise InputError(f"to={to}: write USER/NAME, of letters, digits, and single - _ . between them")


def address(repo: str) -> str:
    """Where a repository is seen in a browser."""
    return f"{constants.ENDPOINT}/{repo}"


def require_writable(to: str) -> str:
    """The name of who is logged in; InputError where `to` is not theirs, or nobody is logged in."""
    if get_token() is None:
        raise InputError(f"to={to}: nobody is logged in to the Hub; {LOGIN}")
    with _asked(f"to={to}", to):
        me = HfApi().whoami()
    names = [str(me["name"]), *(str(one["name"]) for one in me.get("orgs") or ())]
    owner = to.partition("/")[0]
    if owner not in names:
        raise InputError(
            f"to={to}: {owner} is somebody else; you are {names[0]}"
            + (f", of {', '.join(names[1:])}" if names[1:] else "")
            + f": write to={names[0]}/{to.partition('/')[2]}"
        )
    return names[0]


def standing(to: str) -> list[str]:
    """The files of a model in a repository that `push` did not make, by its card; none where there is no repository."""
    api = HfApi()
    with _asked(f"to={to}", to):
        try:
            names = [str(name) for name in api.list_repo_files(to)]
        except RepositoryNotFoundError as error:
            if not _is_unknown(error):
                raise
            return []
        found = sorted(name for name in names if any(fnmatchcase(name, pattern) for pattern in MODELS))
        if found and "README.md" in names:
            card = Path(hf_hub_download(to, "README.md", force_download=True)).read_text("utf-8", errors="replace")
            found = [] if MADE_BY in card else found
    return found


def require_ours(to: str, replace: bool) -> list[str]:
    """What stands in the repository and is replaced; InputError where `push` did not make it, unless `replace`."""
    found = standing(to)
    if found and not replace:
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        raise InputError(
            f"to={to}: it holds a model that `affectreason push` did not make ({', '.join(found[:4])}{more}), and its "
            "weights and configs would be replaced; name another repository, or say replace=true"
        )
    return found


def send(folder: Path, to: str, private: bool, message: str) -> tuple[CommitInfo, bool]:
    """Make the repository where there is none, and put all files of the folder into it by one commit.

    The commit, and whether the repository is private: one that was there stays as it was. Weights and configs of an
    earlier push that this one lacks are deleted with it. InputError where `private` is asked of a repository that
    everybody can read.
    """
    api = HfApi()
    with _asked(f"to={to}", to):
        api.create_repo(to, private=private, exist_ok=True)
        hidden = bool(api.repo_info(to).private)
        if private and not hidden:
            raise InputError(
                f"to={to}: private=true, and this repository exists and is public; nothing was sent. Make it private "
                "in its settings, or name another"
            )
        old = [escape(name) for name in api.list_repo_files(to) if "/" not in name and _made(name)]
        return api.upload_folder(folder_path=folder, repo_id=to, commit_message=message, delete_patterns=old), hidden


def _made(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in MADE)


@contextmanager
def _asked(given: str, repo: str) -> Iterator[None]:
    """Raise InputError, beginning with what was `given`, where the Hub refuses or is not reached."""
    try:
        yield
    except InputError:
        raise
    except HFValidationError as error:
        raise InputError(f"{given}: this is no name of a repository; write USER/NAME") from error
    except (_NETWORK, LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        raise InputError(f"{given}: {_why(error, repo, given.startswith('to='))}") from None  # it may show headers


def _why(error: Exception, repo: str, sending: bool) -> str:
    """What the Hub said, and what mends it."""
    if constants.is_offline_mode():
        return (
            "HF_HUB_OFFLINE=1 keeps the Hub away from this machine; unset it, or push where there is a network"
            if sending
            else _AWAY + repo
        )
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if isinstance(error, GatedRepoError):
        return f"its owner asks for terms to be accepted: open {constants.ENDPOINT}/{repo}, accept them, and {LOGIN}"
    if status == 401 and get_token() is not None and not _is_unknown(error):
        return f"the Hub does not know the token: it is expired, revoked or mistyped; {LOGIN}"
    if isinstance(error, RepositoryNotFoundError):
        who = "or it is private and not yours to see" if get_token() else f"or it is private: then {LOGIN}"
        return f"the Hub has no such repository, {who}; names are USER/NAME, and small and capital letters differ"
    if status == 403:
        return f"the Hub forbids it{_told(error)}; the token may lack the right to write: {LOGIN}"
    if status is not None:
        return f"the Hub answered {status}{_told(error)}; run the same command again later"
    return f"the Hub is not reached at {constants.ENDPOINT}; look at the network, then run the same command again"


def _is_unknown(error: Exception) -> bool:
    """Whether the Hub itself says that there is no such repository: its client says so of every answer 401."""
    response = getattr(error, "response", None)
    return response is not None and response.headers.get("X-Error-Code") == "RepoNotFound"


def _told(error: Exception) -> str:
    """The Hub's own words, shortened, without anything that may be a token."""
    said = " ".join(str(getattr(error, "server_message", None) or "").split())
    return f" ({_TOKEN.sub('***', said)[:200]})" if said else ""
