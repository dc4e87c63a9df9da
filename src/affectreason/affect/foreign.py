"""Rows as other toolkits write them become samples.

Read are: `messages` with content lists (OpenAI, Hugging Face) or with `<image>` marks in the text (ms-swift,
LlamaFactory), both beside `images`, `videos` and `audios`; `conversations` of `from` and `value` (ShareGPT, LLaVA)
beside `image`, `video` or `audio`; and the rows of FEA-20K. Other columns are passed over.
"""

import re
from typing import Any, Literal

from affectreason.affect import reading
from affectreason.affect.sample import Affect, Media, Provenance, Sample, Turn, from_row
from affectreason.errors import InputError, nearest

Kind = Literal["image", "video", "audio"]
Role = Literal["system", "user", "assistant"]
KINDS: dict[str, Kind] = {"image": "image", "video": "video", "audio": "audio"}
ROLES: dict[str, Role] = {
    "system": "system", "user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant",
}  # fmt: skip
UNITS_CODED = ("disfa", "bp4d", "rafau", "faba")
"""Sources of FEA-20K in which people coded action units, so that an empty list says there are none; in its other
sources an empty list says nothing. Names here are the beginnings of a source's letters, in small."""
VOCABULARY = {"affectnet": "ekman8", "ck": "ekman8", "rafau": "ekman6"}
"""The label sets of FEA-20K's sources that have contempt too, or no neutral; the others have ekman7."""
_MARK = re.compile(r"\s*<(image|video|audio)>\s*")


def form(row: dict[str, Any]) -> Literal["messages", "conversations", "fea20k"] | None:
    """Tell by its keys how a row is written; None is our own form."""
    if "messages" in row:
        return "messages"
    if "conversations" in row:
        return "conversations"
    return "fea20k" if "AUs" in row or ("description" in row and "dataset" in row) else None


def to_sample(row: dict[str, Any], name: str) -> Sample | None:
    """Make a sample of a foreign row; `name` is its id where the row has none.

    The last user text is the question, what the assistant answers to it the response, verbatim; what comes before are
    turns. Media come before the text, in the order of their marks. With a `labels` key the response is parsed into
    gold by that vocabulary; otherwise gold stays empty. None for a row of FEA-20K marked as not valid. Raises
    InputError, naming the sample, when marks and files differ in number or the roles make no dialogue.
    """
    name = name if row.get("id") in (None, "") else str(row["id"])
    try:
        if form(row) == "fea20k":
            return None if row.get("is_valid") is False else _fea20k(row, name)
        return _dialogue(row, name)
    except InputError as error:
        started = str(error).startswith(f"sample {name!r}")
        raise (error if started else InputError(f"sample {name!r}: {error}")) from error


def _dialogue(row: dict[str, Any], name: str) -> Sample:
    lenient = form(row) == "messages"
    marks: list[tuple[Kind, str | None]] = []
    turns = [Turn(role="system", text=str(row["system"]))] if row.get("system") else []
    for number, message in enumerate(_list(row["messages" if lenient else "conversations"]), start=1):
        if not isinstance(message, dict):
            raise InputError(f"message {number} is {message!r}, not an object with a role and a text")
        turns.append(Turn(role=_role(message, number), text=_text(message, number, marks)))
    answer = turns.pop().text if turns and turns[-1].role == "assistant" else None
    if not turns or turns[-1].role != "user":
        raise InputError("no user message comes last or just before the last assistant message; nothing is asked")
    question = turns.pop().text
    vocabulary = row.get("labels")
    gold = Affect()
    if isinstance(vocabulary, str) and answer is not None:
        gold = reading.read(answer, Sample(id=name, labels=vocabulary)).said
    source = {key: str(row[key]) for key in ("dataset", "split", "subject", "licence") if row.get(key) is not None}
    return Sample(
        id=name,
        media=_media(row, marks, lenient),
        question=question,
        turns=tuple(turns),
        gold=gold,
        response=answer,
        labels=vocabulary if isinstance(vocabulary, str) else None,
        provenance=Provenance.model_validate(source),
    )


def _role(message: dict[str, Any], number: int) -> Role:
    role = str(message.get("role", message.get("from")))
    if role not in ROLES:
        raise InputError(f"message {number} has the role {role!r}; {nearest(role, ROLES)}")
    return ROLES[role]


def _text(message: dict[str, Any], number: int, marks: list[tuple[Kind, str | None]]) -> str:
    """The text of a message; its media are added to `marks`, with their file where the message names it itself."""
    content = message.get("content", message.get("value"))
    assistant = _role(message, number) == "assistant"
    if isinstance(content, str):
        if assistant:
            return content
        marks.extend((KINDS[mark], None) for mark in _MARK.findall(content))
        return _MARK.sub(" ", content).strip()
    texts = []
    for part in _list(content):
        if not isinstance(part, dict) or "type" not in part:
            raise InputError(
                f"message {number}: {part!r} is not a part with a type, as {{'type': 'text', 'text': ...}}"
            )
        kind = str(part["type"]).removesuffix("_url")
        if kind == "text":
            texts.append(str(part.get("text", "")))
        elif kind in KINDS:
            file = next((part[key] for key in (f"{kind}_url", kind, "path", "url") if part.get(key)), None)
            marks.append((KINDS[kind], None if file is None else _file(file)))
        else:
            raise InputError(f"message {number}: unknown type of content {kind!r}; {nearest(kind, (*KINDS, 'text'))}")
    return "".join(texts) if assistant else "\n".join(text.strip() for text in texts)


def _media(row: dict[str, Any], marks: list[tuple[Kind, str | None]], lenient: bool) -> tuple[Media, ...]:
    """Give each mark its file; rows of `messages` may, as TRL and ms-swift allow, have files and no mark at all."""
    files = {
        kind: [_file(file) for key in (kind, f"{kind}s") for file in _list(row.get(key))] for kind in KINDS.values()
    }
    for kind in KINDS.values():
        count = sum(1 for other, file in marks if other == kind and file is None)
        if lenient and count == 0 and not any(other == kind for other, _ in marks):
            marks[:0] = [(kind, None)] * len(files[kind])
        elif count != len(files[kind]):
            raise InputError(
                f"{count} <{kind}> mark{'s' * (count != 1)} but {len(files[kind])} file{'s' * (len(files[kind]) != 1)}"
                f"; write one <{kind}> for each file of {kind!r} or '{kind}s'"
            )
    return tuple(_of(kind, files[kind].pop(0) if file is None else file) for kind, file in marks)


def _of(kind: Kind, path: str) -> Media:
    if re.match("https?://", path):
        return Media(kind="url", path=path)
    return Media(kind=kind, path=path.removeprefix("file://"))


def _file(value: object) -> str:
    """The path in a media column: text, or an object with a path or url."""
    if isinstance(value, dict):
        value = value.get("path") or value.get("url") or value
    if isinstance(value, str) and not value.startswith("data:"):
        return value
    raise InputError(f"{str(value)[:60]!r} is not the path of a file; write pixels into a file and its path here")


def _list(value: object) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list) else [value]


def _fea20k(row: dict[str, Any], name: str) -> Sample:
    dataset = str(row.get("dataset") or "")
    units: list[str] = _list(row.get("AUs"))
    bad = [unit for unit in units if not re.fullmatch(r"AU\d{1,2}", str(unit))]
    if bad:
        raise InputError(f"{bad[0]!r} in AUs is not written as 'AU12'")
    source = re.sub(r"[\W_]", "", dataset).lower()
    words = [str(word) for word in _list(row.get("labels"))]
    gold = {
        "emotion": words[0] if words else None,
        "emotions": dict.fromkeys(words, 1.0) if len(words) > 1 else None,
        "aus": [int(unit[2:]) for unit in units] if units or source.startswith(UNITS_CODED) else None,
    }
    return from_row(
        {
            "id": name,
            "media": [{"kind": "image", "path": _file(path)} for path in _list(row.get("image"))],
            "question": row.get("question"),
            "gold": gold,
            "response": row.get("description") or None,
            "labels": next((name for start, name in VOCABULARY.items() if source.startswith(start)), "ekman7"),
            "provenance": {"dataset": dataset or None, "split": row.get("split")},
        }
    )
