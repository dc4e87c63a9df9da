"""`affectreason mix`: one file to train on, drawn from several by weight, without what is held out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.affect.samples import write
from affectreason.corpus import held_out, mixing, places
from affectreason.corpus.chance import number
from affectreason.corpus.mixing import Source
from affectreason.errors import InputError, nearest
from affectreason.recipe.words import options, source_and_split

HELP = """affectreason mix data=[A.jsonl,B.jsonl:train] n=10000 out=FILE.jsonl [weights=[0.7,0.3]] [balance=emotion]
                 [replay=GENERAL.jsonl share=0.1] [held_out=[TEST.jsonl]] [seed=0]
  draws samples from files; those of one group stay together and in order, so a few more or less than n may come
  data       files, or splits of them; each group is drawn once before any is drawn again
  weights    the share of each file (default: as many samples as it has)
  n          how many samples
  balance    emotion: in each file every emotion as often as the others; groups without one keep their share
  replay     a file of general questions, so that the model unlearns less, as this share of n
  held_out   files no sample of which may come: by id, by the id a question was made of, by path and content of media
  seed       of the draws and of the order"""
KEYS: dict[str, Any] = {
    "data": ..., "n": ..., "out": ..., "weights": None, "balance": None, "replay": None, "share": None,
    "held_out": None, "seed": 0,
}  # fmt: skip


def main(words: list[str]) -> int:
    """Draw and write the mixture, and say what came from where; 0 when it was written."""
    given = options(words, KEYS)
    names, replay = _names("data", given["data"]), given["replay"]
    held = [] if given["held_out"] is None else _names("held_out", given["held_out"])
    _check(given, len(names))
    out = Path(str(given["out"]))
    for name in [*names, *([str(replay)] if replay else []), *held]:
        if Path(source_and_split(name)[0]).absolute() == out.absolute():
            raise InputError(f"out={out} is a file that is read; name another one")
    is_held = held_out.finder(sample for name in held for sample in _samples(name))
    ids: dict[int, str] = {}
    sources = [_source(name, is_held, ids) for name in [*names, *([str(replay)] if replay else [])]]
    _pick(sources, given, len(names))
    write(out, mixing.drawn(sources, given["seed"]))
    print(f"wrote {sum(source.drawn.total() for source in sources)} samples to {out}")
    print(mixing.table(sources))
    return 0


def _pick(sources: list[Source], given: dict[str, Any], files: int) -> None:
    """Share `n` out over the files, and the replay's part to the last source where there is one."""
    general = round(given["n"] * (given["share"] or 0))
    weights = given["weights"] or [len(source.found.at) for source in sources[:files]]
    for i, quota in enumerate([*mixing.quotas(given["n"] - general, weights), general][: len(sources)]):
        balance = given["balance"] is not None and i < files
        if balance and not sources[i].found.names:
            raise InputError(f"balance=emotion: no sample of {sources[i].name} has a gold emotion; leave balance= out")
        sources[i].picks = mixing.picks(sources[i].found, i, quota, given["seed"], balance)


def _names(key: str, value: Any) -> list[str]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise InputError(f"{key}={value}: give files, such as {key}=[A.jsonl,B.jsonl:train]")
    return names


def _check(given: dict[str, Any], files: int) -> None:
    """Refuse numbers outside their range and keys that need one another."""
    for key, least in (("n", 1), ("seed", 0)):
        if isinstance(given[key], bool) or not isinstance(given[key], int) or given[key] < least:
            raise InputError(f"{key}={given[key]}: give a whole number from {least}")
    weights, share = given["weights"], given["share"]
    if weights is not None and not (
        isinstance(weights, list) and len(weights) == files and all(map(_positive, weights))
    ):
        raise InputError(f"weights={weights}: give one number above 0 for each of the {files} files of data=")
    if given["balance"] not in (None, "emotion"):
        raise InputError(f"balance={given['balance']}: {nearest(given['balance'], ['emotion'])}")
    if (given["replay"] is None) != (share is None):
        raise InputError("replay= and share= belong together: replay=GENERAL.jsonl share=0.1")
    if share is not None and not (_positive(share) and share < 1):
        raise InputError(f"share={share}: give a number between 0 and 1, such as 0.1")


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _samples(name: str) -> Iterator[Sample]:
    path, split = source_and_split(name)
    return (sample for _, _, sample in places.samples(Path(path), split))


def _source(name: str, is_held: Callable[[Sample], bool], ids: dict[int, str]) -> Source:
    """Where the samples of a file stand; InputError for an id that an earlier file has, and when nothing is left."""
    path, split = source_and_split(name)

    def unique() -> Iterator[tuple[int, int, Sample]]:
        for place in places.samples(Path(path), split):
            first = ids.setdefault(number(place[2].id), name)
            if first != name:
                raise InputError(
                    f"sample {place[2].id!r} is in {first} and in {name}; take one of the two out of data="
                )
            yield place

    found = places.place(Path(path), unique(), lambda sample: sample.group, is_held)
    if not len(found.at):
        raise InputError(f"{name}: all {found.dropped} samples are held out; name another split")
    return Source(name, found)
