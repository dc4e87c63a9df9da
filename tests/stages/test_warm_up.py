import pytest
import torch
from safetensors.torch import load_file

from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import load
from affectreason.recipe import runs
from affectreason.stages import warm_up

EKMAN = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")


@pytest.fixture
def run(recipe, tmp_path, pictures):
    def go(init, out="out", samples=None, **more):
        write(tmp_path / "s.jsonl", samples or pictures)
        train = {"per_device_train_batch_size": 7, "max_steps": 3, "learning_rate": 1e-3, "logging_steps": 1}
        found = recipe(
            base__init=init, base__data=[str(tmp_path / "s.jsonl")], base__train=train, evaluate=None, **more
        )
        warm_up.run(found, found.stage("base"), tmp_path / out)
        return tmp_path / out / "base"

    return go


@pytest.mark.parametrize("kind", ["qwen3_vl", "qwen2_vl", "qwen2_5_vl", "llava", "llava_onevision"])
def test_the_tower_learns_and_the_words_do_not(kind, models, run):
    folder = run(models[kind])
    before, after = (load_file(f"{place}/model.safetensors") for place in (models[kind], folder / "model"))
    assert before.keys() == after.keys()
    moved = {load.part_of(name) for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"vision", "projector"}
    assert runs.is_done(folder.parent, "base")
    load.load(str(folder / "model"))


def test_the_same_again_is_the_same(qwen, run):
    first, second = (load_file(run(qwen, out) / "model" / "model.safetensors") for out in ("a", "b"))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_units_nobody_annotated_carry_no_weight(qwen, pictures):
    _, processor = load.load(qwen)
    bare = pictures[3].model_copy(update={"gold": Affect(emotion="contempt")})
    made = warm_up.pictures([pictures[3], bare, pictures[0]], processor, [6, 12], EKMAN)
    assert made["present"].tolist()[0] == [float(unit in pictures[3].gold.units) for unit in (6, 12)]
    assert made["seen"].tolist() == [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]
    assert made["emotion"].tolist() == [3, -100, EKMAN.index(pictures[0].gold.emotion)]


def test_it_needs_one_picture_and_units(qwen, run, drawn):
    with pytest.raises(
        InputError, match=r"sample 'train_00000_clip' has 0 pictures; a warm-up needs exactly one a sample"
    ):
        run(qwen, samples=drawn["clips"])
    with pytest.raises(InputError, match=r"stage base: none of its 1 samples has annotated action units to learn from"):
        run(qwen, "other", samples=[Sample(id="a", gold=Affect(emotion="fear"))])


def test_an_adapter_is_not_warmed_up(qwen, run):
    with pytest.raises(InputError, match="stage base: a warm-up trains the tower itself; remove its lora:"):
        run(qwen, base__lora={"r": 4})


def test_labels_outside_the_recipes_set_are_refused(run, qwen, pictures):
    strange = pictures[0].model_copy(update={"gold": Affect(emotion="contempt", aus=[12]), "labels": "ekman8"})
    with pytest.raises(InputError, match=r"stage base: contempt not in the recipe's labels ekman7; set labels="):
        run(qwen, samples=[strange, *pictures[1:]])
