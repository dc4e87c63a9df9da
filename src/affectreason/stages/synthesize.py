"""A model writes reasoning for labelled samples; what passes every bar, twice, becomes data.

Hint -> verify -> ask again with what was wrong -> answer once more without the hint -> drop near-duplicates. Never a
sample that evaluation uses, by id or by picture.
"""

import hashlib
import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from affectreason.affect import facs, labels, reading
from affectreason.affect.named import emotions_said, label_names
from affectreason.affect.sample import Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.media.alike import fingerprint, near
from affectreason.model import generate, hearing, journal, judges, load, no_memory, training
from affectreason.recipe import answers, folders, prompts, sources, targets
from affectreason.recipe.parts import Bar, Synthesize
from affectreason.recipe.schema import Recipe
from affectreason.scoring import one_reward, rewards, word_rewards

Row = dict[str, Any]
_ALONE = {"words": "words with commas between them", "label": "one word", "description": "a description"}
_OF_EMOTION = ("emotion_match", "wheel_f", "r1_omni_accuracy")


def run(recipe: Recipe, stage: Synthesize, out: Path) -> None:
    """Write `samples.jsonl` of what was kept and `manifest.json` of what was not and why; resumes by batch."""
    begin = time.monotonic()
    samples = sources.samples(recipe, stage.data, out)[: stage.limit]
    samples, refused = answers.without_held_out(recipe, samples, out)
    with training.folder(recipe, stage, out) as folder:
        stage = stage.model_copy(update={"keep": judges.opened(stage.keep, folder)})
        model, processor = load.for_recipe(recipe, sources.model_source(recipe, stage, out))
        hearing.require(processor, samples)
        model.to(load.device()).eval()

        name = stage.name
        mend = f"lower {name}.batch_size ({stage.batch_size}) or {name}.max_new_tokens ({stage.max_new_tokens})"

        def ask(dialogues: list[tuple[Sample, list[prompts.Message]]], temperature: float, seed: int) -> list[str]:
            those = [generate.Asked(sample, dialogue) for sample, dialogue in dialogues]
            said = {sample.id: dialogue for sample, dialogue in dialogues}
            given = [sample for sample, _ in dialogues]
            with no_memory.asking(stage, given, lambda one: said[one.id], processor, recipe.media, mend):
                return generate.answer(
                    model, processor, those, max_new_tokens=stage.max_new_tokens, temperature=temperature, seed=seed,
                    fps=recipe.media.fps, max_frames=recipe.media.max_frames, max_seconds=recipe.media.max_seconds,
                )  # fmt: skip

        def work(batch: range) -> list[Row]:
            return write_reasoning(recipe, stage, [samples[i] for i in batch], ask)

        rows = journal.by_batch(folder / "parts", stage.name, len(samples), stage.batch_size, work)
        if journal.is_main():
            kept = drop_alike(samples, rows, stage.alike)
            said = manifest(samples, rows, refused)
            folders.write_text(folder / "manifest.json", json.dumps(said, indent=2))
            if not kept:
                raise InputError(
                    f"stage {stage.name}: none of {len(samples)} samples was kept (refused for: {said['refused']}); "
                    "lower a bar of its keep: in a new folder with out=, or start from a better model"
                )
            write(
                folder / "samples.jsonl", [grown(s, row) for s, row in zip(samples, rows, strict=True) if row["kept"]]
            )
            counts = {"asked": len(samples), "kept": kept}
            folders.write_done(folder, stage, time.monotonic() - begin, counts)
        journal.wait()


def write_reasoning(recipe: Recipe, stage: Synthesize, samples: list[Sample], ask: Any) -> list[Row]:
    """One row a sample: the text kept or None, the tries it took, and why it was refused.

    The seed of a try is a hash of the batch's ids and the try's number, so neither the order of batches nor the number
    of processes changes what is written.
    """
    prompt = targets.prompt_of(recipe, stage)
    dialogues = {s.id: prompts.messages(s, prompt, hint=stage.hint) for s in samples}
    rows: dict[str, Row] = {s.id: {"id": s.id, "kept": None, "tries": 0, "problems": []} for s in samples}
    for number in range(stage.tries):
        open_ = [s for s in samples if rows[s.id]["kept"] is None]
        if not open_:
            break
        texts = ask([(s, dialogues[s.id]) for s in open_], stage.temperature, _seed(open_, number, stage.seed))
        for sample, text in zip(open_, texts, strict=True):
            problems = shortfalls(text, sample, recipe.labels, list(stage.keep), prompt.answers)
            rows[sample.id] |= {"tries": number + 1, "problems": problems, "kept": None if problems else text}
            if problems:
                asked = prompts.messages(sample, prompt, hint=stage.hint)
                dialogues[sample.id] = prompts.again(
                    asked, text, [in_words(p, sample, prompt.answers) for p in problems]
                )
    told = [s for s in samples if rows[s.id]["kept"] is not None and (stage.hint or rows[s.id]["tries"] > 1)]
    _again_without_hint(recipe, stage, told, rows, ask)  # a second try was told what is right, as a hint tells it
    return list(rows.values())


def _again_without_hint(
    recipe: Recipe, stage: Synthesize, passed: list[Sample], rows: dict[str, Row], ask: Any
) -> None:
    """Refuse what the model cannot say again from the picture alone: it followed the hint, not the face."""
    if not passed:
        return
    prompt = targets.prompt_of(recipe, stage)
    texts = ask([(s, prompts.messages(s, prompt)) for s in passed], 0.0, 0)
    for sample, text in zip(passed, texts, strict=True):
        problems = shortfalls(text, sample, recipe.labels, list(stage.keep), prompt.answers)
        if problems:
            rows[sample.id] |= {"kept": None, "problems": [f"without the hint: {problem}" for problem in problems]}


def shortfalls(
    text: str, sample: Sample, vocabulary: str, bars: list[Bar], form: reading.Form | None = None
) -> list[str]:
    """The names of the bars an answer does not reach; a reward that cannot score the sample is no bar to it."""
    response = reading.read(text, sample, vocabulary, form=form)
    scores = ((bar, one_reward.score(bar.use, rewards.find(bar.use), response, sample, bar.args)) for bar in bars)
    return [bar.use for bar, score in scores if score is not None and score < bar.at_least]


def in_words(problem: str, sample: Sample, form: reading.Form | None = None) -> str:
    """What the model is told was wrong."""
    if problem in _OF_EMOTION and sample.gold.emotion is not None:
        return f"the emotion is {sample.gold.emotion}"
    if problem in _OF_EMOTION and sample.gold.emotions:
        return f"the emotions are {', '.join(emotions_said(sample.gold))}"
    if problem.startswith("au_") and sample.gold.units is not None:
        return "the action units are " + (", ".join(facs.spelling(n) for n in sorted(sample.gold.units)) or "none")
    if problem == "answer_match":
        return f"the answer is {sample.answer}"
    if problem == "well_formed" and form in _ALONE:
        return f"the form must be {_ALONE[form]}, and nothing else"
    if problem == "well_formed" and sample.choices:
        return f"the form must be <think>...</think><answer>one of: {'; '.join(sample.choices)}</answer>"
    if problem == "well_formed" and sample.labels == labels.OPEN.name:
        return "the form must be <think>...</think><answer>words with commas between them</answer>"
    if problem == "well_formed":
        return "the form must be <think>...</think><answer>one word</answer>"
    return f"{problem.replace('_', ' ')} is too low"


def drop_alike(samples: list[Sample], rows: list[Row], alike: float) -> int:
    """Refuse a kept row whose picture nearly equals an earlier kept one and whose words do too; returns what stays."""
    seen: dict[tuple[str, ...], list[tuple[int, set[str]]]] = defaultdict(list)
    for sample, row in zip(samples, rows, strict=True):
        if row["kept"] is None:
            continue
        picture, words = fingerprint(sample.media), set(row["kept"].split())
        others = seen[label_names(sample)]
        if any(near(picture, p) and len(words & w) >= alike * len(words | w) for p, w in others):
            row |= {"kept": None, "problems": ["near-duplicate"]}
        else:
            others.append((picture, words))
    return sum(row["kept"] is not None for row in rows)


def grown(sample: Sample, row: Row) -> Sample:
    """The sample with the kept answer as the text to learn, marked as written by a model."""
    source = sample.provenance.model_copy(update={"labeller": "synthesis", "split": None})
    return sample.model_copy(
        update={"id": f"{sample.id}+grown", "response": row["kept"], "reasoning": None, "provenance": source}
    )


def manifest(samples: list[Sample], rows: list[Row], refused_ids: int) -> dict[str, Any]:
    """How much was kept, by class (for sets of words by cluster, of which a sample may have several), and why not."""
    asked, kept = Counter[str](), Counter[str]()
    for sample, row in zip(samples, rows, strict=True):
        for name in word_rewards.classes(sample):
            asked[name] += 1
            kept[name] += row["kept"] is not None
    reasons = Counter(problem for row in rows if row["kept"] is None for problem in row["problems"])
    return {
        "asked": len(rows),
        "kept": (stays := sum(row["kept"] is not None for row in rows)),
        "acceptance_rate": stays / max(len(rows), 1),
        "by_class": {
            name: {"asked": asked[name], "kept": kept[name], "rate": kept[name] / asked[name]} for name in sorted(asked)
        },
        "refused": dict(reasons.most_common()),
        "tries": dict(sorted(Counter(str(row["tries"]) for row in rows if row["kept"]).items())),
        "left_out_because_evaluation_uses_them": refused_ids,
    }


def _seed(samples: list[Sample], number: int, seed: int) -> int:
    text = "|".join([*(sample.id for sample in samples), str(number), str(seed)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
