"""`affectreason evaluate`: ask one model the questions of benchmarks; what it scored, beside what guessing does."""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from affectreason.benchmark import gold, groups, known, predictions, survival
from affectreason.benchmark.gold import Gold
from affectreason.benchmark.protocol import Setting
from affectreason.errors import InputError
from affectreason.model import plug_ins
from affectreason.model.systems import System, parts, systems
from affectreason.recipe import asked, asking, folders, origin
from affectreason.recipe.words import options, switch, whole

HELP = """affectreason evaluate benchmark=NAME[,NAME] model=FOLDER out=DIR   ask a model, and report its numbers
  benchmark    one of `affectreason benchmarks`, several with commas, or a suite (mer_unibench)
  model        ONE model: a folder or a hub id; a checkpoint is chosen on a validation split, never by its test score
  adapter      a LoRA adapter over it
  compare      base: also what it was trained from, with the paired difference; or another folder or hub id
  think        true: evidence first, then the answer; false: the answer alone; both (default: true)
  prompt       a prompt of the project by name, the one the model was trained with, in place of think=
  text_only    true: also without the media, to see what the words alone give away
  without      also without face, frames, audio or text: without=audio,face+frames asks twice more, + takes both away
  survival     true: ask again with the reasoning removed, and with another sample's: does the answer rest on it
  k            with temperature=T: k sampled answers a sample, mean and deviation over them; default one greedy answer
  samples      the samples of the one benchmark, FILE or FILE:SPLIT; by default data/NAME.jsonl
  limit        only the first so many samples, to try it out; the report then says so
  vision_cache a folder: what the tower makes of a clip is kept there, and read for every further question
  quantize     nf4 or fp4: weights in four bits, null: whole ones; by default as the model was trained
  max_new_tokens, batch_size, dtype   as usual; a batch that does not fit is halved
  lexicon, compat, judge, extractor, encoder, encoder_layer, groups, n   as in `affectreason score help`
  out          the folder of answers and report; the same command goes on where it was stopped"""
KEYS: dict[str, Any] = {
    "benchmark": ..., "model": ..., "adapter": None, "compare": None, "think": None, "prompt": None,
    "text_only": False, "without": None, "k": 1, "temperature": 0.0, "samples": None, "limit": None,
    "max_new_tokens": 512, "batch_size": None, "dtype": None, "quantize": "auto", "lexicon": None, "compat": None,
    **plug_ins.KEYS, "groups": None, "n": None, "survival": False, "vision_cache": None, "out": ...,
}  # fmt: skip


def main(words: list[str]) -> int:
    """Everything that can be wrong is found before a model is loaded."""
    given = options(words, KEYS)
    chosen = known.chosen(given["benchmark"])
    for key in ("samples", "n"):
        if len(chosen) > 1 and given[key] is not None:
            raise InputError(f"{key}= is of one benchmark, and {len(chosen)} are asked for; leave it out, or name one")
    if given["prompt"] is not None and given["think"] is not None:
        raise InputError(f"think={given['think']} and prompt={given['prompt']} both say how to ask; leave one out")
    held = [_held(one, given) for one in chosen]
    plugged = plug_ins.chosen(given, held, Path(str(given["out"])))
    survives = _survival(given, held)
    lists = [plug_ins.setting(one, given, plugged) for one in held]
    those = [_systems(how, given) for how in lists]
    for one, how in zip(held, lists, strict=True):
        gold.rehearse(one, how)
        groups.chosen(given["groups"], one.samples)
    longest = whole("max_new_tokens", given["max_new_tokens"], 1)
    batch = None if given["batch_size"] is None else whole("batch_size", given["batch_size"], 1)
    from affectreason.benchmark import report  # here: a mistake in the words is told at once
    from affectreason.benchmark.terminal import terminal
    from affectreason.media.thumbnail import sheet
    from affectreason.stages import ask

    out, scored = Path(str(given["out"])), {}
    for one, how, found in zip(held, lists, those, strict=True):
        home, name = origin.of(str(given["adapter"] or given["model"])), one.benchmark.name
        print(
            f"{name}: {len(one.samples):,} samples, {', '.join(dict.fromkeys(s.name for s in found))}", file=sys.stderr
        )
        paths = ask.ask_all(
            found,
            one.samples,
            out / name,
            max_new_tokens=longest,
            temperature=_temperature(given),
            dtype=str(given["dtype"] or home.dtype),
            quantize=origin.quantized(given["quantize"], home),
            media=home.media,
            batch_size=batch,
            kept=given["vision_cache"],
            again=partial(_begun, one, how) if survives and "survival" in how.benchmark.task.uses else None,
        )
        ran = _ran(one, how, found, paths, out / name, given)
        scored[name] = report.benchmark(one, how, ran, given["groups"], plugged.judge)
        if survives and "survival" in how.benchmark.task.uses:
            again = {s.name: _survived(one, how, path) for s, path in zip(found, paths, strict=True)}
            scored[name] = replace(scored[name], block=survival.into(scored[name].block, again))
    whole_ = report.whole(scored, known.suites(), "affectreason evaluate " + " ".join(words))
    report.write(whole_, scored, out, sheet, _logs(given))
    Console().print(terminal(whole_))
    print(f"report: {out / 'report.html'}")
    return 0


def _held(one: Any, given: dict[str, Any]) -> Gold:
    """The samples of a benchmark, the first `limit=` of them where that is given."""
    n = None if given["n"] is None else whole("n", given["n"], 1)
    found = gold.load(one, given["samples"], n)
    return found if given["limit"] is None else gold.first(found, whole("limit", given["limit"], 1))


def _systems(how: Setting, given: dict[str, Any]) -> list[System]:
    """What is asked, and in which ways."""
    task, names = how.benchmark.task, () if how.labels is None else how.labels.names
    prompts = (
        asking.named(str(given["prompt"]))
        if given["prompt"] is not None
        else asking.chosen(True if given["think"] is None else given["think"], task.question, task.form, names)
    )
    return systems(
        given["model"],
        prompts,
        adapter=given["adapter"],
        compare=given["compare"],
        text_only=switch("text_only", given["text_only"]),
        without=given["without"],
        k=given["k"],
        temperature=_temperature(given),
    )


def _survival(given: dict[str, Any], held: list[Gold]) -> bool:
    """Whether survival=true; InputError where there can be no reasoning, or no one answer of a sample."""
    if not switch("survival", given["survival"]):
        return False
    gold.must_be_used(held, survival="true")
    if given["think"] is False and given["prompt"] is None:
        raise InputError("survival=true asks whether answers rest on their reasoning, and think=false asks for none")
    if _temperature(given):
        raise InputError("survival=true compares one greedy answer with another; leave out temperature= and k=")
    return True


def _begun(one: Gold, how: Setting, path: Path) -> dict[str, dict[str, str]]:
    """What the answers of a file are made to begin with when they are asked again, by way and sample."""
    again = survival.beginnings(predictions.read(path, one.samples, how).predictions)
    return {way: {name: sample.begun for name, sample in those.items()} for way, those in again.items()}


def _survived(one: Gold, how: Setting, path: Path) -> Any:
    """The measures of the answers of a file that were asked again."""
    answers = predictions.read(path, one.samples, how).predictions
    again = survival.beginnings(answers)
    answered = {way: survival.read(survival.beside(path, way), those, one.samples, how) for way, those in again.items()}
    return survival.survival(answers, again, answered)


def _temperature(given: dict[str, Any]) -> float:
    value = given["temperature"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10:
        raise InputError(f"temperature={value}: it must be a number from 0 (greedy) to 10")
    return float(value)


def _ran(
    one: Gold, how: Setting, found: list[System], paths: list[Path], folder: Path, given: dict[str, Any]
) -> dict[str, Any]:
    """The answers of each system, its seeds together, with how they were asked for."""
    from affectreason.benchmark.report import Ran

    facts = (asked.read(folder) or {}).get("systems", {})
    ran = {}
    for name in dict.fromkeys(system.name for system in found):
        mine = [(s, path) for s, path in zip(found, paths, strict=True) if s.name == name]
        answers = tuple(predictions.read(path, one.samples, how) for _, path in mine)
        way = {
            "prompt": mine[0][0].prompt.text,
            "think": "<think>" in mine[0][0].prompt.text,
            "media": mine[0][0].media,
            "greedy": mine[0][0].seed is None,
            "temperature": given["temperature"],
            "max_new_tokens": given["max_new_tokens"],
        }
        ran[name] = Ran(answers, way, facts.get(name, {}).get("declared", {}), parts(mine[0][0]))
    return ran


def _logs(given: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The training log of the model, where a stage of ours left it."""
    path = Path(str(given["adapter"] or given["model"])).parent / "log.jsonl"
    if not path.is_file():
        return {}
    return {"model": [row for row in folders.appended(path) if "train_runtime" not in row]}
