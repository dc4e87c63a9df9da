"""A judge from a folder: a causal language model that transformers can read, greedy, without a network."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from affectreason.benchmark.asked_model import Judge, Reply, cached
from affectreason.errors import InputError
from affectreason.model.safe import SAFE, unsafe

logging.disable_progress_bar()
_WEIGHTS = (".safetensors", ".bin")


def judge(folder: str | Path, path: str | Path, *, max_new_tokens: int = 512, dtype: str = "auto") -> Judge:
    """A judge that is the model in `folder`, its answers kept at `path`; its version begins with `version(folder)`.

    Nothing is read of a reply that was cut off at `max_new_tokens`. Raises InputError for a folder without a model.
    """
    folder = Path(folder)
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder} holds no config.json; give the folder of a causal language model")
    model, tokenizer = _read(folder, dtype)

    def ask(prompt: str) -> Reply:
        """One question, one answer."""
        return Reply(_answer(model, tokenizer, prompt, max_new_tokens))

    return cached(ask, folder.resolve().name, f"{version(folder)}, at most {max_new_tokens} tokens", path)


def version(folder: Path) -> str:
    """16 hex digits of a hash of the model's configuration, template and weights: the same words mean the same model.

    Of weights the size and the first and last megabyte are read.
    """
    found = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in (*_WEIGHTS, ".json", ".jinja", ".model", ".txt"):
            found.update(json.dumps([file.name, file.stat().st_size]).encode())
            with file.open("rb") as opened:
                found.update(opened.read(1 << 20))
                opened.seek(max(0, file.stat().st_size - (1 << 20)))
                found.update(opened.read())
    return found.hexdigest()[:16]


def _read(folder: Path, dtype: str) -> tuple[Any, Any]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **SAFE)
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, use_safetensors=True, **SAFE)
    except (OSError, ValueError) as error:
        told = unsafe(str(folder), error)
        raise InputError(f"{folder} holds no causal language model that transformers can read: {told}") from error
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval(), tokenizer


@torch.inference_mode()
def _answer(model: Any, tokenizer: Any, prompt: str, max_new_tokens: int) -> str:
    """The greedy answer to a prompt, a user's turn where there is a template; empty where it was cut off."""
    if tokenizer.chat_template:
        turns = [{"role": "user", "content": prompt}]
        batch = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        ).to(model.device)
    else:
        batch = tokenizer(prompt, return_tensors="pt").to(model.device)
    ids = model.generate(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        max_new_tokens=max_new_tokens,
        do_sample=False,
        num_beams=1,
        repetition_penalty=1.0,
        pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
    )
    new = ids[0, batch["input_ids"].shape[1] :]
    if len(new) >= max_new_tokens and int(new[-1]) not in _ends(model):
        return ""
    return str(tokenizer.decode(new, skip_special_tokens=True))


def _ends(model: Any) -> set[int]:
    found = model.generation_config.eos_token_id
    return set(found) if isinstance(found, list) else {found}
