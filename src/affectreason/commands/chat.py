"""`affectreason chat`: ask a model about a picture or a clip, see what it says set apart, compare it with its base."""

import datetime
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from affectreason.affect import labels
from affectreason.affect.sample import Media
from affectreason.errors import InputError, nearest
from affectreason.media.terminal import growing, note, paths, read_line
from affectreason.model import dialogue as talks
from affectreason.model import dialogue_keys as keys
from affectreason.model.dialogue import Dialogue
from affectreason.recipe import prompts
from affectreason.recipe.words import options
from affectreason.scoring.panels import facts, panels, side_by_side

HELP = """chat model=DIR [image=FILE] [KEY=VALUE ...]   ask a model about a picture or a clip
  model=           a folder (runs/tiny/sft/model), an adapter's folder, a hub id or tiny:KIND
  adapter=         an adapter to put on it
  image= video=    a file or [a,b]; a folder of frames is a video
  audio=           a file or [a,b], for a model that hears; a clip's own sound is given here too
  question=        ask this once, print the answer and end
  prompt= labels=  how to ask and the label set; default: as the model was trained, else plain and ekman7
  base=            what /compare compares with; default: what the model was trained from
  max_new_tokens=512 temperature=0 seed=0 dtype=auto save=FILE.json
  quantize=        nf4 or fp4: weights in four bits, null: whole ones; default: as the model was trained
  From a terminal it reads questions and /commands; otherwise one a line from the standard input."""
KEYS: dict[str, Any] = {**keys.KEYS, "question": None, "save": None}


@dataclass
class Chat:
    """A dialogue and the screen it is shown on."""

    dialogue: Dialogue
    screen: Console
    save: Path | None = None
    reasoning: bool = True
    by_hand: bool = False
    unsaved: bool = False
    ended: bool = False
    failed: bool = False


def main(words: list[str]) -> int:
    """Chat until the end of the input; 0, or 2 where a line of a scripted input could not be done."""
    chat = begin(words)
    note(f"opening {chat.dialogue.model}")
    talks.open_model(chat.dialogue, "tuned")
    question = next((word.partition("=")[2] for word in reversed(words) if word.startswith("question=")), None)
    try:
        if question is not None:
            answer(chat, question)
        else:
            converse(chat)
    finally:
        if chat.save is not None and chat.unsaved:
            save(chat, "")
    return 2 if chat.failed else 0


def begin(words: list[str]) -> Chat:
    """Check all that can be checked before weights are read."""
    given = options([word for word in words if not word.startswith("question=")], KEYS)  # a question is never YAML
    dialogue, warning = keys.dialogue(given)
    if warning is not None:
        note(warning)
    chat = Chat(dialogue, Console(highlight=False), by_hand=sys.stdin.isatty())
    if given["save"] is not None:
        chat.save = Path(str(given["save"])).expanduser()
        talks.refuse_existing(dialogue, chat.save)
    return chat


def converse(chat: Chat) -> None:
    """Read lines until there are no more; what is wrong with one is said, and the chat goes on."""
    chat.screen.print(banner(chat))
    while not chat.ended:
        try:
            line = read_line(chat.by_hand)
        except (EOFError, KeyboardInterrupt):
            if chat.by_hand:
                chat.screen.print()
            return
        try:
            slash(chat, line) if line.startswith("/") else answer(chat, line)
        except InputError as error:
            note(f"error: {error}", "red")
            chat.failed = chat.failed or not chat.by_hand
        except KeyboardInterrupt:
            if not chat.by_hand:
                raise
            chat.screen.print(
                Text("stopped; what was written is not kept. Ctrl-C again, or /quit, ends the chat", "dim")
            )


def answer(chat: Chat, question: str) -> None:
    """Ask, and print what is said."""
    header(chat, names(chat.dialogue.attached), "" if chat.by_hand and question else question or own_question(chat))
    with growing(chat.screen, chat.reasoning) as show:
        exchange = talks.ask(chat.dialogue, question or None, show)
    chat.unsaved = True
    chat.screen.print(panels(exchange.said, chat.reasoning, exchange.cut))


def compare(chat: Chat, rest: str) -> None:
    """Print the base's and the tuned model's answer to the last question side by side."""
    if chat.dialogue.base is not None and "base" not in chat.dialogue.opened and chat.dialogue.exchanges:
        note(f"opening {chat.dialogue.base}")
    with growing(chat.screen, chat.reasoning) as show:
        exchange = talks.compare(chat.dialogue, show)
    chat.unsaved = True
    assert exchange.base is not None
    header(chat, names(exchange.sample.media), exchange.sample.question or prompts.find(exchange.prompt).question)
    tuned = chat.dialogue.adapter or chat.dialogue.model
    left = (
        f"base: {chat.dialogue.base or 'without the adapter'}",
        panels(exchange.base, chat.reasoning, exchange.base_cut),
    )
    chat.screen.print(side_by_side(left, (f"tuned: {tuned}", panels(exchange.said, chat.reasoning, exchange.cut))))


def slash(chat: Chat, line: str) -> None:
    """Do one /command; an unknown one is an error with the nearest."""
    name, _, rest = line.partition(" ")
    if name not in SLASHES:
        if Path(line).is_file():
            raise InputError(f"to look at that file, type: /image {shlex.quote(line)}")
        raise InputError(f"unknown command {name}; {nearest(name, SLASHES)}")
    do, arguments, _ = SLASHES[name]
    if rest.strip() and not arguments:
        raise InputError(f"{name} takes nothing after it, not {rest.strip()!r}")
    do(chat, rest.strip())


EXAMPLES = {"image": "face.png", "video": "clip.mp4", "audio": "voice.wav"}


def look(kind: Literal["image", "video", "audio"]) -> Callable[[Chat, str], None]:
    """The command that attaches media of a kind; sounds are put beside what is looked at."""

    def attach(chat: Chat, rest: str) -> None:
        given = paths(rest)
        if not given:
            raise InputError(f"/{kind} needs a path, for example /{kind} {EXAMPLES[kind]}")
        kept = [one for one in chat.dialogue.attached if kind == "audio" and one.kind != "audio"]
        talks.attach(chat.dialogue, (*kept, *talks.media(kind, given, chat.dialogue.pixels)))
        chat.screen.print(Text(f"looking at {names(chat.dialogue.attached)}; the dialogue begins anew", "dim"))

    return attach


def think(chat: Chat, rest: str) -> None:
    """Show or hide the reasoning."""
    chat.reasoning = not chat.reasoning
    chat.screen.print(Text(f"the reasoning is {'shown' if chat.reasoning else 'hidden'}", "dim"))


def use_prompt(chat: Chat, rest: str) -> None:
    """Ask with another prompt."""
    prompts.find(rest)
    chat.dialogue.prompt = rest
    chat.screen.print(Text(f"prompt {rest}; Enter asks: {own_question(chat)}", "dim"))


def use_labels(chat: Chat, rest: str) -> None:
    """Read answers in another label set."""
    chat.dialogue.labels = labels.find(rest).name
    chat.screen.print(Text(f"labels {rest}: {', '.join(labels.find(rest).names)}", "dim"))


def save(chat: Chat, rest: str) -> None:
    """Write the dialogue to a file."""
    given = paths(rest)
    if len(given) > 1:
        raise InputError(f"/save takes one path, not {len(given)}; put it in quotes if it holds spaces")
    path = Path(given[0]).expanduser() if given else chat.save or talks.free_name(datetime.date.today())
    talks.save(chat.dialogue, path)
    chat.save, chat.unsaved = path, False
    count = len(chat.dialogue.exchanges)
    note(f"saved {count} answer{'s' if count > 1 else ''} in {path}")


def clear(chat: Chat, rest: str) -> None:
    """Forget what was said; the picture stays."""
    talks.attach(chat.dialogue, chat.dialogue.attached)
    chat.screen.print(Text("the dialogue begins anew", "dim"))


def show_help(chat: Chat, rest: str) -> None:
    """List the commands."""
    table = Table.grid(padding=(0, 3))
    table.add_row("Enter", Text(f"ask: {own_question(chat)}"))
    for name, (_, arguments, meaning) in SLASHES.items():
        table.add_row(Text(f"{name} {arguments}"), meaning)
    table.add_row("Ctrl-C", "stop an answer; at the prompt, end the chat")
    chat.screen.print(table)


def end(chat: Chat, rest: str) -> None:
    """End the chat."""
    chat.ended = True


SLASHES: dict[str, tuple[Callable[[Chat, str], None], str, str]] = {
    "/image": (look("image"), "PATH [PATH ..]", "look at these pictures instead"),
    "/video": (look("video"), "PATH [PATH ..]", "look at these clips or folders of frames instead"),
    "/audio": (look("audio"), "PATH [PATH ..]", "hear these sounds beside what is looked at"),
    "/compare": (compare, "", "the last question, answered by the base model and by this one"),
    "/think": (think, "", "show or hide the reasoning"),
    "/prompt": (use_prompt, "NAME", f"ask with another prompt: {', '.join(prompts.PROMPTS)}"),
    "/labels": (use_labels, "NAME", "read the answers in another label set"),
    "/save": (save, "[PATH]", "write the dialogue to a JSON file; nothing is overwritten"),
    "/clear": (clear, "", "forget what was said, keep the picture"),
    "/help": (show_help, "", "this list"),
    "/quit": (end, "", "end the chat"),
}


def banner(chat: Chat) -> Panel:
    """Who is spoken to, about what, and how to begin."""
    dialogue = chat.dialogue
    rows = {
        "model": dialogue.model,
        "adapter": dialogue.adapter,
        "base": dialogue.base,
        "prompt": f"{dialogue.prompt}, labels {dialogue.labels}",
        "looking at": names(dialogue.attached),
        "Enter": f"asks: {own_question(chat)}",
        "/help": "lists the commands",
    }
    return facts("affectreason chat", rows)


def header(chat: Chat, looked_at: str, question: str) -> None:
    """Print what is looked at, and the question where it is not on the screen already."""
    chat.screen.print(Rule(Text(looked_at, "bold"), align="left", style="dim"))
    if question:
        chat.screen.print(Text(f"> {question}"))


def names(attached: tuple[Media, ...]) -> str:
    """The names of the files looked at."""
    return ", ".join(Path(one.path).name for one in attached) or "no picture"


def own_question(chat: Chat) -> str:
    """What an empty line asks."""
    return prompts.find(chat.dialogue.prompt).question
