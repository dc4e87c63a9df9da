"""`key=value` on the command line and YAML in files, read by one rule: YAML 1.2 numbers, so `5e-6` is a number."""

import re
from typing import Any

import yaml

from affectreason.errors import InputError, nearest


class _Loader(yaml.SafeLoader):
    """PyYAML follows YAML 1.1, which reads `5e-6` as text and `on` as true; this one follows YAML 1.2."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag not in {"tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"}]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$"
    ),
    list("-+0123456789."),
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read_yaml(text: str, where: str) -> Any:
    """Parse YAML; `where` names the file or the word in the error."""
    try:
        return yaml.load(text, _Loader)  # a SafeLoader
    except yaml.YAMLError as error:
        raise InputError(f"{where}: this is not YAML: {error}") from error


def pairs(words: list[str]) -> dict[str, Any]:
    """Read `key=value` words, values as YAML; the later of two equal keys wins."""
    found: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key or key.startswith("-"):
            raise InputError(
                f"{word!r} is not key=value; write for example {key.lstrip('-') or 'recipe'}=VALUE, without dashes"
            )
        found[key] = read_yaml(value, word)
    return found


def options(words: list[str], known: dict[str, Any]) -> dict[str, Any]:
    """Read `key=value` words against the known keys and their defaults; an unknown key is an error that lists them.

    A default of `...` marks a key that must be given.
    """
    given = pairs(words)
    for key in given:
        if key not in known:
            raise InputError(f"unknown key {key!r}; {nearest(key, known)}")
    missing = [key for key, default in known.items() if default is ... and key not in given]
    if missing:
        raise InputError("missing " + ", ".join(f"{key}=" for key in missing))
    return {**known, **given}
