"""Samples to rows without waste: what is said of one clip stands behind it in one row, and short rows share a row.

A micro-batch of samples becomes B rows of L tokens. Samples with equal media share the tokens that their prompts begin
with, up to the first that differs; behind them stand the rest of each prompt, which is not learnt, and its answer,
which is. The losses are those of one padded row a sample.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.model import filled, parted, prefixes, row_costs, shared_flash, shared_prefix, stand_ins
from affectreason.model.collate import IGNORED, Collator, prompt_batch
from affectreason.model.laid_out import marks
from affectreason.model.shared_prefix import Group, Prefix

Place = Callable[[Any], torch.Tensor]  # where the tokens of a prompt stand: prefixes.positions of a model
_OWN = ("kept", "group", "segment")


def why_not(trainer: Any) -> str | None:
    """Why rows cannot be laid out for a trainer of TRL's; None where they can."""
    if trainer.aux_loss_enabled:
        return "its experts are balanced over tokens"
    if trainer.label_smoother is not None:
        return "train.label_smoothing_factor needs the logits of every token"
    return shared_prefix.why_not(prefixes.whole(trainer.model))


def batch(
    rows: list[dict[str, Any]],
    made: Collator,
    place: Place,
    hidden: int,
    most: int | None = None,
    share: bool = True,
    unseen: dict[str, Prefix] | None = None,
) -> dict[str, torch.Tensor]:
    """Tensors of a micro-batch for a model that `listen`s, with the labels of the answers' tokens alone, (1, N).

    The labels of quiet rows (`filled`) are -100.
    `most` is the most tokens of a row; a sample longer than that stands alone. `hidden` is the width of the model, by
    which fewer tokens are weighed against longer rows. `unseen` are prompts with media that nobody sees or hears, put
    beside those without where every process has to call the towers.
    """
    token = row_costs.ATTENTION * hidden
    samples = [Sample.model_validate_json(row["sample"]) for row in rows]
    answers = [torch.tensor(made.answer_ids(sample)) for sample in samples]
    shared: list[Prefix] = []
    groups: list[Group] = []
    behind: dict[int, torch.Tensor] = {}  # what stands behind the shared tokens, by the place of the sample
    for places in alike(samples) if share else [[one] for one in range(len(samples))]:
        asked = dict(zip(places, read([samples[one] for one in places], made, place), strict=True))
        for one, prompt in asked.items():
            made.check_length(samples[one], len(prompt.ids) + len(answers[one]))
        together = common([prompt.ids for prompt in asked.values()], marks(made.processor))
        for run in [places] if together else [[one] for one in places]:
            first = asked[run[0]]
            cut = together or len(first.ids)
            behind |= {one: torch.cat([asked[one].ids[cut:], answers[one]]) for one in run}
            groups += [
                Group(len(shared), part) for part in row_costs.parts(cut, run, [len(behind[one]) for one in run], token)
            ]
            shared.append(replace(first, ids=first.ids[:cut], positions=first.positions[..., :cut]))
    for more in stand_ins.lacking(unseen or {}, shared):
        groups, shared = [*groups, Group(len(shared), ())], [*shared, more]
    texts = [behind[one] for one in range(len(samples))]
    unlearnt = torch.tensor([len(text) - len(answer) for text, answer in zip(texts, answers, strict=True)])
    quiet = torch.tensor(filled.quiet(rows))
    return tensors(shared, texts, unlearnt, groups, most, token, made.processor, quiet)


def alike(samples: Sequence[Sample]) -> list[list[int]]:
    """The places of samples with equal media, in the order of the first of each; one without media is by itself."""
    found: dict[tuple[Media, ...] | int, list[int]] = {}
    for place, sample in enumerate(samples):
        found.setdefault(sample.media or place, []).append(place)
    return list(found.values())


def read(samples: Sequence[Sample], made: Collator, place: Place) -> list[Prefix]:
    """The prompts of samples with equal media, which are decoded and processed once."""
    dialogues = [made.asked(sample) for sample in samples]
    loaded = made.load(samples[0])
    first = prompt_batch(made.processor, dialogues[:1], [loaded], padding_side="right")
    found = [first]
    for ids in spliced(made.processor, dialogues, first["input_ids"][0]) if len(samples) > 1 else ():
        if ids is None:
            found.append(prompt_batch(made.processor, [dialogues[len(found)]], [loaded], padding_side="right"))
        else:
            found.append({**first, **_text(first, ids)})
    media = prefixes.media_tensors(first)
    return [Prefix(one["input_ids"][0], place(one), media) for one in found]


def spliced(processor: Any, dialogues: Sequence[Any], first: torch.Tensor) -> list[torch.Tensor | None]:
    """The tokens of all prompts but the first, whose media are laid out as in that one; None where that is not sure.

    A processor puts many tokens in the place of one mark and leaves what stands behind the last mark alone, and a mark
    is a token that joins with no other.
    """
    texts = [processor.apply_chat_template(one, tokenize=False, add_generation_prompt=True) for one in dialogues]
    rows, known = processor.tokenizer(texts)["input_ids"], marks(processor)
    ends = [max((at + 1 for at, token in enumerate(row) if token in known), default=0) for row in rows]
    rest = rows[0][ends[0] :]
    sure = ends[0] > 0 and first[len(first) - len(rest) :].tolist() == rest
    head = first[: len(first) - len(rest)]
    return [
        torch.cat([head, first.new_tensor(row[end:])]) if sure and row[:end] == rows[0][: ends[0]] else None
        for row, end in zip(rows[1:], ends[1:], strict=True)
    ]


def common(prompts: Sequence[torch.Tensor], media: dict[int, str]) -> int | None:
    """How many first tokens all prompts have in common, all media among them and a word last; None if there are none.

    One prompt alone is common to its end.
    """
    shortest = min(len(one) for one in prompts)
    same = torch.stack([one[:shortest] == prompts[0][:shortest] for one in prompts]).all(0)
    cut = int(same.long().cumprod(0).sum())
    behind = [token for one in prompts for token in one[max(cut - 1, 0) :].tolist()]
    return None if cut == 0 or any(token in media for token in behind) else cut


def listen(model: Any) -> None:
    """Let a model take batches of ours: who sees whom, and which hidden states are handed on to its head."""
    inner = prefixes.whole(model).base_model
    held: list[torch.Tensor | None] = []

    def before(module: Any, args: Any, known: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        kept, group, segment = (known.pop(key, None) for key in _OWN)
        held[:] = [kept]
        if group is not None:
            known |= _seen(group, segment, module)
        return args, known

    def after(module: Any, args: Any, output: Any) -> Any:
        if held and held[0] is not None:
            output.last_hidden_state = output.last_hidden_state.flatten(0, 1)[held.pop()][None]
        return output

    inner.register_forward_pre_hook(before, with_kwargs=True)
    inner.register_forward_hook(after)
    shared_flash.listen(model)


def _seen(group: torch.Tensor, segment: torch.Tensor, model: Any) -> dict[str, Any]:
    """Who sees whom, as the attention of a model is told."""
    attention = model.config.get_text_config()._attn_implementation
    if attention == shared_prefix.FLASH:
        return {"sequences": shared_flash.sequences(group, segment), "attention_mask": None}
    mask = shared_prefix.visible(group, segment)
    return {"attention_mask": shared_prefix.additive(mask, model.dtype) if attention == "eager" else mask}


def skeleton(model: Any) -> Any:
    """The model without weights, which knows where tokens stand and can be sent to the processes that make batches."""
    with torch.device("meta"), parted.whole():
        return type(model)(model.config)


def unseen(model: Any, processor: Any, samples: Sequence[Sample] = ()) -> dict[str, Prefix]:
    """Prompts with a small picture, perhaps a clip, and silence, on the CPU, where batches are made."""
    found = stand_ins.of(model, processor, every=True, apart=stand_ins.apart(model, samples))
    return {
        kind: Prefix(one.ids.cpu(), one.positions.cpu(), {key: value.cpu() for key, value in one.media.items()})
        for kind, one in found.items()
    }


def tensors(
    shared: list[Prefix],
    texts: list[torch.Tensor],
    unlearnt: torch.Tensor,
    groups: list[Group],
    most: int | None,
    token: int,
    processor: Any,
    quiet: torch.Tensor | None = None,
) -> dict[str, torch.Tensor]:
    """Rows of the groups with their media; of the `texts` behind the prefixes the first `unlearnt` are not learnt.

    Nor are the `quiet` texts, whose labels are there all the same: a batch of nothing else goes the same way.
    """
    tails = [len(text) for text in texts]
    groups = shared_prefix.split(groups, [len(one.ids) for one in shared], tails, most)
    lengths = [len(shared[one.prefix].ids) - 1 + sum(tails[place] for place in one.answers) for one in groups]
    rows = row_costs.packed(groups, lengths, most, token)
    laid = shared_prefix.lay_out(shared, texts, rows, processor.tokenizer.pad_token_id, masked=False)
    learnt = laid.step >= unlearnt[laid.answer]
    targets = laid.targets if quiet is None else laid.targets.masked_fill(quiet[laid.answer], IGNORED)
    labels = targets[learnt][None]
    found = {
        "input_ids": laid.input_ids,
        "attention_mask": (laid.group >= 0).long(),
        "position_ids": laid.position_ids,
        "kept": laid.kept[learnt],
        "labels": labels,
        "shift_labels": labels,
    }
    if any(len(row) > 1 or len(row[0].answers) > 1 for row in rows):  # else the model's own mask is right, and cheaper
        found |= {"group": laid.group, "segment": laid.segment}
    return found | _media([shared[index] for index in laid.order], processor)


def _media(order: list[Prefix], processor: Any) -> dict[str, torch.Tensor]:
    """The media of prompts in the order of the rows."""
    clips = [one.media["pixel_values_videos"] for one in order if "pixel_values_videos" in one.media]
    frames = sorted({clip.shape[1] for clip in clips if clip.ndim == 5})
    if len(frames) > 1:
        raise InputError(
            f"{type(processor).__name__} cannot hold clips of {frames} frames in one batch; lower media.max_frames to "
            f"{frames[0]}, or take batches of one"
        )
    return prefixes.media_of(order)


def _text(first: Any, ids: torch.Tensor) -> dict[str, torch.Tensor]:
    """What a processor says of the tokens of a prompt with the media of another."""
    found = {"input_ids": ids[None], "attention_mask": torch.ones_like(ids)[None]}
    if "mm_token_type_ids" in first:
        types = first["mm_token_type_ids"][0]
        marked = int(types.nonzero().max()) + 1 if types.any() else 0
        found["mm_token_type_ids"] = torch.cat([types[:marked], types.new_zeros(len(ids) - marked)])[None]
    return found
