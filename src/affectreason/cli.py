"""`affectreason COMMAND key=value ...`; each command is a file in commands/."""

import ast
import importlib
import os
import pkgutil
import sys
from pathlib import Path
from typing import NoReturn

from affectreason import __version__, commands
from affectreason.errors import InputError, nearest

HIDDEN = {"launch"}


def names() -> list[str]:
    """The commands: the files in commands/."""
    return sorted(module.name for module in pkgutil.iter_modules(commands.__path__) if module.name not in HIDDEN)


def help_of(command: str) -> str:
    """A command's HELP, read from its file: importing all of them would load torch."""
    path = Path(commands.__path__[0]) / f"{command}.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["HELP"]:
            text = str(ast.literal_eval(node.value))
            return text if text.startswith("affectreason ") else f"affectreason {text}"
    return f"affectreason {command}"


def usage() -> str:
    """The first line of every command's help."""
    lines = [f"  {help_of(name).splitlines()[0]}" for name in names()]
    return "\n".join(
        [f"affectreason {__version__}", "", *lines, "", "affectreason COMMAND help says more of one command"]
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
    if command == "launch" and rest:  # where there is no sft.py: accelerate launch -m affectreason launch sft ...
        launch(rest[0], rest[1:])
    if command not in names():
        return fail(InputError(f"unknown command {command!r}; {nearest(command, names())}"))
    try:
        if rest and rest[0] in ("help", "-h", "--help"):
            print(help_of(command), flush=True)
            return 0
        code = int(importlib.import_module(f"affectreason.commands.{command}").main(rest))
        end_group()
        sys.stdout.flush()  # here, so that a closed pipe is met below
        return code
    except InputError as error:
        return fail(error)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `affectreason show recipe=tiny | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def launch(kind: str, words: list[str] | None = None) -> NoReturn:
    """Run a stage under `accelerate launch`; an error is printed whole by the first process, in one line by others."""
    from affectreason.commands import launch as command

    rank = os.environ.get("RANK", "0")
    try:
        code = command.main(kind, sys.argv[1:] if words is None else words)
        end_group()
    except InputError as error:
        code = fail(error) if rank == "0" else fail(InputError(f"in process {rank}: {str(error).splitlines()[0]}"))
    except KeyboardInterrupt:
        code = 130
    raise SystemExit(code)


def end_group() -> None:
    """End the group of processes that a command began, while the interpreter is whole.

    gloo's threads would else meet one that is being torn down, and abort a process whose work is done.
    """
    torch = sys.modules.get("torch")  # most commands do not load it
    if torch is not None and torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def fail(error: InputError) -> int:
    """Print an error of the user's; exit code 2."""
    print(f"error: {error}", file=sys.stderr)
    return 2
