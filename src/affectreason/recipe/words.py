"""`key=value` on the command line and YAML in files, by one rule: YAML 1.2, so `5e-6` is a number and `on` is text."""

import json
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError

from affectreason.errors import InputError, nearest

_NUMBER = r"(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+"
_FLOAT = rf"[-+]?(?:{_NUMBER}|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
_PLAIN = {  # what a word without quotes is: the core schema of YAML 1.2, and the merge key of 1.1
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (_FLOAT, list("-+0123456789.")),
    "merge": (r"<<", ["<"]),
}


class _Loader(yaml.SafeLoader):
    """PyYAML follows YAML 1.1: `5e-6` is text, `on` true, `1:30` ninety, `010` eight; of equal keys the last wins."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  # PyYAML declares it

    def compose_mapping_node(self, anchor: Any) -> Any:
        """Refuse a key given twice."""
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen and key.value != "<<":
                raise ComposerError(None, None, f"the key {key.value!r} is given twice", key.start_mark)
            seen.add(str(key.value))
        return node


class _Dumper(yaml.SafeDumper):
    """Quotes text that this reader would not take for text."""

    yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers

    def ignore_aliases(self, data: Any) -> bool:
        """Write shared parts out: every stage can then be changed by itself."""
        return True


for _tag, (_rule, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_rule})$"), _first)
_Loader.add_constructor(
    "tag:yaml.org,2002:int", lambda _, node: int(node.value, 0 if node.value[:2] in ("0o", "0x") else 10)
)


def read_yaml(text: str, where: str) -> Any:
    """Parse YAML; `where` names the file or the word in the error."""
    try:
        return yaml.load(text, _Loader)  # a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{where}: this is not YAML: {error}") from error


def write_yaml(data: Any) -> str:
    """The YAML that `read_yaml` reads back as the same data, keys in their order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


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


def word(key: str, value: Any) -> str:
    """The `key=value` that `pairs` reads back as that value, quoted for a shell where it must be."""
    try:
        plain = isinstance(value, str) and pairs([f"{key}={value}"]) == {key: value}
    except InputError:
        plain = False
    return shlex.quote(f"{key}={value if plain else json.dumps(value, ensure_ascii=False)}")


def typed(value: Any) -> str:
    """A value as people type it behind `key=`: `true`, a list as JSON, nothing for none."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def options(words: list[str], known: dict[str, Any]) -> dict[str, Any]:
    """Read `key=value` words against the known keys and their defaults; an unknown key is an error that lists them.

    A default of `...` marks a key that must be given; `key=` with nothing behind does not give it.
    """
    given = pairs(words)
    for key in given:
        if key not in known:
            raise InputError(f"unknown key {key!r}; {nearest(key, known)}")
    missing = [key for key, default in known.items() if default is ... and given.get(key) is None]
    if missing:
        raise InputError("missing " + ", ".join(f"{key}=" for key in missing))
    return {**known, **given}


def whole(key: str, value: Any, least: int, most: int | None = None) -> int:
    """A value that is a whole number in [least, most]; InputError for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value and (most is None or value <= most):
        return value
    upto = "" if most is None else f" to {most}"
    raise InputError(f"{key}={typed(value)}: write a whole number from {least}{upto}")


def switch(key: str, value: Any) -> bool:
    """A value that is true or false; InputError for anything else."""
    if not isinstance(value, bool):
        raise InputError(f"{key}={typed(value)}: it is true or false")
    return value


def refuse_to_overwrite(out: Path, read: Iterable[Path]) -> None:
    """InputError when `out` is one of the files that are read, by whatever name or link."""
    for path in read:
        if path.resolve() == out.resolve() or (path.exists() and out.exists() and path.samefile(out)):
            name = f"out={out}" if path == out else f"out={out} is {path}, and that"
            raise InputError(f"{name} is a file that is read; name another one")


def source_and_split(item: str) -> tuple[str, str | None]:
    """Take one item of `data` apart: `faces:test` is one split of a stage or file, `a:b/c.jsonl` a whole file."""
    source, colon, split = item.rpartition(":")
    if not colon or "/" in split or split.endswith((".jsonl", ".json")):
        return item, None
    return source, split


def overlap(some: Iterable[Any], others: Iterable[Any]) -> list[str]:
    """Those of `others` with samples that `some` name too: the same split of a source, or a split and all of it."""
    known = [source_and_split(item) for item in some if isinstance(item, str)]
    found = dict.fromkeys(item for item in others if isinstance(item, str))
    return [item for item in found if any(_share(source_and_split(item), one) for one in known)]


def _share(one: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    return one[0] == other[0] and (one[1] == other[1] or None in (one[1], other[1]))
