import numpy as np
import pytest
from PIL import Image

from affectreason.affect.samples import write
from affectreason.corpus.findings import findings


@pytest.fixture
def photo(tmp_path):
    """Write a picture of its own structure for each seed, reddish as skin is; `more` brightens all of it."""

    def make(name, seed=0, size=64, more=0, red=20):
        cells = np.random.default_rng(seed).integers(30, 200, (16, 17), dtype=np.uint8)
        grey = np.asarray(Image.fromarray(cells).resize((size, size), Image.Resampling.NEAREST)).astype(int)
        pixels = np.stack([grey + more + red, grey + more, grey + more], axis=2).clip(0, 255).astype(np.uint8)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
        return path

    return make


@pytest.fixture
def look(tmp_path):
    """The findings of samples (or lines of text) by their kind; `against` is a second file."""

    def run(samples, against=(), **options):
        files = []
        for name, rows in (("data", samples), ("other", against)):
            path = tmp_path / f"{name}.jsonl"
            if rows and isinstance(rows[0], str):
                path.write_text("\n".join(rows) + "\n")
            else:
                write(path, rows)
            files.append(path)
        found = findings(files[:1], files[1:] if against else (), **{"media": False, **options})
        kinds = [one.kind for one in found]
        assert len(set(kinds)) == len(kinds)
        return {one.kind: one for one in found}

    return run
