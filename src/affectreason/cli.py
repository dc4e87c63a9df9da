"""`affectreason COMMAND key=value ...`; each command is a file in commands/."""

import importlib
import os
import pkgutil
import sys

from affectreason import __version__, commands
from affectreason.errors import InputError, nearest

HIDDEN = {"launch"}


def names() -> list[str]:
    """The commands: the files in commands/."""
    return sorted(module.name for module in pkgutil.iter_modules(commands.__path__) if module.name not in HIDDEN)


def usage() -> str:
    """One line a command."""
    lines = [importlib.import_module(f"affectreason.commands.{name}").HELP for name in names()]
    return f"affectreason {__version__}\n\n" + "\n".join(
        f"  affectreason {line}" for help_ in lines for line in help_.splitlines()
    )


def main(words: list[str] | None = None) -> int:
    """Run one command; what the user gave wrong is printed without a traceback and the exit code is 2."""
    words = sys.argv[1:] if words is None else words
    if not words or words[0] in ("help", "-h", "--help"):
        print(usage())
        return 0
    if words[0] in ("version", "--version"):
        print(__version__)
        return 0
    command, rest = words[0], words[1:]
    if command not in names():
        return fail(InputError(f"unknown command {command!r}; {nearest(command, names())}"))
    module = importlib.import_module(f"affectreason.commands.{command}")
    if rest and rest[0] in ("help", "-h", "--help"):
        print(f"affectreason {module.HELP}")
        return 0
    try:
        return int(module.main(rest))
    except InputError as error:
        return fail(error)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130


def launch(kind: str) -> None:
    """Run a stage under `accelerate launch`; an error of the user's is printed by the main process alone."""
    from affectreason.commands import launch as command

    try:
        code = command.main(kind, sys.argv[1:])
    except InputError as error:
        code = fail(error) if os.environ.get("RANK", "0") == "0" else 2
    raise SystemExit(code)


def fail(error: InputError) -> int:
    """Print an error of the user's; exit code 2."""
    print(f"error: {error}", file=sys.stderr)
    return 2
