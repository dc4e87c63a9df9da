"""`affectreason convert`: a file of pickled labels becomes JSON, once and in the open; nothing in it can run."""

import json
from collections import Counter
from pathlib import Path

from affectreason.affect import jsonl
from affectreason.errors import InputError
from affectreason.published.npz import members
from affectreason.recipe.words import options

HELP = """affectreason convert npz=FILE.npz out=FILE.json
  makes JSON of an NPZ file that needs pickle (also of one .npy or .pkl), for `affectreason prep` to read
  npz  the file; only plain values and arrays of them are read, anything else stops with its name and is not run
  out  the JSON file; one that is there is not overwritten"""


def main(words: list[str]) -> int:
    """Convert one file and say what was in it; 0 when `out` was written."""
    given = options(words, {"npz": ..., "out": ...})
    source, out = Path(str(given["npz"])), Path(str(given["out"]))
    if out.exists():
        raise InputError(f"out={out} is there already and is not overwritten; remove it, or choose another name")
    found = {}
    print(f"{source}: pickled data, read as plain values, nothing in it was run")
    for name, value, seen in members(source):
        found[name] = value
        print(f"  {name or 'the whole'}: {_described(value, seen)}")
    whole = found[""] if list(found) == [""] else found
    jsonl.write(out, [json.dumps(whole, ensure_ascii=False, allow_nan=False)])
    print(f"wrote {out}, {out.stat().st_size} bytes")
    return 0


def _described(value: object, seen: Counter[str]) -> str:
    """`3373 entries, each of emo, val; in it 3374 dict, 3373 str, 3373 float`."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in seen.most_common())
    if not isinstance(value, dict | list):
        return f"one value; in it {kinds}"
    items = list(value.values()) if isinstance(value, dict) else value
    keys = dict.fromkeys(key for item in items if isinstance(item, dict) for key in item)
    named = f" with {', '.join(list(keys)[:8])}{' ...' if len(keys) > 8 else ''}" if keys else ""
    return f"{len(items)} entries{named}; in it {kinds}"
