"""The processor of a base under an adapter, the same for every command: the adapter's own, held against the base's."""

import copy
from pathlib import Path
from typing import Any

from transformers import AutoProcessor, AutoTokenizer

from affectreason.errors import InputError
from affectreason.model import damaged, hub
from affectreason.model.safe import SAFE, unsafe

PICTURES = ("processor_config.json", "preprocessor_config.json")
"""Files of a processor that is more than a tokenizer."""
TEMPLATE = "chat_template.jinja"
MEND = "take its tokenizer files out of its folder, and its base's are used, or give the base that it was trained on"


def processor(adapter: str, base: Any, config: Any) -> Any:
    """The processor that lies with an adapter, else that of its base, whose config is `config`.

    Other trainers leave a tokenizer alone there, or a chat template: it takes the place of the base's. InputError where
    its words are not those that the base's embedding has rows for, or it makes other tensors than the base takes.
    """
    folder = hub.adapter_folder(adapter)
    again = "fetch it again, or take its tokenizer and processor files out of its folder"
    fault = damaged.damaged(folder)
    if fault is not None:
        raise InputError(f"adapter {adapter}: its processor cannot be read: {fault}; {again}")
    try:
        found = _own(folder, base)
    except (OSError, ValueError, *damaged.OTHER) as error:
        what = damaged.told(error) if isinstance(error, damaged.OTHER) else unsafe(str(folder), error)
        raise InputError(f"adapter {adapter}: its processor cannot be read: {what}; {again}") from error
    if found is base:
        return base
    wrong = _other_tensors(found, base) or _other_words(found.tokenizer, base.tokenizer, config)
    if wrong is not None:
        raise InputError(f"adapter {adapter}: {wrong}; {MEND}")
    return found


def _own(folder: Path, base: Any) -> Any:
    """The processor of an adapter's folder; where it is not whole, the base's with the words that are there."""
    worded = (folder / "tokenizer_config.json").is_file()
    if worded and any((folder / name).is_file() for name in PICTURES):
        return AutoProcessor.from_pretrained(folder, **SAFE)
    found = base
    if worded:
        found = copy.copy(base)
        found.tokenizer = AutoTokenizer.from_pretrained(folder, **SAFE)
        found.chat_template = found.tokenizer.chat_template or base.chat_template
    if (folder / TEMPLATE).is_file():
        found = copy.copy(found)
        found.chat_template = (folder / TEMPLATE).read_text(encoding="utf-8")
    return found


def _other_tensors(found: Any, base: Any) -> str | None:
    """Whether pictures become other tensors than the base takes."""
    if type(found) is not type(base):
        return f"its processor is a {type(found).__name__}, its base's a {type(base).__name__}"
    for name in ("patch_size", "merge_size", "temporal_patch_size"):
        has, wanted = (getattr(one.image_processor, name, None) for one in (found, base))
        if has != wanted:
            return f"its image processor has {name}: {has}, its base's {wanted}"
    return None


def _other_words(found: Any, base: Any, config: Any) -> str | None:
    """Whether a tokenizer has other words than a base's, of which the embedding has a row each."""
    rows = config.get_text_config().vocab_size
    if len(found) != len(base):
        return (
            f"its tokenizer knows {len(found):,} tokens, that of its base {len(base):,}, for an embedding of {rows:,} "
            "rows"
        )
    known, ids = base.get_vocab(), found.get_vocab()
    moved = [token for token, number in known.items() if ids.get(token) != number]
    if moved:
        has = "no such token" if moved[0] not in ids else f"{ids[moved[0]]:,}"
        return (
            f"{len(moved)} of the tokens of its base have another number in its tokenizer, first {moved[0]!r}: "
            f"{has}, not {known[moved[0]]:,}"
        )
    return None
