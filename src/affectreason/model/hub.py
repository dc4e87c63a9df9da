"""The Hub: what is fetched from it and sent to it, and in words why it refused. No token is ever printed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from glob import escape
from pathlib import Path

from huggingface_hub import CommitInfo, HfApi, constants, get_token, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from affectreason.errors import InputError

WANTED = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
"""What a model or an adapter is read from: no pickles, no Python."""
MADE = ("*.safetensors", "*.safetensors.index.json", "adapter_config.json", "config.json", "generation_config.json")
"""Files of an earlier push, of no folder in it, that must not stay: an adapter beside a model would be read for it."""
LOGIN = "run `hf auth login`, or set HF_TOKEN to a token of yours"
_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_TOKEN = re.compile(r"hf_\w+|(?<=Bearer )\S+")
_NETWORK: type[Exception] = HfHubHTTPError.__bases__[0]
"""HTTPError of the HTTP library that the Hub's client is built on."""


def is_id(source: str) -> bool:
    """Whether a name is that of a repository: USER/NAME, and no folder."""
    return _ID.fullmatch(source) is not None and not Path(source).exists()


@cache
def adapter_folder(adapter: str) -> Path:
    """The folder of an adapter: itself, or where USER/NAME of the Hub lies on this machine, fetched if it must be."""
    if not is_id(adapter):
        return Path(adapter).expanduser()
    with _asked(f"adapter={adapter}", adapter):
        folder = Path(snapshot_download(adapter, allow_patterns=list(WANTED)))
    if not (folder / "adapter_config.json").is_file():
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
        raise InputError(f"{given}: {_why(error, repo)}") from None  # the cause may show headers


def _why(error: Exception, repo: str) -> str:
    """What the Hub said, and what mends it."""
    if constants.is_offline_mode():
        return (
            "it is not on this machine, and HF_HUB_OFFLINE=1 keeps the Hub away; unset it, or fetch it where there is "
            f"a network: hf download {repo}"
        )
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if isinstance(error, GatedRepoError):
        return f"its owner asks for terms to be accepted: open {constants.ENDPOINT}/{repo}, accept them, and {LOGIN}"
    if status == 401 and get_token() is not None and not isinstance(error, RepositoryNotFoundError):
        return f"the Hub does not know the token: it is expired, revoked or mistyped; {LOGIN}"
    if isinstance(error, RepositoryNotFoundError):
        who = "or it is private and not yours to see" if get_token() else f"or it is private: then {LOGIN}"
        return f"the Hub has no such repository, {who}; names are USER/NAME, and small and capital letters differ"
    if status == 403:
        return f"the Hub forbids it{_told(error)}; the token may lack the right to write: {LOGIN}"
    if status is not None:
        return f"the Hub answered {status}{_told(error)}; run the same command again later"
    return f"the Hub is not reached at {constants.ENDPOINT}; look at the network, then run the same command again"


def _told(error: Exception) -> str:
    """The Hub's own words, shortened, without anything that may be a token."""
    said = " ".join(str(getattr(error, "server_message", None) or "").split())
    return f" ({_TOKEN.sub('***', said)[:200]})" if said else ""
