"""Draw faces and scenes whose action units, voice, words and emotion are known."""

import time
from pathlib import Path

from affectreason.affect.samples import write
from affectreason.media.draw_faces import draw_faces
from affectreason.media.draw_scenes import draw_scenes
from affectreason.media.draw_voices import draw_voices
from affectreason.media.progress import bar
from affectreason.model.disk import writing
from affectreason.recipe import folders, runs
from affectreason.recipe.parts import Draw
from affectreason.recipe.schema import Recipe


def run(recipe: Recipe, stage: Draw, out: Path) -> None:
    """Draw every split; a face or scene already on disk is not drawn again."""
    begin = time.monotonic()
    with runs.opened(recipe, stage, out) as folder:
        faces, scenes = sum(stage.splits.values()) + sum(stage.clips.values()), sum(stage.scenes.values())
        voices = sum(stage.voices.values())
        shown = bar(stage.name, faces + scenes + voices)
        samples = []
        with writing(folder):
            if faces:
                samples += draw_faces(
                    folder,
                    stage.splits,
                    size=stage.size,
                    seed=stage.seed,
                    clips=stage.clips,
                    faces=stage.faces,
                    progress=lambda at, _: shown.move(at),
                )
            if scenes:
                samples += draw_scenes(
                    folder,
                    stage.scenes,
                    questions=stage.questions,
                    size=stage.size,
                    seed=stage.seed,
                    context=stage.context,
                    sound=stage.sound,
                    progress=lambda at, _: shown.move(faces + at),
                )
            if voices:
                samples += draw_voices(
                    folder,
                    stage.voices,
                    seed=stage.seed,
                    progress=lambda at, _: shown.move(faces + scenes + at),
                )
        shown.close()
        write(folder / "samples.jsonl", samples)
        made = {"scenes": scenes, "voices": voices}
        counts = {"samples": len(samples), **stage.splits, **{name: count for name, count in made.items() if count}}
        folders.write_done(folder, stage, time.monotonic() - begin, counts)
