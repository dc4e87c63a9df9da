"""`affectreason merge`: an adapter and its base as one model, compared with what they were apart."""

import sys
from pathlib import Path

from affectreason.errors import InputError, nearest
from affectreason.model import hub
from affectreason.recipe import origin
from affectreason.recipe.words import options, word

HELP = """affectreason merge adapter=FOLDER out=FOLDER [base=MODEL]   one model of an adapter and its base
The model, its processor and its chat template are written together, loaded again and compared.
  adapter   a LoRA adapter: a folder, runs/RECIPE/STAGE/model, or USER/NAME of the Hub
  out       a folder that does not exist yet
  base      the model under it (default: the one that the adapter names)
  dtype     auto, float32, bfloat16 or float16 (default: that of the run, else that of the base)
Logits must be equal to 1e-5 in float32, and to eight units of precision in narrower types; else nothing is written."""
DTYPES = ("auto", "float32", "bfloat16", "float16")


def main(words: list[str]) -> int:
    """Write the merged model and say how near it is; 0 when it was written."""
    given = options(words, {"adapter": ..., "out": ..., "base": None, "dtype": None})
    adapter, out = hub.written_out(str(given["adapter"])), Path(hub.written_out(str(given["out"])))
    home = origin.of(adapter)
    if home.unfinished:
        raise InputError(f"adapter={adapter}: {home.unfinished} is not done (no done.json); finish the stage first")
    dtype = str(given["dtype"] or home.dtype)
    if dtype not in DTYPES:
        raise InputError(f"dtype={dtype}: {nearest(dtype, DTYPES)}")
    from affectreason.model import merge  # here: a mistake in the words is told at once

    done = merge.merge(adapter, out, None if given["base"] is None else str(given["base"]), dtype)
    print(f"wrote {out}: {done.base} and the adapter in one, {done.size / 1e9:.2f} GB in {done.dtype}")
    print(
        f"loaded again: all names and weights are equal, logits differ by {done.apart:.1e} ({done.allowed:.1e} allowed)"
    )
    if home.quantize is not None:
        try:
            apart = merge.over_four_bits(adapter, done.base, done.dtype, home.quantize)
        except InputError as error:  # the model is written all the same
            print(f"how far it is from the one that was trained is not known: {error}", file=sys.stderr)
            apart = None
        far = "" if apart is None else f" by up to {apart:.2g}"
        print(
            f"the adapter was trained and evaluated over weights in {home.quantize}; over whole ones, as here, logits "
            f"differ{far}: evaluate this model before you quote those scores"
        )
    asked = [word("model", str(out)), word("prompt", home.prompt), word("labels", home.labels)]
    print(f"chat: affectreason chat {' '.join(asked)}")
    return 0
