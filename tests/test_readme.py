"""The documents are true: file tree, links, commands, examples, and the keys and names they list."""

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from tests.test_imports import ROOMS

from affectreason import cli
from affectreason.affect import facs
from affectreason.affect.labels import find
from affectreason.affect.response import Response, parse
from affectreason.affect.sample import ActionUnit, Affect, Sample
from affectreason.affect.samples import read
from affectreason.commands import prep
from affectreason.published import catalogue, scripts
from affectreason.recipe import parts, prompts, schema, words
from affectreason.scoring import measures, metrics, rewards

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "recipes/README.md", "eval/README.md", "data_prep/README.md", "CHANGELOG.md")
QUICK = re.compile(r"(^|\| )affectreason (show|plan|parse|prep|help|version)\b")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def text(page):
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page, language):
    return [body for kind, body in BLOCK.findall(text(page)) if kind == language]


def commands():
    """Every line of every sh block, with the page it is on."""
    return [(page, line) for page in PAGES for body in blocks(page, "sh") for line in body.splitlines() if line.strip()]


def shown():
    """Quick commands that stand alone in a block, with the text block right below."""
    pair = re.compile(r"^```sh\n([^\n]+)\n```\n\n```text\n(.*?)^```$", re.M | re.S)
    return [found for page in PAGES for found in pair.findall(text(page)) if QUICK.search(found[0])]


def without_environment(line):
    """The words of a command line behind NAME=value words that set its environment, and those words."""
    left = shlex.split(line)
    setting = re.compile(r"[A-Z_]+=")
    count = next(i for i, word in enumerate(left) if not setting.match(word))
    return left[count:], dict(word.split("=", 1) for word in left[:count])


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A user's folder: the recipes, photographs with a table, and every example of the pages that is a file."""
    folder = tmp_path_factory.mktemp("desk")
    for kind in ("sft", "grpo", "synthesize"):
        (folder / f"{kind}.py").touch()
    shutil.copytree(ROOT / "recipes", folder / "recipes")
    (folder / "photos").mkdir()
    (folder / "by_emotion" / "happy").mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (16, 16), (80 * number, 0, 0)).save(folder / "photos" / f"{number}.png")
        Image.new("RGB", (16, 16), (80 * number, 0, 0)).save(folder / "by_emotion" / "happy" / f"{number}.png")
    (folder / "labels.csv").write_text("file,label\n0.png,happy\n1.png,sad\n2.png,\n")
    for page in PAGES:
        for body in blocks(page, "python") + blocks(page, "yaml"):
            file = folder / body.partition("\n")[0].removeprefix("# ")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(body)
    return folder


def run(line, folder):
    """Run a line in a shell as a user would, with this Python's own scripts on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    given = {**os.environ, "PATH": path, "COLUMNS": "200", "OMP_NUM_THREADS": "1"}
    return subprocess.run(["bash", "-c", line], cwd=folder, env=given, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("line", sorted({line for _, line in commands() if QUICK.search(line)}))
def test_a_quick_command_runs(line, desk):
    done = run(line, desk)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize(("line", "output"), shown())
def test_a_command_prints_what_stands_below_it(line, output, desk):
    assert [row.rstrip() for row in run(line, desk).stdout.splitlines()] == output.splitlines()


def test_the_pages_show_what_commands_print():
    assert len(shown()) >= 3


@pytest.mark.parametrize(("page", "line"), commands())
def test_a_command_names_what_exists(page, line, desk, monkeypatch):
    monkeypatch.chdir(desk)
    monkeypatch.syspath_prepend(desk)
    given, _ = without_environment(line.rpartition("| ")[2])
    if given[0] == "make":
        assert re.search(rf"^{given[1]}:", text("Makefile"), re.M), f"{page}: no target {given[1]}"
        return
    if given[0] == "python":
        monkeypatch.syspath_prepend((ROOT / given[1]).parent)
        assert set(words.pairs(given[2:])) <= set(runpy.run_path(str(ROOT / given[1]))["KEYS"])
        return
    if given[:2] == ["accelerate", "launch"]:
        rest = given[2:]
        if rest[0] == "--config_file":
            assert (ROOT / rest[1]).is_file(), f"{page}: no config {rest[1]}"
            rest = rest[2:]
        assert (ROOT / rest[0]).is_file(), f"{page}: no script {rest[0]}"
        check_recipe(rest[1:])
        return
    assert given[0] == "affectreason", f"{page}: {line!r} is not a command that this test knows"
    assert given[1] in cli.names(), f"{page}: no command {given[1]}"
    if given[1] in ("run", "plan", "show", "report"):
        check_recipe(given[2:])
    if given[1] == "chat":
        from affectreason.commands import chat

        assert set(words.pairs(given[2:])) <= set(chat.KEYS)


def check_recipe(given):
    """The recipe of a command line loads with its overrides and has the stage that is named."""
    keys = words.pairs(given)
    stage = keys.pop("stage", None)
    keys.pop("out", None)
    recipe = schema.load(keys.pop("recipe"), keys)
    if stage is not None:
        recipe.stage(stage)


def test_commands_in_running_text_exist():
    for page in PAGES:
        for name in re.findall(r"`affectreason ([a-z]+)", text(page)):
            assert name in cli.names(), f"{page}: no command {name}"
        for target in re.findall(r"`make (\w[\w-]*)`", text(page)):
            assert re.search(rf"^{target}:", text("Makefile"), re.M), f"{page}: no target {target}"


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if not link.startswith(("http://", "https://")):
            assert (ROOT / page).parent.joinpath(link.partition("#")[0]).exists(), f"{page}: {link}"


def tree():
    """The paths of the README's file tree, folders with a slash at the end."""
    listing = text("README.md").partition("## The files")[2]
    found, folders = [], []
    for line in BLOCK.search(listing).group(2).splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders = folders[:depth]
        found.append("".join(folders) + name)
        if name.endswith("/"):
            folders.append(name)
    return found


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [Path(name) for name in listed.stdout.splitlines() if not name.startswith(".")]


def test_every_path_of_the_tree_exists():
    for path in tree():
        assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file(), path


def test_every_line_of_the_tree_says_what_it_is():
    listing = BLOCK.search(text("README.md").partition("## The files")[2]).group(2)
    assert [line for line in listing.splitlines() if len(line.split()) < 2] == []
    assert len(tree()) == len(set(tree()))


def test_the_tree_has_every_file_or_its_folder():
    listed = set(tree())
    tops = {file.parts[0] + ("/" if len(file.parts) > 1 else "") for file in tracked()} - {"src/"}
    assert tops - listed == set()
    package = Path("src/affectreason")
    inside = [file.relative_to(package) for file in tracked() if file.is_relative_to(package)]
    own = {f"{package}/{part.parts[0]}{'/' if len(part.parts) > 1 else ''}" for part in inside}
    assert own - listed - {f"{package}/__init__.py", f"{package}/py.typed"} == set()
    for file in tracked():
        if file.parts[0] == "recipes" and file.suffix == ".yaml":
            assert str(file) in listed or f"{file.parent}/" in listed - {"recipes/"}, file


def test_the_rooms_are_all_named_in_their_order():
    chain = re.search(r"^affect ─▶.*$", text("CONTRIBUTING.md"), re.M).group(0)
    assert ["errors", *chain.split(" ─▶ ")] == ROOMS
    inside = [path.removeprefix("src/affectreason/").rstrip("/") for path in tree() if path.count("/") == 3]
    assert [name for name in inside if name in ROOMS] == ROOMS[1:-1]


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_the_number_of_sets_is_right(page):
    assert re.findall(r"\b(\d+) (?:published )?sets", text(page)) == [str(len(scripts.names()))]


@pytest.mark.parametrize("page", ["README.md", "recipes/README.md"])
def test_every_recipe_has_its_row(page):
    for file in (ROOT / "recipes").glob("*.yaml"):
        assert re.search(rf"^\| \[`{file.stem}`\]", text(page), re.M), f"{page}: no row for {file.stem}"


def test_a_withdrawn_preprint_is_called_so():
    for page in ("README.md", "recipes/README.md"):
        assert "withdrawn by its first author" in text(page)


def rows(page, heading):
    """The names in the first column of the tables under a heading."""
    part = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", text(page), re.M | re.S).group(1)
    cells = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


TRAINED = set(parts.Trained.model_fields)
KEYS = {
    "The recipe": {key for key, field in schema.Recipe.model_fields.items() if not field.exclude},
    "`media`": set(parts.Media.model_fields),
    "`evaluate`": set(parts.Evaluate.model_fields),
    "`search`": set(parts.Search.model_fields),
    "A reward and a bar": set(parts.Reward.model_fields) | set(parts.Bar.model_fields) | set(rewards.names()),
    "Stages that train": TRAINED - {"name"},
    "`draw`": set(parts.Draw.model_fields) - {"kind", "name"},
    "`warm_up`": set(parts.WarmUp.model_fields) - TRAINED - {"kind"},
    "`sft`": set(parts.SFT.model_fields) - TRAINED - {"kind"},
    "`grpo`": set(parts.GRPO.model_fields) - TRAINED - {"kind"},
    "`synthesize`": set(parts.Synthesize.model_fields) - {"kind", "name"},
    "`filter`": {*parts.Filter.model_fields, *parts.Witness.model_fields} - {"kind", "name"},
}


@pytest.mark.parametrize("heading", KEYS)
def test_the_keys_of_a_recipe_are_those_of_the_schema(heading):
    assert rows("recipes/README.md", heading) == KEYS[heading]


def test_the_names_a_recipe_may_use_are_all_listed():
    for name in (*facs.SETS, *prompts.PROMPTS, *schema.MODEL_KINDS, *schema.SAMPLE_KINDS):
        assert f"`{name}`" in text("recipes/README.md"), name


def test_evaluation_defines_every_metric():
    for name in measures.METRICS:
        assert f"| `{name}` |" in text("eval/README.md"), name


def test_the_worked_example_of_evaluation():
    def one(name, gold, said):
        response = Response(text="", reasoning=None, said=units(said), well_formed=True, problem=None)
        return metrics.Prediction(Sample(id=name, gold=units(gold)), response)

    def units(numbers):
        return Affect(aus=tuple(ActionUnit(number=number) for number in numbers))

    scored = metrics.action_units([one("a", (6, 12), (12,)), one("b", (4,), (4, 7))], (4, 6, 7, 12))
    assert scored["au_f1_micro"] == pytest.approx(4 / 6)
    assert scored["au_f1_macro_fixed"] == 0.5


def test_the_example_of_a_reward(desk, monkeypatch):
    monkeypatch.syspath_prepend(desk)
    reward = rewards.find("my_rewards.arousal_closeness")
    said = parse('{"emotion": "happiness", "arousal": 0.5}', find("ekman7"))
    assert said.said.arousal == 0.5
    assert reward(said, Sample(id="a", gold=Affect(arousal=0.0))) == 0.75
    assert reward(said, Sample(id="a", gold=Affect(arousal=0.0)), width=1.0) == 0.5
    assert reward(said, Sample(id="a")) is None
    silent = parse("<answer>happiness</answer>", find("ekman7"))
    assert reward(silent, Sample(id="a", gold=Affect(arousal=0.0))) == 0.0


def test_the_example_of_a_data_set(desk, monkeypatch, capsys):
    monkeypatch.chdir(desk)
    monkeypatch.setattr(scripts, "where", lambda name: desk / name)
    assert prep.main(["folders", "root=by_emotion", "split=train", "out=mine.jsonl"]) == 0
    assert "wrote 3 samples to mine.jsonl" in capsys.readouterr().out
    found = read("mine.jsonl")
    assert [sample.id for sample in found] == [f"folders_happiness_{number}" for number in range(3)]
    assert {sample.gold.emotion for sample in found} == {"happiness"}


def test_the_table_of_data_sets_is_made_of_their_constants():
    page = text("data_prep/README.md")
    assert catalogue.inside(page) == page, "run: python -m affectreason.published.catalogue"
