"""How long a benchmark takes to score: python eval/speed/score.py [n=100000] [times=3]

Predictions of n samples with open emotion words, as texts, are written to a scratch folder and scored by the five
wheels with 1,000 bootstrap draws, chance and the best constant answer, by `affectreason score` itself in a process of
its own. Beside it stands a process that only reads the same two files with json. Both are run in turn; medians.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from affectreason.affect import wheel
from affectreason.affect.sample import Affect, Sample
from affectreason.affect.samples import write
from affectreason.recipe.words import options, whole

READ = "import json,sys\nfor f in sys.argv[1:]:\n  for line in open(f): json.loads(line)"
FORMS = ("{}", "[{}]", "<think>The voice is low.</think><answer>{}</answer>", "The person seems {}, not bored.")


def main(words: list[str]) -> None:
    """Time both and print one JSON object last."""
    given = options(words, {"n": 100_000, "times": 3})
    n, times = whole("n", given["n"], 10), whole("times", given["times"], 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, n)
        files = ["predictions.jsonl", "samples.jsonl"]
        score = [
            sys.executable,
            "-m",
            "affectreason",
            "score",
            "benchmark=ov_merd_plus",
            "predictions=predictions.jsonl",
        ]
        score += ["samples=samples.jsonl", f"n={n}"]
        read = [sys.executable, "-c", READ, *files]
        took: dict[str, list[float]] = {"score": [], "read": []}
        for _ in range(times):
            for key, command in (("score", score), ("read", read)):
                start = time.perf_counter()
                subprocess.run(command, cwd=folder, check=True, capture_output=True)
                took[key].append(time.perf_counter() - start)
    middle = {key: statistics.median(values) for key, values in took.items()}
    print(f"{n:,} predictions: scored in {middle['score']:.1f} s, read in {middle['read']:.1f} s (medians of {times})")
    print(json.dumps({
        "n": n, "times": times, "score_s": took["score"], "read_s": took["read"],
        "ratio": middle["score"] / middle["read"],
    }))  # fmt: skip


def make(folder: Path, n: int) -> None:
    """Samples with one to five words each, and an answer to each in one of four forms."""
    rng = random.Random(0)
    words = sorted(word for word in wheel.default().surfaces if word.isalpha())
    write(
        folder / "samples.jsonl",
        (Sample(id=f"s{i}", gold=Affect(emotions=dict.fromkeys(_some(rng, words), 1.0))) for i in range(n)),
    )
    with (folder / "predictions.jsonl").open("w") as file:
        for i in range(n):
            text = rng.choice(FORMS).format(", ".join(_some(rng, words)))
            file.write(json.dumps({"id": f"s{i}", "text": text}) + "\n")


def _some(rng: random.Random, words: list[str]) -> list[str]:
    return rng.sample(words, rng.randint(1, 5))


if __name__ == "__main__":
    main(sys.argv[1:])
