"""Independent witnesses vote on the label of each sample; what enough of them agree with becomes data.

Never a sample that evaluation uses, by id or by picture. Nothing is changed in what is kept.
"""

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from affectreason.affect import reading
from affectreason.affect.named import emotions_said
from affectreason.affect.sample import Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import generate, hearing, journal, load, probe, training
from affectreason.recipe import answers, folders, prompts, sources
from affectreason.recipe.parts import Filter, Witness
from affectreason.recipe.schema import Recipe
from affectreason.scoring import witnesses, word_rewards
from affectreason.scoring.witnesses import Said


def run(recipe: Recipe, stage: Filter, out: Path) -> None:
    """Write `samples.jsonl` of what was kept, `votes.jsonl` and `manifest.json`; goes on where it was stopped."""
    begin = time.monotonic()
    samples = sources.samples(recipe, stage.data, out)[: stage.limit]
    samples, held = answers.without_held_out(recipe, samples, out)
    with training.folder(recipe, stage, out) as folder:
        said = {
            name: _says(recipe, stage, witness, samples, folder / "parts" / str(place), out)
            for place, (name, witness) in enumerate(named(stage).items())
        }
        if journal.is_main():
            rows = judged(stage, samples, said)
            found = manifest(samples, rows, held) | witnesses.summary(
                samples, said, {name: [row["votes"][name] for row in rows] for name in said}
            )
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
            folders.write_text(folder / "votes.jsonl", "".join(lines))
            folders.write_text(folder / "manifest.json", json.dumps(found, indent=2, ensure_ascii=False))
            kept = [sample for sample, row in zip(samples, rows, strict=True) if row["dropped"] is None]
            if not kept:
                raise InputError(
                    f"stage {stage.name}: none of {len(samples)} samples was kept (dropped because: "
                    f"{found['refused']}); lower {stage.name}.agree, or see {folder / 'votes.jsonl'}"
                )
            write(folder / "samples.jsonl", kept)
            folders.write_done(folder, stage, time.monotonic() - begin, {"asked": len(samples), "kept": len(kept)})
        journal.wait()


def named(stage: Filter) -> dict[str, Witness]:
    """The witnesses by what they are called: their `use`, numbered where it is there twice."""
    found: dict[str, Witness] = {}
    for witness in stage.witnesses:
        same = sum(other.use == witness.use for other in found.values())
        found[f"{witness.use} {same + 1}" if same else witness.use] = witness
    return found


def judged(stage: Filter, samples: Sequence[Sample], said: dict[str, list[Said | None]]) -> list[dict[str, Any]]:
    """A row a sample: what each witness says, how it votes, and why the sample is dropped (None: it is kept)."""
    rows = []
    for place, sample in enumerate(samples):
        votes = {name: witnesses.agrees(each[place], sample) for name, each in said.items()}
        dropped = _too_short_or_long(sample, stage.words) or witnesses.refused(votes, stage.agree, stage.against)
        spoken = {name: None if each[place] is None else list(each[place] or ()) for name, each in said.items()}
        rows.append({"id": sample.id, "said": spoken, "votes": votes, "dropped": dropped})
    return rows


def manifest(samples: Sequence[Sample], rows: Sequence[dict[str, Any]], held: int) -> dict[str, Any]:
    """How much was kept, by class, and why the rest was not."""
    each = [word_rewards.classes(sample) for sample in samples]
    asked = Counter(name for names in each for name in names)
    kept = Counter(name for names, row in zip(each, rows, strict=True) if row["dropped"] is None for name in names)
    return {
        "asked": len(rows),
        "kept": sum(row["dropped"] is None for row in rows),
        "by_class": {
            name: {"asked": asked[name], "kept": kept[name], "rate": kept[name] / asked[name]} for name in sorted(asked)
        },
        "refused": dict(Counter(row["dropped"] for row in rows if row["dropped"] is not None).most_common()),
        "left_out_because_evaluation_uses_them": held,
    }


def _too_short_or_long(sample: Sample, words: tuple[int, int] | None) -> str | None:
    if words is None:
        return None
    count, (least, most) = len((witnesses.description(sample) or "").split()), words
    return None if least <= count <= most else f"its description has not {least} to {most} words"


def _says(
    recipe: Recipe, stage: Filter, witness: Witness, samples: Sequence[Sample], folder: Path, out: Path
) -> list[Said | None]:
    """What a witness says of each sample."""
    if witness.use == "classifier":
        return _classified(recipe, stage, witness, samples, folder, out)
    if witness.use == "model":
        return _answered(recipe, stage, witness, samples, folder, out)
    ask = witnesses.find(witness.use)
    return [ask(sample, **witness.args) for sample in samples]


def _classified(
    recipe: Recipe, stage: Filter, witness: Witness, samples: Sequence[Sample], folder: Path, out: Path
) -> list[Said | None]:
    model, processor = load.for_recipe(recipe, sources.model_named(recipe, witness.model, out))
    hearing.require(processor, samples)
    model.to(load.device()).eval()
    seen = probe.features(model, processor, samples, recipe.media, folder)
    people = [one.provenance.subject or one.provenance.dialogue or one.group or one.id for one in samples]
    try:
        found = probe.out_of_fold(seen, [witnesses.one_class(one) for one in samples], people, stage.folds, stage.seed)
    except InputError as error:
        raise InputError(
            f"stage {stage.name}: {error}; lower {stage.name}.folds, or leave the classifier out"
        ) from error
    return [None if one is None else [one] for one in found]


def _answered(
    recipe: Recipe, stage: Filter, witness: Witness, samples: Sequence[Sample], folder: Path, out: Path
) -> list[Said | None]:
    model, processor = load.for_recipe(recipe, sources.model_named(recipe, witness.model, out))
    hearing.require(processor, samples)
    model.to(load.device()).eval()
    prompt = prompts.find(witness.prompt or recipe.prompt)

    def work(batch: range) -> list[dict[str, Any]]:
        those = [generate.Asked(samples[i], prompts.messages(samples[i], prompt)) for i in batch]
        texts = generate.answer(
            model, processor, those, max_new_tokens=stage.max_new_tokens,
            fps=recipe.media.fps, max_frames=recipe.media.max_frames, max_seconds=recipe.media.max_seconds,
        )  # fmt: skip
        return [{"id": samples[i].id, "text": text} for i, text in zip(batch, texts, strict=True)]

    rows = journal.by_batch(folder, f"{stage.name}: asked", len(samples), stage.batch_size, work)
    return [_emotions(row["text"], sample, recipe.labels) for row, sample in zip(rows, samples, strict=True)]


def _emotions(text: str, sample: Sample, vocabulary: str) -> list[str] | None:
    """The emotions of an answer; None where it says none."""
    said = reading.read(text, sample, vocabulary).said
    return [said.emotion] if said.emotion is not None else list(emotions_said(said)) or None
