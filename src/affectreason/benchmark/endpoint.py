"""A judge behind an endpoint that speaks OpenAI's chat completions: vLLM, llama.cpp, Ollama, or a paid service.

It is used only where a user names its address. Temperature 0 and a seed are sent with each question; the version that
the reply names is kept, since a service may change the model behind a name.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from affectreason.benchmark.asked_model import Judge, Reply, cached
from affectreason.errors import InputError

_SHOWN = 300  # characters of a refusal by the server


def judge(
    url: str,
    model: str,
    path: str | Path,
    *,
    key_variable: str | None = None,
    version: str | None = None,
    seed: int = 0,
    max_tokens: int = 512,
    seconds: float = 120.0,
) -> Judge:
    """A judge at `url` (its `/chat/completions` is asked), its answers kept at `path`.

    `key_variable` names the environment variable that holds the key, which is read for each question and never stored.
    Raises InputError for an address that is none and for a variable that is not set.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise InputError(f"{url!r} is no address of an endpoint; give one such as http://localhost:8000/v1")
    _key(key_variable)

    def ask(prompt: str) -> Reply:
        """One question, one answer."""
        body = {
            "model": model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "seed": seed,
            "max_tokens": max_tokens,
        }
        return read_reply(_post(url.rstrip("/") + "/chat/completions", body, _key(key_variable), seconds))

    return cached(ask, model, f"{version or 'as served'}, seed {seed}, at most {max_tokens} tokens", path)


def read_reply(reply: Any) -> Reply:
    """The text of a chat completion, empty where it was cut off, and the model and fingerprint that it names."""
    try:
        choice = reply["choices"][0]
        text, ended = choice["message"]["content"], choice.get("finish_reason")
        named = [str(reply[key]) for key in ("model", "system_fingerprint") if reply.get(key)]
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise InputError(f"the reply is no chat completion: {json.dumps(reply)[:_SHOWN]}") from error
    if not isinstance(text, str) and ended != "length":
        raise InputError(f"the reply holds no text: {json.dumps(reply)[:_SHOWN]}")
    return Reply("" if ended == "length" else text, " ".join(named) or None)


def _post(url: str, body: dict[str, Any], key: str | None, seconds: float) -> Any:
    headers = {"Content-Type": "application/json"} | ({} if key is None else {"Authorization": f"Bearer {key}"})
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answered:
            return json.loads(answered.read())
    except urllib.error.HTTPError as error:
        said = error.read(_SHOWN).decode(errors="replace")
        raise InputError(f"{url} answered {error.code} {error.reason}: {said}") from error


def _key(variable: str | None) -> str | None:
    if variable is None:
        return None
    if not os.environ.get(variable):
        raise InputError(f"the environment variable {variable} is not set; put the endpoint's key there")
    return os.environ[variable]
