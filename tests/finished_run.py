"""The folder of a run as its stages leave it, made without any training."""

import hashlib
import json
import shutil
from pathlib import Path

import torch
import yaml
from peft import get_peft_model
from torch import nn

from affectreason.affect.sample import Affect, Media, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.model import adapters, load

NUMBERS = {
    "emotion_accuracy": {
        "value": 0.61, "low": 0.55, "high": 0.67, "n": 280, "chance": 0.1429, "best_constant": 0.2, "majority": 0.18,
        "answer": "anger", "drawn_by": "subject", "lower_is_better": False,
    },
    "au_f1": {
        "value": 0.40, "low": 0.30, "high": 0.50, "n": 200, "chance": 0.2, "best_constant": 0.45, "majority": None,
        "answer": "AU1", "drawn_by": "subject", "lower_is_better": False,
    },
    "uar": {"value": None, "low": None, "high": None, "n": 0, "chance": None, "best_constant": None},
}  # fmt: skip


def write_run(
    run: Path, qwen: str, licence="CC BY 4.0", gate="open", lora=True, base="tiny:qwen3_vl", evaluated=True, **more
):
    """`sft` learned from data/mine.jsonl:train, `grpo` from data/more.jsonl; only the last stage's model is whole."""
    data = run.parents[1] / "data"
    for name, count, says in (("mine", 6, licence), ("more", 4, "Apache-2.0")):
        write(
            data / f"{name}.jsonl",
            [sample(data, name, i, says, gate if says == licence else None) for i in range(count)],
        )
    shared = {
        "model": base,
        "prompt": "facial_r1",
        "labels": "ekman7",
        "dtype": "float32",
        "media": {"fps": 2.0},
        **more,
    }
    block = {"lora": {"r": 4}} if lora else {}
    sft = {
        "name": "sft",
        "kind": "sft",
        "data": [f"{data}/mine.jsonl:train"],
        "train": {"learning_rate": 1e-4},
        **block,
    }
    grpo = {
        "name": "grpo", "kind": "grpo", "init": "sft", "data": [f"{data}/more.jsonl"],
        "rewards": [{"use": "well_formed"}],
        "train": {"max_steps": 2}, **({"lora": {}} if lora else {}),
    }  # fmt: skip
    for stage, finished in ((sft, "2026-11-01T10:00:00Z"), (grpo, "2026-11-02T10:00:00Z")):
        folder = run / stage["name"]
        write_model(folder / "model", qwen, lora, base)
        sources = [item.partition(":")[0] for item in stage["data"]]
        files = {source: digest(Path(source)) for source in sources}
        (folder / "recipe.yaml").write_text(yaml.safe_dump({"stage": stage, **shared, "files": files}))
        done = {
            "stage": stage["name"], "kind": stage["kind"], "finished": finished, "seconds": 12.5,
            "counts": {"samples": 6, "steps": 2}, "commit": "abc123", "versions": {"trl": "1.16.0"},
            "sha256": {str(p.relative_to(folder)): digest(p) for p in sorted((folder / "model").iterdir())},
        }  # fmt: skip
        (folder / "done.json").write_text(json.dumps(done))
    if evaluated:
        (run / "grpo" / "evaluation").mkdir()
        (run / "grpo" / "evaluation" / "settings.json").write_text(json.dumps({"data": [f"{data}/mine.jsonl:test"]}))
        emotion = {"recall/anger": 0.9, "recall/fear": 0.1, "support/anger": 10, "support/fear": 10, "recall/joy": 0.0}
        report = {
            "date": "2026-11-02T11:00:00+00:00", "stages": {"grpo": NUMBERS}, "details": {"grpo": {"emotion": emotion}},
        }  # fmt: skip
        (run / "report").mkdir()
        (run / "report" / "report.json").write_text(json.dumps(report))
    return run


def sample(folder, name, number, licence, gate):
    """One annotated picture that is not there; the first of a file is in the split test."""
    said = Provenance(
        dataset=name, split="train" if number else "test", subject=f"p{number % 3}", origin="human", licence=licence,
        gate=gate,
    )  # fmt: skip
    picture = Media(kind="image", path=str(folder / f"{name}_{number}.png"))
    gold = Affect(emotion="anger" if number % 3 else "fear")
    return Sample(id=f"{name}{number}", media=(picture,), gold=gold, labels="ekman7", provenance=said)


def write_model(folder, qwen, lora, base):
    """An adapter with its processor, or the whole model."""
    if not lora:
        shutil.copytree(qwen, folder)
        return
    model, processor = load.load(qwen)
    tuned = get_peft_model(model, adapters.lora_config({"r": 4}))
    torch.manual_seed(0)
    for key, parameter in tuned.named_parameters():
        if "lora_B" in key:
            nn.init.normal_(parameter, std=0.1)
    tuned.save_pretrained(folder)
    processor.save_pretrained(folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": base}))


def digest(path):
    """The sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
