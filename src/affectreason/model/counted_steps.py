"""What a step of a stage keeps alive, counted: a training step on its worst row, and the writing of answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch

from affectreason.model import (
    collate,
    counted,
    fitting,
    on_meta,
    prefixes,
    repeated_prompts,
    rollout,
    sft_rows,
    shared_prefix,
)
from affectreason.model.worst_row import Worst
from affectreason.recipe import prompts
from affectreason.recipe.parts import GRPO, SFT, Stage
from affectreason.recipe.schema import Recipe


@dataclass(frozen=True)
class Counts:
    """Bytes of one process without sharding, and the operations of a step.

    `most` is the most alive in forward and backward beside weights, the gradients with them, which were none before;
    `activations` the same without the gradients of parameters; `logits` the part of it that the head alone takes. Of
    the writing of answers `cache` is keys and values at the last token, `writing` the most alive beside weights,
    `asking` the operations of reading the prompts. `gathered` are the weights of the largest layer, `largest` is the
    largest tensor of weights.
    """

    weights: int
    trained: int
    gradients: int
    most: int = 0
    activations: int = 0
    logits: int = 0
    cache: int = 0
    writing: int = 0
    flops: int = 0
    asking: int = 0
    gathered: int = 0
    largest: int = 0


def weights_of(model: Any) -> Counts:
    """The bytes of a model, how many of its numbers are trained, their gradients, its largest layer and tensor."""
    held = {id(one): one for one in [*model.parameters(), *model.buffers()]}.values()
    learnt = [one for one in model.parameters() if one.requires_grad]
    layers = [module for module in model.modules() if isinstance(module, torch.nn.ModuleList) for module in module]
    return Counts(
        weights=sum(one.numel() * one.element_size() for one in held),
        trained=sum(one.numel() for one in learnt),
        gradients=sum(one.numel() * one.element_size() for one in learnt),
        gathered=max((sum(p.numel() * p.element_size() for p in one.parameters()) for one in layers), default=0),
        largest=max((one.numel() * one.element_size() for one in model.parameters()), default=0),
    )


def step(
    recipe: Recipe, stage: Stage, model: Any, processor: Any, row: Worst, *, device: str, half: bool,
    checkpointing: bool, batch: int, group: int, answer: int,
) -> Counts:  # fmt: skip
    """A forward and backward pass over a micro-batch of the row.

    `batch` answers of `answer` tokens (of SFT, samples), `group` to a prompt. With `half` functions run as autocast
    runs them.
    """
    _recompute(model, checkpointing)
    whole = prefixes.whole(model)
    with _counting(model, device, torch.bfloat16 if half else None) as seen:
        given, kept = _batch(recipe, stage, model, processor, row, batch, group, answer, device)
        heads: list[int] = []

        def behind(*_: Any) -> None:
            heads.append(seen.alive.now)
            seen.alive.since = seen.alive.now

        hook = whole.base_model.register_forward_hook(behind)
        out = model(**given, fused_lm_head=True)
        hook.remove()
        head = seen.alive.since - heads[-1]
        (out.log_probs.sum() if out.loss is None else out.loss).backward()
        del out, given, kept
    model.zero_grad(set_to_none=True)
    alive = seen.alive
    return replace(
        weights_of(model), most=alive.most, activations=alive.most_without_gradients, logits=head, flops=seen.flops
    )


def sensing(
    recipe: Recipe, stage: Stage, model: Any, processor: Any, row: Worst, *, device: str, half: bool, batch: int
) -> Counts:
    """A forward and backward pass of the towers and projectors over the media of a batch of rows, as a warm-up has it.

    What no gradient reaches is no longer said to be trained.
    """
    whole = prefixes.whole(model)
    with _counting(model, device, torch.bfloat16 if half else None) as seen:
        media = prefixes.media_of([prompt(recipe, stage, model, processor, row)] * batch)
        found = [
            getattr(whole.base_model, f"get_{modality}_features")(**given, return_dict=True).pooler_output
            for modality, given in prefixes.by_modality(model, media).items()
        ]
        if prefixes.SOUND[0] in media:
            heard = whole.base_model.get_audio_features(**{key: media[key] for key in prefixes.SOUND})
            found.append(getattr(heard, "last_hidden_state", heard))
        each = [one for those in found for one in (those if isinstance(those, (tuple, list)) else [those])]
        torch.stack([one.float().mean() for one in each]).sum().backward()
        del media, found, each
    for one in model.parameters():
        one.requires_grad_(one.grad is not None)
    model.zero_grad(set_to_none=True)
    alive = seen.alive
    return replace(weights_of(model), most=alive.most, activations=alive.most_without_gradients, flops=seen.flops)


def writing(
    recipe: Recipe, stage: Stage, model: Any, processor: Any, row: Worst, *, device: str, answers: int, group: int,
    length: int,
) -> Counts:  # fmt: skip
    """The writing of `answers` answers, `group` to a prompt, at the last token: prompts read, cache grown, one step."""
    _recompute(model, False)
    whole, cache_bytes = prefixes.whole(model), 0

    def last(input_ids: torch.Tensor, attention_mask: torch.Tensor, past_key_values: Any, **_: Any) -> torch.Tensor:
        nonlocal cache_bytes
        _grow(past_key_values, length - 1)
        cache_bytes = sum(one.untyped_storage().nbytes() for one in _kept(past_key_values))
        mask = torch.ones(len(input_ids), input_ids.shape[1] + length - 1, dtype=torch.long)
        out = model(
            input_ids=input_ids[:, -1:], attention_mask=mask, past_key_values=past_key_values, use_cache=True,
            logits_to_keep=1, position_ids=_last_position(whole, mask),
        )  # fmt: skip
        # As transformers draws a token: numbers in full precision, what is kept of them, their shares.
        logits = out.logits[:, -1].float()
        logits.clone().softmax(-1)
        return input_ids

    with torch.no_grad(), _counting(model, device, None) as seen:
        asked = [prompt(recipe, stage, model, processor, row)] * max(1, answers // group)
        of = torch.arange(len(asked)).repeat_interleave(min(group, answers))
        had, model.generate = model.generate, last
        try:
            rollout.answers(model, asked, of, 0)
        finally:
            model.generate = had
    return replace(weights_of(model), cache=cache_bytes, writing=seen.alive.most, asking=seen.flops)


def prompt(recipe: Recipe, stage: Stage, model: Any, processor: Any, row: Worst) -> Any:
    """The prompt of a row, its media as shapes; encoded once where the tower is frozen, as GRPO does."""
    made = fitting.collator(recipe, stage, processor)
    loaded = made.load(row.sample)
    dialogue = made.asked(row.sample) if isinstance(stage, SFT) else prompts.messages(row.sample, made.prompt)
    batch = collate.prompt_batch(processor, [dialogue], [loaded], padding_side="left")
    inner = prefixes.whole(model)
    media = {key: _shape(value, inner.dtype) for key, value in prefixes.media_tensors(batch).items()}
    types = batch.get("mm_token_type_ids")
    found = shared_prefix.Prefix(
        batch["input_ids"][0], prefixes.positions(inner, batch), media, None if types is None else types[0]
    )
    return prefixes.encode(model, found) if isinstance(stage, GRPO) and prefixes.sees_frozen(model) else found


def _batch(
    recipe: Recipe,
    stage: Stage,
    model: Any,
    processor: Any,
    row: Worst,
    batch: int,
    group: int,
    answer: int,
    device: str,
) -> tuple[dict[str, Any], Any]:
    """What the model is given for a micro-batch, and the prompt that it was made of."""
    asked = prompt(recipe, stage, model, processor, row)
    whole = prefixes.whole(model)
    shares = shared_prefix.why_not(whole) is None
    attention = on_meta.attention_used(recipe.attn_implementation, device)
    maskless = attention not in shared_prefix.DENSE
    if isinstance(stage, GRPO):
        texts = [torch.zeros(answer, dtype=torch.long)] * batch
        count = max(1, batch // group)
        of = torch.arange(count).repeat_interleave(-(-batch // count))[:batch].tolist()
        if not (shares and stage.share_prompt):
            return _repeated(asked, texts) | prefixes.media_of([asked] * batch), asked
        groups = shared_prefix.grouped(of)
        groups = shared_prefix.split(groups, [len(asked.ids)] * count, [answer] * batch, stage.row_tokens)
        lengths = [len(asked.ids) - 1 + answer * len(one.answers) for one in groups]
        rows = shared_prefix.pack(groups, lengths, stage.row_tokens)
        laid = shared_prefix.lay_out([asked] * count, texts, rows, 0, masked=not maskless)
        mask = None if maskless else shared_prefix.attended(laid, attention, whole.dtype)
        given = {"input_ids": laid.input_ids, "position_ids": laid.position_ids, "attention_mask": mask}
        given |= {"kept": laid.kept, "shift_labels": laid.targets[None]}
        return given | prefixes.media_of([asked for _ in laid.order]), asked
    assert isinstance(stage, SFT)
    made = fitting.collator(recipe, stage, processor)
    text = torch.tensor(made.answer_ids(row.sample))
    if not shares or attention == shared_prefix.FLEX:  # SFT gives FlexAttention no mask of its own
        padded = made([{"sample": row.sample.to_json()}] * batch)
        return {key: _shape(value, whole.dtype) for key, value in padded.items()}, asked
    groups = [shared_prefix.Group(place, (place,)) for place in range(batch)]
    token = sft_rows.row_costs.ATTENTION * whole.config.get_text_config().hidden_size
    none = torch.zeros(batch, dtype=torch.long)
    rows_of: dict[str, Any] = sft_rows.tensors(
        [asked] * batch, [text] * batch, none, groups, stage.row_tokens, token, processor
    )
    if maskless:
        rows_of = {key: value for key, value in rows_of.items() if key not in ("group", "segment", "attention_mask")}
    return rows_of, asked


def _repeated(asked: Any, texts: list[torch.Tensor]) -> dict[str, Any]:
    """Every answer behind its own prompt."""
    ids = torch.stack([torch.cat([asked.ids, text]) for text in texts])
    return repeated_prompts.lay_out([asked] * len(texts), ids, torch.ones_like(ids), len(texts[0]))


@contextmanager
def _counting(model: Any, device: str, half: torch.dtype | None) -> Iterator[counted.Counting]:
    """The modes in which a model is counted."""
    counting = counted.Counting([*model.parameters(), *model.buffers()])
    counting.gradients_of(model)
    try:
        with counted.as_on(device, half), counting:
            yield counting
    finally:
        counting.forget()


def _recompute(model: Any, wanted: bool) -> None:
    """Gradient checkpointing on or off, as the trainers set it."""
    if not wanted:
        prefixes.whole(model).activation_checkpointing_disable()
        return
    prefixes.whole(model).activation_checkpointing_enable({"use_reentrant": False})
    if hasattr(model, "peft_config"):
        model.enable_input_require_grads()


def _shape(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return tensor.to("meta", dtype) if tensor.is_floating_point() else tensor


def _kept(cache: Any) -> list[torch.Tensor]:
    """The keys and values of a cache."""
    found = [getattr(layer, name, None) for layer in cache.layers for name in ("keys", "values")]
    return [one for one in found if isinstance(one, torch.Tensor)]


def _grow(cache: Any, more: int) -> None:
    """Let a cache hold so many tokens more."""
    for layer in cache.layers:
        for name in ("keys", "values"):
            one = getattr(layer, name, None)
            if isinstance(one, torch.Tensor):
                shape = (*one.shape[:-2], one.shape[-2] + more, one.shape[-1])
                setattr(layer, name, one.new_empty(shape))


def _last_position(model: Any, mask: torch.Tensor) -> torch.Tensor:
    """Where the last token stands: (B, 1), of M-RoPE (3, B, 1)."""
    place = mask.sum(1, keepdim=True) - 1
    return place.expand(3, -1, -1) if hasattr(model.base_model, "rope_deltas") else place
