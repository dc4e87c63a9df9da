"""The full recipes as they stand, each stage two steps long, on a tiny random model of the recipe's own class."""

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import ROOT

from affectreason import stages
from affectreason.affect.samples import read, write
from affectreason.cli import main
from affectreason.media.video import read_frames
from affectreason.recipe import modalities, schema, sources
from affectreason.stages import evaluate, report

TRAIN = {"max_steps": 2, "logging_steps": 1, "warmup_steps": 1, "save_steps": 100}
SFT = {**TRAIN, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 1}
GRPO = {
    **TRAIN, "per_device_train_batch_size": 4, "gradient_accumulation_steps": 1, "num_generations": 2,
    "max_completion_length": 8,
}  # fmt: skip
SHORT = {"evaluate.max_new_tokens": 4, "evaluate.batch_size": 4, "dtype": "float32", "launch": None}
RECIPES = {
    # Of two people a classifier learns nothing, so it may contradict.
    "affectgpt": {"clean.folds": 2, "clean.against": 1, "sft.train": SFT, "sft.vision_cache": None},
    "affectgpt_r1": {"grpo.train": GRPO, "grpo_think.train": GRPO, "grpo.lora": {"r": 4}, "grpo_think.lora": {"r": 4}},
    "videmo": {"attribute.train": SFT, "expression.train": SFT, "emotion.train": SFT, "grpo.train": GRPO},
}
ROLES = ("face", "context")
MODELS = {"affectgpt": "affectgpt", "affectgpt_r1": "affectgpt", "videmo": "qwen2_5_vl"}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Drawn scenes with all questions, of two people to learn from and one to be asked about."""
    from affectreason.media.draw_scenes import draw_scenes

    folder = tmp_path_factory.mktemp("scenes")
    asked = ("emotion", "words", "expression", "attribute")
    write(folder / "s.jsonl", draw_scenes(folder, {"train": 14, "test": 7}, questions=asked, size=32, workers=1))
    return read(folder / "s.jsonl")


def sighted(samples):
    """The scenes without their sound, for a model that hears none."""
    return [one.model_copy(update={"media": tuple(m for m in one.media if m.kind != "audio")}) for one in samples]


def package(root, scenes, **tables):
    """The layout of the MER packages: a clip, a sound and an array of BGR faces of each name, and tables."""
    for scene in scenes:
        face, whole = (next(one for one in scene.media if one.kind == "video" and one.role == role) for role in ROLES)
        sound = next(one for one in scene.media if one.kind == "audio")
        stack = np.stack([np.asarray(frame) for frame in read_frames(face, scene.id, fps=1000.0, max_frames=99)[0]])
        for folder in ("video", "audio", f"openface_face/{scene.id}"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(whole.path, root / f"video/{scene.id}.mp4")
        shutil.copy(sound.path, root / f"audio/{scene.id}.wav")
        np.save(root / f"openface_face/{scene.id}/{scene.id}.npy", stack[..., ::-1])
    for name, (column, cell) in tables.items():
        with (root / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("name", *column), *((scene.id, *cell(scene)) for scene in scenes)])


def packages(train, test, folder):
    """MER2025 and OV-MERD+ as published, prepared by the commands that recipes/affectgpt.yaml names."""
    openset = (("openset",), lambda scene: (list(scene.gold.emotions or ()),))
    package(
        folder / "MER2025", train, track2_train_mercaptionplus=openset,
        track3_train_mercaptionplus=(("reason",), lambda scene: (scene.reasoning,)),
        subtitle_chieng=(("chinese", "english"), lambda scene: ("", scene.transcript)),
    )  # fmt: skip
    package(
        folder / "ovmerdplus-process", test, ovlabel=openset,
        subtitle_eng=(("sentence",), lambda scene: (scene.transcript,)),
    )  # fmt: skip
    said = [line.removeprefix("#").strip() for line in (ROOT / "recipes/affectgpt.yaml").read_text().splitlines()]
    for line in (line for line in said if line.startswith("affectreason prep")):
        assert main(shlex.split(line)[1:]) == 0


def laid_out(name, scenes, folder):
    """The files that a recipe names, of the drawn scenes."""
    train = [one for one in scenes if one.provenance.split == "train"]
    test = [one for one in scenes if one.provenance.split == "test"]
    words = lambda found: [one for one in found if one.labels == "open"]  # noqa: E731
    files = {}
    if name == "affectgpt":
        packages(words(train), words(test)[:4], folder)
    elif name == "affectgpt_r1":
        files = {"mer2025_ov": words(train), "ov_merd_plus": words(test)[:4]}
    else:
        of = lambda task: [one for one in sighted(train) if one.task == task]  # noqa: E731
        halves = of("attribute"), of("emotion")
        parts = {"attribute": halves[0][::2], "qa": halves[0][1::2], "emotion": of("expression")}
        parts |= {"caption": halves[1][::2], "rationale": halves[1][1::2], "rl": []}
        parts["rl"] = [one.model_copy(update={"id": f"{one.id}_rl"}) for one in of("expression")]
        files = {f"emo_cfg/{part}": found for part, found in parts.items()} | {"emo_cfg/test": sighted(test)[:4]}
    for place, found in files.items():
        write(folder / "data" / f"{place}.jsonl", found)


@pytest.fixture
def here(request, scenes, tmp_path, monkeypatch):
    """A recipe in a folder that has what it names; the model stands for the published one."""
    from affectreason.model import tiny

    name = request.param
    monkeypatch.chdir(tmp_path)
    laid_out(name, scenes, tmp_path)
    tiny.write(MODELS[name], tmp_path / "model")
    return name, {**SHORT, **RECIPES[name], "model": "model"}


@pytest.mark.parametrize("here", RECIPES, indirect=True)
def test_every_stage_takes_two_real_steps_and_the_report_is_made(here):
    name, changed = here
    recipe, out = schema.load(name, changed), Path("run")
    sources.require_files(recipe, recipe.stages)
    for stage in recipe.stages:
        stages.run(recipe, stage, out)
        if stage.kind in schema.MODEL_KINDS:
            evaluate.run(recipe, stage, out)
            losses = [row for row in map(json.loads, (out / stage.name / "log.jsonl").open()) if "loss" in row]
            assert len(losses) == 2
    found = report.write(recipe, out)
    trained = [stage.name for stage in recipe.stages if stage.kind in schema.MODEL_KINDS]
    assert list(found["stages"]) == trained
    lost = found["details"][trained[-1]]["without"]["mean_reward"]["without"]
    assert lost.keys() == {modalities.label(gone) for gone in recipe.evaluate.without}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="DeepSpeed compiles its CPU collectives and needs g++")
@pytest.mark.parametrize("here", ["affectgpt", "videmo"], indirect=True)
def test_two_processes_under_zero_2(here, tmp_path):
    name, changed = here
    words = [f"{key}={json.dumps(value)}" for key, value in changed.items() if key != "launch"]
    stage = "sft" if name == "affectgpt" else "attribute"
    if name == "affectgpt":
        words.append('sft.data=["data/mer_caption.jsonl"]')
    bin_ = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    command = [
        "accelerate", "launch", "--config_file", str(ROOT / "recipes" / "accelerate" / "cpu_zero2.yaml"),
        str(ROOT / "sft.py"), f"recipe={name}", f"stage={stage}", "out=run", *words,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, env={**env, "DS_ACCELERATOR": "cpu"}, capture_output=True, text=True, check=False,
        timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "run" / stage / "done.json").read_text())["counts"]["steps"] == 2
