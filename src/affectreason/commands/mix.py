"""`affectreason mix`: one file to train on, drawn from several by weight, without what is held out."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from affectreason.affect.sample import Sample
from affectreason.affect.samples import write
from affectreason.corpus import held_out, mixing, places
from affectreason.corpus.chance import number
from affectreason.corpus.finding import plural
from affectreason.corpus.mixing import Source
from affectreason.errors import InputError, nearest
from affectreason.recipe.words import options, refuse_to_overwrite, source_and_split, whole

HELP = """affectreason mix data=[A.jsonl,B.jsonl:train] n=10000 out=FILE.jsonl [weights=[0.7,0.3]] [balance=WHAT]
                 [replay=GENERAL.jsonl share=0.1] [held_out=[TEST.jsonl]] [seed=0]
  draws samples from files; those of one group stay together and in order, so a few more or less than n may come
  data       files, or splits of them; each group is drawn once before any is drawn again
  weights    the share of each file (default: as many samples as it has)
  n          how many samples
  balance    emotion, sentiment, split, task or dataset: in each file every one as often as the others; groups without
             one keep their share
  replay     a file of general questions, so that the model unlearns less, as this share of n
  held_out   files no sample of which may come, nor a question made of one: by id within a data set (by id alone where
             a sample names no data set), by path and content of media
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
    out, read = Path(str(given["out"])), [*names, *([str(replay)] if replay else [])]
    refuse_to_overwrite(out, [Path(source_and_split(name)[0]) for name in [*read, *held]])
    _check_once(read)
    held_by = held_out.finder(sample for name in held for sample in _samples(name))
    told: Counter[str] = Counter()

    def is_held(sample: Sample) -> bool:
        by = held_by(sample)
        told.update([by] if by else [])
        return by is not None

    ids: dict[int, str] = {}
    kind = mixing.KINDS[given["balance"] or "emotion"]
    sources = [_source(name, is_held, kind, ids) for name in read]
    _pick(sources, given, len(names))
    write(out, mixing.drawn(sources, given["seed"], given["balance"]))
    count = sum(source.drawn.total() for source in sources)
    asked = f"; n={given['n']} was asked, and questions of one clip stay together" if count != given["n"] else ""
    print(f"wrote {plural(count, 'sample')} to {out}{asked}")
    print(mixing.table(sources))
    if held:
        print(_held(told))
    return 0


def _held(told: Counter[str]) -> str:
    """By what samples were found to be held out."""
    said = f"held out by data set and id {told['id']}, by id alone {told['id alone']}, by media {told['media']}"
    if told["id alone"]:
        said += "; samples that name no data set may be others of the same id: prep them with dataset=NAME"
    return said


def _check_once(names: list[str]) -> None:
    """Refuse a file, or a split of it, that is named twice."""
    seen = set()
    for name in names:
        path, split = source_and_split(name)
        one = (Path(path).resolve(), split)
        if one in seen:
            raise InputError(f"{name} is named twice; name it once, and give it its share with weights=")
        seen.add(one)


def _pick(sources: list[Source], given: dict[str, Any], files: int) -> None:
    """Share `n` out over the files, and the replay's part to the last source where there is one."""
    general = round(given["n"] * (given["share"] or 0))
    weights = given["weights"] or [len(source.found.at) for source in sources[:files]]
    for i, quota in enumerate([*mixing.quotas(given["n"] - general, weights), general][: len(sources)]):
        balance = given["balance"] is not None and i < files
        if balance and not sources[i].found.names:
            by = given["balance"]
            raise InputError(f"balance={by}: no sample of {sources[i].name} names its {by}; leave balance= out")
        sources[i].picks = mixing.picks(sources[i].found, i, quota, given["seed"], balance)


def _names(key: str, value: Any) -> list[str]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise InputError(f"{key}={value}: give files, such as {key}=[A.jsonl,B.jsonl:train]")
    return names


def _check(given: dict[str, Any], files: int) -> None:
    """Refuse numbers outside their range and keys that need one another."""
    for key, least in (("n", 1), ("seed", 0)):
        whole(key, given[key], least)
    weights, share = given["weights"], given["share"]
    if weights is not None and not (
        isinstance(weights, list) and len(weights) == files and all(map(_positive, weights))
    ):
        raise InputError(f"weights={weights}: give one number above 0 for each of the {files} files of data=")
    if given["balance"] is not None and str(given["balance"]) not in mixing.KINDS:
        raise InputError(f"balance={given['balance']}: {nearest(given['balance'], mixing.KINDS)}")
    if (given["replay"] is None) != (share is None):
        raise InputError("replay= and share= belong together: replay=GENERAL.jsonl share=0.1")
    if share is not None and not (_positive(share) and share < 1):
        raise InputError(f"share={share}: give a number between 0 and 1, such as 0.1")


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _samples(name: str) -> Iterator[Sample]:
    path, split = source_and_split(name)
    return (sample for _, _, sample in places.samples(Path(path), split))


def _source(
    name: str, is_held: Callable[[Sample], bool], kind: Callable[[Sample], str | None], ids: dict[int, str]
) -> Source:
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

    found = places.place(Path(path), unique(), lambda sample: sample.group, is_held, kind)
    if not len(found.at):
        raise InputError(f"{name}: every sample ({found.dropped}) is held out; name another split")
    return Source(name, found)
