"""`affectreason convert`: pickled labels become JSON, in the open and never run; samples become another kit's rows."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from affectreason.affect import jsonl, samples
from affectreason.errors import InputError, nearest
from affectreason.published import emo_cfg_rows
from affectreason.published.npz import members
from affectreason.recipe.words import options, source_and_split

HELP = """affectreason convert npz=FILE.npz out=FILE.json
  makes JSON of an NPZ file that needs pickle (also of one .npy or .pkl), for `affectreason prep` to read
  npz  the file; only plain values and arrays of them are read, anything else stops with its name and is not run
  out  the JSON file; one that is there is not overwritten
affectreason convert samples=FILE.jsonl to=emo_cfg root=FOLDER out=FILE.json
  writes samples as VidEmo's training data are, messages, videos and source tag, which ms-swift reads too
  samples  our own form, or FILE:SPLIT; a sample without an answer is left out and counted
  root     the folder all media lie below; rows name them by their path from there
  out      for `affectreason prep emo_cfg` to read it: ROOT/jsons/train/emotion/full/NAME.json"""
FORMS = {"emo_cfg": emo_cfg_rows.row}
KEYS: dict[str, Any] = {"npz": None, "samples": None, "to": None, "root": None, "out": ...}


def main(words: list[str]) -> int:
    """Convert one file and say what was in it; 0 when `out` was written."""
    given = options(words, KEYS)
    if (given["npz"] is None) == (given["samples"] is None):
        raise InputError("give npz= (labels to read) or samples= (samples to write otherwise), one of the two")
    needed = ("to", "root") if given["npz"] is None else ()
    wrong = [f"missing {key}=" for key in needed if given[key] is None]
    wrong += [f"{key}= goes with samples=" for key in ("to", "root") if not needed and given[key] is not None]
    if wrong:
        raise InputError("; ".join(wrong))
    out = Path(str(given["out"]))
    if out.exists():
        raise InputError(f"out={out} is there already and is not overwritten; remove it, or choose another name")
    return _labels(Path(str(given["npz"])), out) if given["npz"] is not None else _samples(given, out)


def _samples(given: dict[str, Any], out: Path) -> int:
    """Write samples in another form, and say how many."""
    form = str(given["to"])
    if form not in FORMS:
        raise InputError(f"to={form}: {nearest(form, FORMS)}")
    source, split = source_and_split(str(given["samples"]))
    root = Path(str(given["root"])).expanduser()
    found = [FORMS[form](sample, root) for sample in samples.read(source, split)]
    rows = [row for row in found if row is not None]
    if not rows:
        raise InputError(f"{source}: no sample has an answer to learn, so there is nothing to write")
    out.parent.mkdir(parents=True, exist_ok=True)
    jsonl.write(out, [json.dumps(rows, ensure_ascii=False, indent=1)])
    left = f"; {len(found) - len(rows)} without an answer left out" if len(rows) < len(found) else ""
    print(f"wrote {len(rows)} rows to {out}{left}")
    return 0


def _labels(source: Path, out: Path) -> int:
    """Write pickled labels as JSON, and say what was in them."""
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
