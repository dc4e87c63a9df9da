"""Draw faces whose action units and emotion are known."""

import time
from pathlib import Path

from affectreason.affect.samples import write
from affectreason.media.draw_faces import draw_faces
from affectreason.media.progress import bar
from affectreason.model.disk import writing
from affectreason.recipe import runs
from affectreason.recipe.parts import Draw
from affectreason.recipe.schema import Recipe


def run(recipe: Recipe, stage: Draw, out: Path) -> None:
    """Draw every split; a face already on disk is not drawn again."""
    begin = time.monotonic()
    with runs.opened(recipe, stage, out) as folder:
        shown = bar(stage.name, sum(stage.splits.values()) + sum(stage.clips.values()))
        with writing(folder):
            samples = draw_faces(
                folder,
                stage.splits,
                size=stage.size,
                seed=stage.seed,
                clips=stage.clips,
                progress=lambda at, _: shown.move(at),
            )
        shown.close()
        write(folder / "samples.jsonl", samples)
        counts = {"samples": len(samples), **stage.splits}
        runs.write_done(folder, stage, time.monotonic() - begin, counts)
