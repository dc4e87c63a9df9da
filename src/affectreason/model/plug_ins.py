"""The models that help to score, as the keys judge=, extractor= and encoder= name them.

Importing this does not import torch; a model of a folder does.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from affectreason.benchmark import asked_model, asked_prompts, endpoint, gold
from affectreason.benchmark.asked_model import Judge
from affectreason.benchmark.gold import Gold
from affectreason.benchmark.protocol import Setting
from affectreason.benchmark.similarity import Encoder
from affectreason.errors import InputError

KEYS: dict[str, Any] = {"judge": None, "extractor": None, "encoder": None, "encoder_layer": None}
KEY_VARIABLE = "AFFECTREASON_JUDGE_KEY"
"""The environment variable that holds the key of an endpoint, where it asks for one."""


@dataclass(frozen=True)
class PlugIns:
    """The models that were named, None where none was."""

    judge: Judge | None
    extractor: Judge | None
    encoder: Encoder | None


def chosen(given: Mapping[str, Any], held: Sequence[Gold], folder: Path) -> PlugIns:
    """What the keys name, replies kept in `folder`; InputError for one that no benchmark of `held` uses."""
    gold.must_be_used(held, **{key: given[key] for key in ("lexicon", "judge", "extractor", "encoder")})
    judge, extractor = (asked(key, given[key], folder) for key in ("judge", "extractor"))
    return PlugIns(judge, extractor, encoder(given["encoder"], given["encoder_layer"]))


def setting(one: Gold, given: Mapping[str, Any], plugged: PlugIns) -> Setting:
    """What a benchmark is scored with: of the plug-ins those that its task uses."""
    marks = None if plugged.judge is None else asked_prompts.marks(plugged.judge)
    found = gold.setting(one, lexicon=given["lexicon"], compat=given["compat"], judge=marks)
    used = {key: getattr(plugged, key) for key in ("extractor", "encoder") if key in one.benchmark.task.uses}
    return replace(found, **used)


def asked(key: str, spec: object, folder: Path) -> Judge | None:
    """The language model that `judge=` or `extractor=` names, its replies kept in `folder`; None where none is named.

    InputError for a spec of none of the three forms that `affectreason score help` says.
    """
    if spec is None:
        return None
    text, path = str(spec), folder / "judge.sqlite"
    if text.startswith(("http://", "https://")):
        url, _, model = text.partition("#")
        if not model:
            raise InputError(f"{key}={text} names no model; write the address, # and the model: {key}={url}#MODEL")
        return endpoint.judge(url, model, path, key_variable=KEY_VARIABLE if os.environ.get(KEY_VARIABLE) else None)
    if Path(text).is_dir():
        from affectreason.model import local_judge  # here: it loads torch

        return local_judge.judge(text, path)
    return asked_model.find(text, path, key)


def encoder(source: object, layer: object = None) -> Encoder | None:
    """The encoder that `encoder=` names, `encoder_layer=` for BERTScore; None where none is named."""
    if layer is not None and (source is None or isinstance(layer, bool) or not isinstance(layer, int)):
        raise InputError(
            f"encoder_layer={layer}: write a whole number, beside encoder=FOLDER; layer 0 are the embeddings"
        )
    if source is None:
        return None
    from affectreason.model import encode  # here: it loads torch

    return encode.encoder(str(source), layer)
