# ruff: noqa: E501  (one mistake a row)
"""Recipes load whole or are refused with every mistake at once, each with its place and the nearest known word."""

import json
from pathlib import Path

import pytest
import yaml

from affectreason.errors import InputError
from affectreason.recipe import parts, runs, schema
from affectreason.recipe.places import launch_config, where

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))
CONFIGS = sorted((ROOT / "recipes" / "accelerate").glob("*.yaml"))

CHAIN = """
model: tiny:qwen3_vl
prompt: tiny
evaluate: {data: [faces:test], rewards: [{use: well_formed}]}
stages:
  - {name: faces, kind: draw, splits: {sft: 7, rl: 7, test: 7}}
  - {name: base, kind: warm_up, data: [faces:sft], train: &train {learning_rate: 5e-6, num_train_epochs: 1}}
  - {name: sft, kind: sft, init: base, data: [faces:sft], train: *train}
  - {name: grpo, kind: grpo, init: sft, data: [faces:rl], rewards: [{use: au_f1, weight: 2}], train: *train}
  - {name: grow, kind: synthesize, init: grpo, data: [faces:rl], keep: [{use: au_f1, at_least: 0.8}]}
  - {name: sft_2, kind: sft, init: grpo, data: [faces:sft, grow], train: *train}
"""


def written(tmp_path, text=CHAIN, name="chain.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def refused(tmp_path, text, **overrides):
    """What is said of a recipe that is wrong, line by line, without the file's name."""
    path = written(tmp_path, text)
    with pytest.raises(InputError) as error:
        schema.load(path, overrides)
    return [line.strip() for line in str(error.value).replace(f"{path}: ", "").splitlines() if line != f"{path}:"]


def changed(tmp_path, old, new):
    """The mistakes of the chain with one text in it replaced."""
    assert old in CHAIN
    return refused(tmp_path, CHAIN.replace(old, new))


def test_there_are_recipes():
    assert len(RECIPES) > 0
    assert {"tiny", "facial_r1"} <= {path.stem for path in RECIPES}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_loads(path):
    recipe = schema.load(str(path))
    assert recipe.name == path.stem
    assert len(recipe.stages) > 0
    for stage in recipe.stages:
        assert runs.command(recipe, stage)


def test_there_are_launch_configs():
    names = {path.stem for path in CONFIGS}
    assert {"cpu", "cpu_zero2", "one_gpu", "zero2", "zero3", "zero3_offload"} <= names


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_launch_config_is_one_of_accelerates(path):
    from accelerate.commands.config.config_args import load_config_from_file

    config = load_config_from_file(str(path))
    assert (
        config.num_processes == 2
        if path.stem in ("cpu_zero2", "cpu_zero3")
        else 1
        if path.stem in ("cpu", "one_gpu")
        else 8
    )
    assert config.use_cpu is path.stem.startswith("cpu")


def test_numbers_are_numbers_and_the_file_names_the_recipe(tmp_path):
    recipe = schema.load(written(tmp_path))
    assert recipe.name == "chain"
    assert recipe.stage("sft").train["learning_rate"] == 5e-6
    assert isinstance(recipe.stage("sft").train["learning_rate"], float)
    assert recipe.labels == "ekman7"


def test_what_show_prints_is_the_recipe_again(tmp_path):
    from affectreason.recipe.words import write_yaml

    one = schema.load("tiny", {"sft.train.run_name": "1e5", "media.max_pixels": 50176})
    path = written(tmp_path, write_yaml(one.model_dump(mode="json", exclude_none=True)))
    two = schema.load(path)
    assert two.model_copy(update={"called": one.called, "changed": one.changed}) == one
    assert two.stage("sft").train["run_name"] == "1e5"


def test_an_override_changes_one_stage_though_its_block_is_shared(tmp_path):
    recipe = schema.load(written(tmp_path), {"grpo.train.learning_rate": 1e-3, "grpo.train.beta": 0.1})
    rates = {s.name: s.train["learning_rate"] for s in recipe.stages if isinstance(s, parts.Trained)}
    assert rates == {"base": 5e-6, "sft": 5e-6, "grpo": 1e-3, "sft_2": 5e-6}
    assert "beta" not in recipe.stage("sft").train


def test_overrides_of_fields_and_of_what_is_not_written(tmp_path):
    overrides = {
        "media.max_pixels": 1000,
        "evaluate.limit": 3,
        "sft.lora.r": 8,
        "model": "tiny:llava",
        "grow.hint": False,
    }
    recipe = schema.load(written(tmp_path), overrides)
    assert (recipe.media.max_pixels, recipe.evaluate.limit, recipe.model) == (1000, 3, "tiny:llava")
    assert recipe.stage("sft").lora == {"r": 8}
    assert recipe.stage("sft_2").lora is None
    assert recipe.stage("grow").hint is False
    assert recipe.changed == ("media.max_pixels=1000", "evaluate.limit=3", "sft.lora.r=8", "model=tiny:llava", "grow.hint=false")  # fmt: skip


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("sfft.train.seed", "unknown key 'sfft.train.seed'; it begins with a stage or a field: did you mean 'sft'?"),
        ("stages", "unknown key 'stages'"),
        ("name", "unknown key 'name'"),
        ("called", "unknown key 'called'"),
        ("sft", "sft: name the key of stage 'sft' to change, for example sft.init=..."),
        ("evaluate.rewards.0.weight", "evaluate.rewards.0.weight: 'rewards' is no mapping; give it whole: evaluate.rewards=..."),
        ("sft.train.seed.x", "sft.train.seed.x: 'seed' is no mapping"),
        ("sft.trian.seed", "sft.trian: unknown key; did you mean 'train'?"),
        ("media.max_pixel", "media.max_pixel: unknown key; did you mean 'max_pixels'?"),
    ],
)  # fmt: skip
def test_overrides_that_are_wrong(tmp_path, key, said):
    text = CHAIN.replace("{learning_rate: 5e-6,", "{seed: 1, learning_rate: 5e-6,")
    assert any(said in line for line in refused(tmp_path, text, **{key: 1}))


def test_an_override_of_a_recipe_without_good_stages_is_told_in_words(tmp_path):
    for stages in ("", "[5]", "[{kind: sft}]", "{a: 1}", "[{name: [1], kind: sft}]"):
        assert (
            "unknown key 'foo.x'" in refused(tmp_path, f"model: m\nprompt: tiny\nstages: {stages}", **{"foo.x": 1})[0]
        )


def test_an_unknown_recipe_names_the_nearest(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"unknown recipe 'tinny'; did you mean 'tiny'\? known: .*facial_r1"):
        schema.load("tinny")
    with pytest.raises(InputError, match=r"no recipe file no/such\.yaml"):
        schema.load("no/such.yaml")


def test_a_recipe_here_goes_before_ours(tmp_path, monkeypatch):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "mine.yaml").write_text(CHAIN)
    monkeypatch.chdir(tmp_path)
    assert schema.find("mine") == Path("recipes/mine.yaml")
    assert schema.find("tiny") == where("recipes") / "tiny.yaml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("prompt: tiny", "promt: tiny", "promt: unknown key; did you mean 'prompt'?"),
        ("prompt: tiny", "promt: tiny", "prompt: missing"),
        ("prompt: tiny", "prompt: tinny", "prompt: unknown prompt 'tinny'; did you mean 'tiny'?"),
        ("prompt: tiny", "prompt: tiny\nlabels: ekmann7", "labels: unknown label set 'ekmann7'; did you mean 'ekman7'?"),
        ("prompt: tiny", "prompt: tiny\ncalled: x", "called: unknown key"),
        ("prompt: tiny", "prompt: tiny\ndtype: fp16", "dtype: input should be 'auto', 'float32' or 'bfloat16', not 'fp16'"),
        ("prompt: tiny", "prompt: tiny\nlaunch: recipes/accelerate/zero33.yaml", "launch: no accelerate config recipes/accelerate/zero33.yaml; did you mean 'recipes/accelerate/zero3.yaml'?"),
        ("prompt: tiny", "prompt: tiny\nname: ../x", "name: '../x' cannot name the run's folder"),
        ("prompt: tiny", "prompt: tiny\nmedia: {fsp: 1}", "media.fsp: unknown key; did you mean 'fps'?"),
        ("model: tiny:qwen3_vl", "model: 5", "model: input should be a string, not 5"),
        ("[{use: well_formed}]", "[{use: wel_formed}]", "evaluate.rewards: unknown reward 'wel_formed'; did you mean 'well_formed'?"),
        ("[{use: well_formed}]", "[{use: well_formed, wieght: 2}]", "evaluate.rewards.0.wieght: unknown key; did you mean 'weight'? known: args, use, weight"),
        ("[{use: well_formed}]", "[{use: well_formed}, {use: well_formed}]", "evaluate.rewards: 'well_formed' is listed twice"),
        ("[{use: well_formed}]", "[{use: well_formed}], units: disfa13", "evaluate.units: unknown set of action units 'disfa13'; did you mean 'disfa12'?"),
        ("[{use: well_formed}]", "[]", "evaluate.rewards: empty; name at least one"),
        ("data: [faces:test]", "data: [faces:tset]", "evaluate.data: stage 'faces' draws no split 'tset'; did you mean 'test'? known: rl, sft, test"),
        ("data: [faces:test]", "data: [grow]", "evaluate.data: 'grow' comes later"),
        ("{use: au_f1, weight: 2}", "{use: au_f1, weight: 0}", "grpo.rewards.0.weight: input should be greater than 0, not 0"),
        ("{use: au_f1, weight: 2}", "{use: au_f2}", "grpo.rewards: unknown reward 'au_f2'; did you mean 'au_f1'?"),
        ("{use: au_f1, weight: 2}", "{use: no.such.place}", "grpo.rewards: reward 'no.such.place': cannot import 'no.such'"),
        ("{use: au_f1, weight: 2}", "{use: math.sine}", "grpo.rewards: reward 'math.sine': math has no function 'sine'"),
        ("{use: au_f1, weight: 2}", "{use: au_f1, args: {betta: 2}}", "grpo.rewards: reward 'au_f1' takes no argument 'betta'; did you mean 'beta'? known: beta, units"),
        ("at_least: 0.8", "at_least: 1.8", "grow.keep.0.at_least: input should be less than or equal to 1, not 1.8"),
        ("at_least: 0.8", "at_least: 0.8, weight: 1", "grow.keep.0.weight: unknown key; known: args, at_least, use"),
        (", at_least: 0.8", "", "grow.keep.0.at_least: missing"),
        ("at_least: 0.8", "at_least: 0.8, args: {unit: disfa8}", "grow.keep: reward 'au_f1' takes no argument 'unit'; did you mean 'units'?"),
        ("kind: grpo", "kind: gropo", "grpo: unknown kind 'gropo'; did you mean 'grpo'? known: draw, filter, grpo, sft, synthesize, warm_up"),
        ("kind: grpo, ", "", "grpo: missing kind; known: draw, filter, grpo, sft, synthesize, warm_up"),
        ("kind: sft, init: base, data: [faces:sft]", "kind: sft, init: base", "sft.data: missing"),
        ("kind: sft, init: base", "kind: sft, inti: base", "sft.inti: unknown key; did you mean 'init'?"),
        ("kind: sft, init: base", "kind: sft, grpo: 1, init: base", "sft.grpo: unknown key"),
        ("kind: sft, init: base", "kind: sft, quantize: nf4, init: base", "sft.quantize: unknown key; it is a key of the recipe, for all stages"),
        ("kind: sft, init: base", "kind: sft, max_steps: 3, init: base", "sft.max_steps: unknown key; it is a key of train: sft.train.max_steps"),
        ("prompt: tiny", "prompt: tiny\nload_in_4bit: true", "load_in_4bit: unknown key; weights in four bits are quantize: nf4 (or fp4)"),
        ("kind: sft, init: base", "kind: sft, prompt: facial, init: base", "sft.prompt: unknown prompt 'facial'; did you mean 'facial_r1'?"),
        ("kind: sft, init: base", "kind: sft, freeze: [eyes], init: base", "sft.freeze.0: input should be 'vision', 'audio', 'projector', 'language' or 'general_expert', not 'eyes'"),
        ("kind: sft, init: base", "kind: sft, lora: {rr: 8}, init: base", "sft.lora.rr: unknown key; did you mean 'r'?"),
        ("kind: sft, init: base", "kind: sft, init: sft_2", "sft.init: 'sft_2' comes later; a stage starts from an earlier one: faces, base"),
        ("kind: sft, init: base", "kind: sft, init: sft", "sft.init: 'sft' comes later"),
        ("kind: sft, init: base", "kind: sft, init: faces", "sft.init: stage 'faces' leaves samples, not a model"),
        ("kind: sft, init: base", "kind: sft, init: bas", "sft.init: 'bas' is no earlier stage, no folder and no hub id such as Qwen/...; did you mean 'base'?"),
        ("[faces:sft, grow]", "[faces:sft, sft_2]", "sft_2.data: 'sft_2' comes later; data comes from an earlier stage or a file"),
        ("[faces:sft, grow]", "[faces:sft, grpo]", "sft_2.data: stage 'grpo' leaves a model, not samples"),
        ("[faces:sft, grow]", "[faces:sft, grwo]", "sft_2.data: 'grwo' is no earlier stage and no JSONL file; did you mean 'grow'? known: faces, grow"),
        ("[faces:sft, grow]", "[faces:sft, grow:rl]", "sft_2.data: what stage 'grow' leaves has no splits; write 'grow'"),
        ("[faces:sft, grow]", "['faces:', grow]", "sft_2.data: 'faces:' names no split; write 'faces' for all of them"),
        ("[faces:sft, grow]", "[]", "sft_2.data: empty; name at least one"),
        ("name: sft_2", "name: sft", "two stages are named 'sft'"),
        ("name: sft_2", "name: a/b", "'a/b' cannot name a stage; use letters, digits, - and _"),
        ("name: sft_2", "name: report", "'report' cannot name a stage: it is a key or a folder of a run"),
        ("name: sft_2", "name: media", "'media' cannot name a stage: it is a key or a folder of a run"),
        ("{learning_rate: 5e-6", "{learning_rate: '5e-6'", "sft.train.learning_rate: '5e-6' is text; write 5e-6 without quotes"),
        ("{learning_rate: 5e-6", "{lerning_rate: 5e-6", "base.train.lerning_rate: unknown key; did you mean 'learning_rate'?"),
        ("{learning_rate: 5e-6", "{warmup_ratio: 0.1", "grpo.train.warmup_ratio: unknown key; transformers 5 dropped it; warmup_steps takes a share"),
        ("{sft: 7,", "{sft: -7,", "faces.splits.sft: input should be greater than or equal to 0, not -7"),
        ("splits: {sft: 7, rl: 7, test: 7}", "size: 96", "faces: draws nothing; give splits: {train: 70}, clips:, scenes: or voices:"),
        ("test: 7}", "test: 7}, faces: 4d", "faces.faces: input should be '2d' or '3d', not '4d'"),
        ("test: 7}", "test: 7}, faces: 3d, scenes: {sft: 7}", "faces.faces: scenes are drawn in 2d alone; take scenes out, or write faces: 2d"),
        ("splits: {sft: 7, rl: 7, test: 7}", "voices: {sft: 7}, faces: 3d", "faces.faces: 3d draws nothing without splits: or clips:; give one, or take faces out"),
        ("test: 7}", "test: 7}, questions: [words, colour]", "faces.questions.1: input should be 'emotion', 'words', 'expression' or 'attribute', not 'colour'"),
        ("kind: sft, init: base", "kind: sft, drop: {adio: 0.1}, init: base", "sft.drop: unknown modality 'adio'; did you mean 'audio'"),
        ("kind: sft, init: base", "kind: sft, drop: {audio: 1.1}, init: base", "sft.drop.audio: input should be less than or equal to 1, not 1.1"),
        ("evaluate: {", "evaluate: {without: [[adio]], ", "evaluate.without: unknown modality 'adio'; did you mean 'audio'"),
        ("evaluate: {", "evaluate: {without: [[audio, face], [face, audio]], ", "evaluate.without: face+audio is listed twice"),
        ("evaluate: {", "evaluate: {without: [[face, frames, audio, text]], ", "evaluate.without: nothing would be left but the question"),
        ("test: 7}", "test: 7}, size: 97", "faces.size: input should be a multiple of 2, not 97"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_in_words(tmp_path, old, new, said):
    lines = changed(tmp_path, old, new)
    assert any(line.startswith(said) for line in lines), "\n".join(lines)


def test_every_mistake_is_told_at_once(tmp_path):
    text = CHAIN
    for old, new in (
        ("prompt: tiny", "prompt: tinny\npromt: x"),
        ("at_least: 0.8", "at_least: 1.8"),
        ("5e-6", "'5e-6'"),
        ("init: sft,", "init: sft_2,"),
        ("use: au_f1, weight: 2", "use: au_f2"),
    ):
        assert old in text
        text = text.replace(old, new)
    lines = refused(tmp_path, text)
    assert [line.split(":")[0] for line in lines] == [
        "grow.keep.0.at_least", "promt", "prompt", "base.train.learning_rate", "sft.train.learning_rate", "grpo.rewards",
        "grpo.init", "grpo.train.learning_rate", "sft_2.train.learning_rate",
    ]  # fmt: skip


def test_hub_ids_folders_tiny_models_and_files_are_taken_as_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    (tmp_path / "rows").write_text("")
    for init in ("Qwen/Qwen3-VL-2B-Instruct", "tiny:qwen3_vl", "here", "runs/tiny/sft/model"):
        assert schema.load(written(tmp_path, CHAIN.replace("init: base", f"init: {init}"))).stage("sft").init == init
    for data in ("a:b/x.jsonl:test", "x.jsonl", "rows"):
        recipe = schema.load(written(tmp_path, CHAIN.replace("[faces:sft, grow]", f"['{data}']")))
        assert recipe.stage("sft_2").data == [data]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "a recipe is a mapping with model, prompt and stages"),
        ("", "a recipe is a mapping"),
        ("a: [", "this is not YAML"),
        ("model: a\nmodel: b", "the key 'model' is given twice"),
        ("a: &a [*a]", "Circular reference"),
        ("a: !!timestamp 2020-01-01", "only mappings, lists, texts, numbers, true, false and null"),
        ("model: m\nprompt: tiny\nstages: {a: 1}", "stages: input should be a list, not {'a': 1}"),
        ("model: m\nprompt: tiny\nstages: []", "stages: empty; name at least one"),
        ("model: m\nprompt: tiny\nstages: [5]", "stage 1: input should be a mapping"),
        ("model: m\nprompt: tiny\nstages: [{name: x, kind: [y]}]", "x: unknown kind"),
    ],
)
def test_what_is_no_recipe(tmp_path, text, said):
    assert any(said in line for line in refused(tmp_path, text))


def test_bytes_that_are_no_text_and_folders_are_told_in_words(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"model: \xff")
    with pytest.raises(InputError, match="not UTF-8 text"):
        schema.load(str(path))


def test_an_unknown_stage_names_the_nearest(tmp_path):
    recipe = schema.load(written(tmp_path))
    with pytest.raises(InputError, match=r"recipe chain has no stage 'stf'; did you mean 'sft'\?"):
        recipe.stage("stf")
    with pytest.raises(InputError, match="has no stage 5"):
        recipe.stage(5)


def test_a_recipe_is_frozen(tmp_path):
    recipe = schema.load(written(tmp_path))
    with pytest.raises(ValueError, match="frozen"):
        recipe.stage("sft").limit = 3


def test_launch_configs_are_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert launch_config("recipes/accelerate/zero3.yaml") == ROOT / "recipes" / "accelerate" / "zero3.yaml"
    (tmp_path / "mine.yaml").write_text("")
    assert launch_config("mine.yaml") == Path("mine.yaml")
    with pytest.raises(InputError, match=r"no accelerate config yours\.yaml"):
        launch_config("yours.yaml")


def test_a_folder_beside_the_package_that_is_not_there():
    with pytest.raises(InputError, match=r"no folder 'no_such': looked for .* install affectreason again"):
        where("no_such")


def test_facial_r1_is_the_chain_of_the_paper():
    recipe = schema.load("facial_r1")
    assert [stage.kind for stage in recipe.stages] == ["sft", "grpo", "synthesize", "sft", "grpo"]
    assert recipe.stage("sft").train["learning_rate"] == 5e-6
    assert [(r.use, r.weight) for r in recipe.stage("grpo").rewards] == [
        ("well_formed", 1), ("emotion_match", 1), ("au_f1", 2),
    ]  # fmt: skip
    assert recipe.stage("grpo").train["beta"] == 0


def test_the_comment_at_the_head_of_each_recipe_says_how_to_run_it():
    for path in RECIPES:
        head = path.read_text(encoding="utf-8").partition("\nmodel:")[0]
        assert f"recipe={path.stem}" in head, path


def test_recipes_are_also_plain_yaml():
    """Other tools read them too: PyYAML finds the same keys, and JSON can hold them."""
    for path in RECIPES:
        assert json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")))
