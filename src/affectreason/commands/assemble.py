"""`affectreason assemble`: encoders and a language model become one model with pre-fusion, ready to be trained."""

from typing import Any

from affectreason.errors import InputError, nearest
from affectreason.recipe.words import pairs, switch

HELP = """affectreason assemble vision=CLIP audio=HUBERT language=LLM out=FOLDER [features=clip] [branch=attention]
  joins encoders and a language model to one that is given pictures, clips and sound (AffectGPT); name FOLDER as model
  vision     a folder or hub id: CLIP, SigLIP, DINOv2 or another vision transformer
  audio      HuBERT, WavLM, wav2vec 2.0 or Whisper
  language   a causal language model that talks, such as Qwen/Qwen2.5-7B-Instruct
  pickled    parts that are published as pickles alone (.bin), pickled=audio: their tensors are read, no code is run
  features   clip: one vector a frame; patch: those of all patches, with the number of the frame
  branch     how a medium becomes tokens: attention (weighted sum), qformer or mean
  fusion     how all media of a message become tokens of their own: attention, qformer or none
  projector  plain, or experts: a general and an emotion expert mixed by a gate
  query_tokens=1 fused_tokens=1  tokens of each medium, and of all together
  frames=8 pieces=8 piece_seconds=2.0  of a clip and of a sound; fill=false takes short ones as they are
  vision_layer=-2 audio_layers=4  the layer that patches are of, and how many last layers of sound are averaged
  fusion_width=1024 qformer_width=768 qformer_layers=2 qformer_heads=12 gate_width=512 gate_heads=8"""
NEEDED = ("vision", "audio", "language", "out")
MORE = ("fill", "pickled")


def main(words: list[str]) -> int:
    """Write the model and say what it has; 0 when it was written."""
    given = pairs(words)
    from affectreason.model.prefusion_config import OPTIONS

    for key in given:
        if key not in (*NEEDED, *OPTIONS, *MORE):
            raise InputError(f"unknown key {key!r}; {nearest(key, (*NEEDED, *OPTIONS, *MORE))}")
    missing = [key for key in NEEDED if given.get(key) is None]
    if missing:
        raise InputError("missing " + ", ".join(f"{key}=" for key in missing))
    switch("fill", given.get("fill", True))
    from affectreason.model.prefusion_assemble import assemble

    parts: dict[str, Any] = {key: str(given.pop(key)) for key in NEEDED}
    print(_told(assemble(**parts, **given), parts["out"]))
    return 0


def _told(model: Any, out: str) -> str:
    """Where the model is, how large its parts are, and what a clip and a sound cost of its context."""
    from affectreason.model.load import part_of

    sizes: dict[str, int] = {}
    for name, one in model.named_parameters():
        part = part_of(name) or "other"
        sizes[part] = sizes.get(part, 0) + one.numel()
    config = model.config
    fused = 0 if config.fusion == "none" else config.fused_tokens
    lines = [f"wrote {out}"]
    lines += [f"  {part:<10} {size / 1e6:10.1f} M parameters" for part, size in sizes.items()]
    lines += [f"  tokens     {config.query_tokens} a picture, clip or sound, and {fused} for all of a message"]
    lines += [f"train it with model={out} freeze=[vision,audio]: the projector is random until then"]
    return "\n".join(lines)
