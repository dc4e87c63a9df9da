"""Files of questions and answers as other toolkits write them, with the media they name found below a folder."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from affectreason.affect import foreign, jsonl
from affectreason.affect.labels import find
from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.published import tables

OPTIONS: dict[str, Any] = {
    "file": ...,
    "root": None,
    "cut": None,
    "labels": None,
    "split": None,
    "dataset": None,
    "licence": None,
}
"""Options of the generic scripts. `root` is the folder the paths start from (the file's own when not given), `cut` the
beginning of the authors' paths to cut off, `labels` the label set by which the answers are read."""


def written(row: dict[str, Any]) -> str:
    """The script that reads rows of this form; InputError for a row that is no dialogue."""
    for key, by in (("conversations", ("sharegpt", "emotion_qwen")), ("messages", ("placeholders", "messages"))):
        if key in row:
            said = [one for one in row[key] if isinstance(one, dict)] if isinstance(row[key], list) else []
            other = any(
                "role" in one if key == "conversations" else isinstance(one.get("content"), list) for one in said
            )
            return by[other]
    raise InputError(f"the row has neither 'messages' nor 'conversations' but {', '.join(row) or 'nothing'}")


def samples(script: str, **options: Any) -> Iterator[Sample]:
    """One sample for each row of `file`, written in the form that `script` reads; media lie below `root`."""
    path = Path(str(options["file"])).expanduser().absolute()
    root = path.parent if options["root"] is None else tables.root_folder(options["root"])
    known = {key: options[key] for key in ("labels", "split", "dataset", "licence") if options[key] is not None}
    if "labels" in known:
        find(str(known["labels"]))
    for line, row in jsonl.rows(path):
        where = f"{path}:{line}"
        try:
            yield sample(row | known, f"{script}_{path.stem}", line, root, options["cut"], (script,))
        except InputError as error:
            raise InputError(f"{where}: {error}") from error


def sample(row: dict[str, Any], name: str, line: int, root: Path, cut: object, forms: tuple[str, ...]) -> Sample:
    """The sample of a row, its id made of `name` and the row's own id or its line, its media below root.

    `forms` are the scripts whose form of rows is right here; InputError for another names the script that reads it.
    """
    if (form := written(row)) not in forms:
        raise InputError(f"the row is written as {form} files are; use affectreason prep {form} file=FILE")
    own = line if row.get("id") in (None, "") else row["id"]
    found = foreign.to_sample({**row, "id": f"{name}_{own}"}, name)
    assert found is not None  # only rows of FEA-20K can be marked as not valid, and they have another form
    media = tuple(below(item, root, cut) for item in found.media)
    return found.model_copy(update={"media": media, "group": group(name, media, root)})


def group(name: str, media: tuple[Media, ...], root: Path) -> str | None:
    """What the questions on one file have in common: its path below root, so that the folder can be moved."""
    return f"{name}_{media[0].path.removeprefix(f'{root}/')}" if media else None


def below(media: Media, root: Path, cut: object = None) -> Media:
    """The file of a row below root, without the beginning `cut`; InputError for a path that leaves root."""
    if media.kind == "url":
        return media
    path, start = media.path, None if cut is None else str(cut).rstrip("/")
    if start is not None:
        if not PurePosixPath(path).is_relative_to(start):
            raise InputError(
                f"the path {path!r} does not begin with cut={cut}; leave cut= out, or give what they begin with"
            )
        path = str(PurePosixPath(path).relative_to(start))
    elif path.startswith("/"):
        raise InputError(
            f"the path {path!r} is one of the authors' machine; give its beginning as cut=, such as "
            f"cut={PurePosixPath(path).parent}"
        )
    return media.model_copy(update={"path": str(tables.under(root, path))})
