"""What `init` and `data` name: outputs of stages that are done, splits, files and hub ids."""

from pathlib import Path

import pytest

from affectreason.affect.sample import Affect, Provenance, Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.recipe import schema, sources

CHAIN = """
model: tiny:qwen3_vl
prompt: tiny
evaluate: {data: [faces:test], limit: 5, rewards: [{use: well_formed}]}
stages:
  - {name: faces, kind: draw, splits: {sft: 7, rl: 7, test: 7}}
  - {name: base, kind: warm_up, data: [faces:sft]}
  - {name: sft, kind: sft, init: base, data: [faces:sft], train: {learning_rate: 5e-6}}
  - {name: grow, kind: synthesize, init: sft, data: [faces:rl], keep: [{use: au_f1, at_least: 0.8}]}
  - {name: aside, kind: sft, data: [mine.jsonl]}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chain.yaml").write_text(CHAIN)
    (tmp_path / "sft.py").touch()
    return tmp_path


def chain(**changes):
    return schema.load("chain.yaml", {key.replace("__", "."): value for key, value in changes.items()})


def finish(name, out):
    """A stage's folder that counts."""
    (out / name).mkdir(parents=True, exist_ok=True)
    (out / name / "done.json").write_text("{}")


def answer(name, out):
    """The answers of a stage's model."""
    (out / name / "evaluation").mkdir()
    (out / name / "evaluation" / "predictions.jsonl").touch()


def test_a_stage_that_is_not_done_is_refused_with_its_command(here):
    recipe = chain(sft__train__learning_rate=1e-3, sft__limit=3)
    with pytest.raises(InputError) as error:
        sources.require_done(recipe, "sft", Path("x"))
    assert str(error.value) == (
        "recipe chain: stage 'sft' is not done (no x/sft/done.json)\n"
        "hint: accelerate launch sft.py recipe=chain.yaml stage=sft out=x sft.train.learning_rate=0.001 sft.limit=3"
    )
    finish("sft", Path("x"))
    sources.require_done(recipe, "sft", Path("x"))


def test_where_a_model_starts_from(here):
    recipe = chain()
    assert sources.model_source(recipe, recipe.stage("aside"), Path("x")) == "tiny:qwen3_vl"
    with pytest.raises(InputError, match="stage 'base' is not done"):
        sources.model_source(recipe, recipe.stage("sft"), Path("x"))
    finish("base", Path("x"))
    assert sources.model_source(recipe, recipe.stage("sft"), Path("x")) == "x/base/model"
    given = chain(sft__init="Qwen/Qwen3-VL-2B-Instruct")
    assert sources.model_source(given, given.stage("sft"), Path("x")) == "Qwen/Qwen3-VL-2B-Instruct"


def rows(*ids, split=None, emotion="fear", labels=None):
    about = Provenance(split=split)
    return [Sample(id=name, gold=Affect(emotion=emotion), provenance=about, labels=labels) for name in ids]


def test_samples_of_stages_splits_and_files(here):
    recipe, out = chain(), here / "x"
    with pytest.raises(InputError, match="stage 'faces' is not done"):
        sources.samples(recipe, ["faces:sft"], out)
    finish("faces", out)
    write(out / "faces" / "samples.jsonl", [*rows("a", "b", split="sft"), *rows("c", split="test")])
    write("mine.jsonl", rows("d"))
    (here / "a:b").mkdir()
    write("a:b/c.jsonl", [*rows("e", split="dev"), *rows("f", split="x")])

    def ids(*data):
        return [sample.id for sample in sources.samples(recipe, list(data), out)]

    assert ids("faces") == ["a", "b", "c"]
    assert ids("faces:sft", "mine.jsonl") == ["a", "b", "d"]
    assert ids("a:b/c.jsonl") == ["e", "f"]
    assert ids("a:b/c.jsonl:dev", "faces:test") == ["e", "c"]
    with pytest.raises(InputError, match="no sample of split 'tset'; did you mean 'test'"):
        ids("faces:tset")
    write("twice.jsonl", rows("a"))
    with pytest.raises(InputError, match="1 ids appear twice, first 'a'; give each sample its own id"):
        ids("faces", "twice.jsonl")
    with pytest.raises(InputError, match="2 ids appear twice"):
        ids("faces:sft", "faces:sft")


def test_a_missing_file_is_named(here):
    with pytest.raises(InputError, match=r"no such file: data/none\.jsonl"):
        sources.samples(chain(), ["data/none.jsonl"], here / "x")
    with pytest.raises(InputError, match=r"no such file: a:b/none\.jsonl"):
        sources.samples(chain(), ["a:b/none.jsonl:dev"], here / "x")


def test_all_missing_files_are_named_before_anything_begins(here):
    recipe = chain(sft__data=["no_1.jsonl", "faces:sft"], evaluate__data=["no_2.jsonl:test"])
    with pytest.raises(InputError, match=r"no such file: no_1\.jsonl, mine\.jsonl, no_2\.jsonl; data_prep/README"):
        sources.require_files(recipe, recipe.stages)
    with pytest.raises(InputError, match=r"no such file: no_2\.jsonl;"):
        sources.require_files(recipe, [recipe.stage("grow")])
    for name in ("no_1.jsonl", "no_2.jsonl", "mine.jsonl"):
        write(name, rows("a"))
    sources.require_files(recipe, recipe.stages)


def test_what_is_done_asks_for_nothing_any_more(here, monkeypatch):
    """A run's folder that was copied to a machine without the cache and without what it learned from."""
    monkeypatch.setenv("AFFECTREASON_CACHE", str(here / "empty"))
    recipe = chain(model="assets:small", faces__faces="3d", sft__data=["no_1.jsonl"])
    out = here / "x"
    with pytest.raises(InputError, match=r"faces: 3d is drawn of a head that is not in"):
        sources.require_files(recipe, recipe.stages, out)
    finish("faces", out)
    with pytest.raises(InputError, match=r"assets:small is not in .*: run `affectreason assets get small` once"):
        sources.require_files(recipe, recipe.stages, out)
    for name in ("base", "sft", "grow", "aside"):
        finish(name, out)
        if name != "grow":
            answer(name, out)
    sources.require_files(recipe, recipe.stages, out)
    with pytest.raises(InputError, match=r"faces: 3d is drawn of"):
        sources.require_files(recipe, recipe.stages)


@pytest.mark.parametrize(("lora", "needed"), [({"r": 2}, True), (None, False)], ids=["adapter", "model"])
def test_the_base_under_an_adapter_that_still_has_to_answer_is_asked_for(here, monkeypatch, lora, needed):
    monkeypatch.setenv("AFFECTREASON_CACHE", str(here / "empty"))
    out, recipe = here / "x", chain(model="assets:small", aside__lora=lora)
    finish("aside", out)
    if needed:
        with pytest.raises(InputError, match=r"assets:small is not in"):
            sources.require_files(recipe, [recipe.stage("aside")], out)
        answer("aside", out)
    sources.require_files(recipe, [recipe.stage("aside")], out)


def test_a_stage_that_goes_on_from_an_adapter_asks_for_what_is_under_it(here, monkeypatch):
    monkeypatch.setenv("AFFECTREASON_CACHE", str(here / "empty"))
    out, recipe = here / "x", chain(model="assets:small", base__kind="sft", base__lora={"r": 2}, sft__lora={})
    for name in ("faces", "base"):
        finish(name, out)
    answer("base", out)
    for name in ("sft", "grow"):
        with pytest.raises(InputError, match=r"assets:small is not in"):
            sources.require_files(recipe, [recipe.stage(name)], out)


def test_a_sample_without_labels_has_those_of_the_recipe(here):
    write("mine.jsonl", [*rows("a", emotion="joy"), *rows("b", emotion="worried", labels="mer6")])
    found = sources.samples(chain(), ["mine.jsonl"], here / "x")
    assert [(s.labels, s.gold.emotion) for s in found] == [("ekman7", "happiness"), ("mer6", "worried")]


def test_a_label_outside_the_recipes_set_is_refused(here):
    write("mine.jsonl", rows("a", emotion="contempt"))
    with pytest.raises(
        InputError, match=r"mine.jsonl: sample 'a': the label 'contempt' is not in the vocabulary 'ekman7'"
    ):
        sources.samples(chain(), ["mine.jsonl"], here / "x")
    assert sources.samples(chain(labels="ekman8"), ["mine.jsonl"], here / "x")[0].gold.emotion == "contempt"
