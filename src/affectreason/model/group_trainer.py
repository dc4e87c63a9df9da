"""TRL's GRPOTrainer, with each prompt computed once for its group, and with clips.

What is overridden is how a batch is asked and how its log-probabilities are computed; the losses, advantages, rewards,
entropy and logs are TRL's own. TRL repeats a prompt and its pictures for each answer, and leaves clips out of the
log-probabilities; its shuffle scatters a group over micro-batches, here groups are shuffled.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
from trl import GRPOTrainer
from trl.models import unwrap_model_for_generation
from trl.trainer.utils import split_tensor_dict

from affectreason.affect.sample import Sample
from affectreason.model import (
    prefixes,
    repeated_prompts,
    rollout,
    rounding,
    shared_flash,
    shared_prefix,
    stand_ins,
    vision_cache,
)
from affectreason.model.collate import Loaded
from affectreason.model.shared_prefix import Group, Prefix
from affectreason.model.vision_cache import Cache

Scores = tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]


class GroupTrainer(GRPOTrainer):
    """GRPO on rows of `prompt` (messages with slots for media) and `sample` (JSON), whose media `load_media` opens.

    `row_tokens` is the most tokens of one row: groups are packed up to it, and larger ones cut, exactly. Models that
    cannot share a prompt (`shared_prefix.why_not`), and `share=False`, have it repeated; one line says so.
    """

    def __init__(
        self,
        *args: Any,
        load_media: Callable[[Sample], Loaded],
        row_tokens: int | None = None,
        share: bool = True,
        cache: Cache | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.args: Any  # TRL's GRPOConfig, which the parent class types as its own parent's
        self._buffered_inputs: Any
        self.load_media, self.row_tokens, self.cache = load_media, row_tokens, cache
        self._asked: list[Prefix] = []
        self._held: dict[bool, list[Prefix]] = {}
        self._pictures: list[list[Any]] = []
        self._prompt_of = torch.empty(0, dtype=torch.long)
        self._unseen: dict[str, Prefix] | None = None
        self._cut_was_said = False
        self._kept: torch.Tensor | None = None
        whole = prefixes.whole(self.model)
        for one in (whole, self.ref_model):
            if one is not None:
                self.accelerator.unwrap_model(one).base_model.register_forward_hook(self._keep)
                shared_flash.listen(self.accelerator.unwrap_model(one))
        reason = shared_prefix.why_not(whole, blocked=True) if share else None
        reason = reason or ("its experts are balanced over tokens" if self.aux_loss_enabled else None)
        self.shared = share and reason is None
        if reason is not None and self.accelerator.is_main_process:
            print(f"shared prompts: off, {reason}; every answer repeats its prompt", file=sys.stderr)

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        """Read each prompt once, then do as TRL does; `group` tells of each answer which prompt is its own."""
        model, told = self.accelerator.unwrap_model(self.model), [row["sample"] for row in inputs]
        first = [place for place, text in enumerate(told) if place == 0 or text != told[place - 1]]
        counts = torch.tensor([b - a for a, b in zip(first, [*first[1:], len(told)], strict=True)])
        self._prompt_of = torch.arange(len(first)).repeat_interleave(counts)
        loaded = [self.load_media(Sample.model_validate_json(told[place])) for place in first]
        asked = [
            prefixes.make(model, self.processing_class, inputs[place]["prompt"], one)
            for place, one in zip(first, loaded, strict=True)
        ]
        if prefixes.sees_frozen(model) and not self._parameters_are_parted():
            with self.accelerator.autocast():
                asked = [vision_cache.encoded(model, one, self.cache) for one in asked]
        # An evaluation in between must not take the place of prompts whose answers are still to be learned from.
        self._asked = self._held[bool(model.training)] = asked
        self._pictures = [one.images for one in loaded]
        found = super()._generate_and_score_completions(inputs)
        return {**found, "group": self._prompt_of.clone()}

    def _tokenize_prompts(self, prompts: list[Any]) -> tuple[list[list[int]], None, dict[str, Any]]:
        """The tokens of the prompts that were read; TRL is given no pictures, for it would encode each answer's own."""
        return [self._asked[index].ids.tolist() for index in self._prompt_of], None, {}

    def _generate_single_turn(
        self, prompt_ids: Any, images: Any, multimodal_fields: Any, num_generations: Any, has_tool_images: Any = False
    ) -> tuple[list[list[int]], Any]:
        """Write the answers behind prompts that are read once; vLLM is asked as TRL asks it."""
        if self.use_vllm:
            seen = [self._pictures[index] or None for index in self._prompt_of]
            return super()._generate_single_turn(
                prompt_ids, seen if any(seen) else None, multimodal_fields, num_generations, has_tool_images
            )
        with (
            unwrap_model_for_generation(
                self.model_wrapped,
                self.accelerator,
                gather_deepspeed3_params=self.args.ds3_gather_for_generation,
                generation_kwargs=self.generation_kwargs,
                gradient_checkpointing_kwargs=self.args.gradient_checkpointing_kwargs,
            ) as model,
            torch.no_grad(),
            self._dist.summon_full_params(self.model_wrapped, recurse=False),
            rounding.writing(self),
        ):
            of = self._prompt_of.to(self.accelerator.device)
            ids = rollout.answers(
                model, self._asked, of, self._tokenizer.pad_token_id, generation_config=self.generation_config
            )
        ends = torch.tensor(self.eos_token_ids, device=ids.device)
        return [until(row, ends) for row in ids], None

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        """As TRL, but what is shuffled before it is cut into micro-batches is groups."""
        if self.model is None or not self.model.training:
            return super()._prepare_inputs(generation_batch)
        every = self.args.steps_per_generation * self.num_iterations
        if self._step % every == 0 or self._buffered_inputs is None:
            batch = self._generate_and_score_completions(generation_batch)
            order = by_group(torch.randperm(len(batch["group"])), batch["group"])
            held = {key: value[order.to(value.device)] if value.ndim else value for key, value in batch.items()}
            self._buffered_inputs = split_tensor_dict(held, self.args.steps_per_generation)
        return self._buffered_inputs[self._step % self.args.steps_per_generation]

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        """TRL's loss; its log-probabilities are of the prompts that this micro-batch has."""
        self._prompt_of, self._asked = inputs["group"], self._held[bool(model.training)]
        return super()._compute_loss(model, inputs)

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        compute_aux_loss: bool = False,
        **_: Any,
    ) -> Scores:
        """Log-probabilities and entropies (B, R) of the answers, 0 where there is no token; by `batch_size` answers."""
        step = batch_size or len(input_ids)
        parts = []
        for start in range(0, len(input_ids), step):
            chunk = slice(start, start + step)
            of = self._prompt_of[chunk].tolist()
            ids, mask = input_ids[chunk], attention_mask[chunk]
            score = self._shared if self.shared else self._repeated
            parts.append(score(model, ids, mask, of, logits_to_keep, compute_aux_loss))
        logps, entropy, aux = zip(*parts, strict=True)
        return (
            torch.cat(logps),
            torch.cat(entropy) if compute_entropy else None,
            torch.stack(aux).mean() if compute_aux_loss else None,
        )

    def _shared(
        self, model: Any, ids: torch.Tensor, mask: torch.Tensor, of: Sequence[int], longest: int, _: bool
    ) -> Scores:
        """The answers of each group in one row behind their prompt."""
        texts = [row[seen.bool()] for row, seen in zip(ids[:, -longest:], mask[:, -longest:], strict=True)]
        shape = (len(ids), longest)
        if not any(len(text) for text in texts):  # nothing to score, but every rank has to call the model
            texts = [ids[0, -1:], *texts[1:]]
        asked = self._asked
        whole = shared_prefix.grouped(of)
        groups = shared_prefix.split(whole, [len(one.ids) for one in asked], [len(t) for t in texts], self.row_tokens)
        self._say_cut(len(groups) - len(whole))
        lengths = [len(asked[g.prefix].ids) - 1 + sum(len(texts[place]) for place in g.answers) for g in groups]
        rows = shared_prefix.pack(groups, lengths, self.row_tokens)
        for one in self._stand_ins(of):
            asked, rows[0] = [*asked, one], [*rows[0], Group(len(asked), ())]
        inner = prefixes.whole(self.model)
        attention = inner.config.get_text_config()._attn_implementation
        pad = self._tokenizer.pad_token_id
        laid = shared_prefix.lay_out(asked, texts, rows, pad, masked=attention in shared_prefix.DENSE)
        flash = attention == shared_prefix.FLASH
        self._kept = laid.kept
        try:
            with self.accelerator.autocast():
                found = model(
                    input_ids=laid.input_ids,
                    position_ids=laid.position_ids,
                    attention_mask=shared_prefix.attended(laid, attention, inner.dtype),
                    **({"sequences": shared_flash.sequences(laid.group, laid.segment)} if flash else {}),
                    shift_labels=laid.targets[None],
                    fused_lm_head=True,
                    **prefixes.media_of([asked[index] for index in laid.order]),
                )
        finally:
            self._kept = None
        at = (laid.answer, laid.step)
        zeros = found.log_probs.new_zeros(shape)
        entropy = None if found.entropy is None else zeros.index_put(at, found.entropy[0])
        return zeros.index_put(at, found.log_probs[0]), entropy, None

    def _repeated(
        self, model: Any, ids: torch.Tensor, mask: torch.Tensor, of: Sequence[int], longest: int, aux: bool
    ) -> Scores:
        """Every answer behind its own copy of the prompt, clips included."""
        asked = [self._asked[index] for index in of]
        for one in self._stand_ins(of):
            asked, (ids, mask) = [*asked, one], repeated_prompts.behind(ids, mask, one, longest)
        given = repeated_prompts.lay_out(asked, ids, mask, longest)
        if aux:
            given["output_router_logits"] = True
        with self.accelerator.autocast():
            found = model(**given, fused_lm_head=True, **prefixes.media_of(asked))
        here = (slice(len(of)), slice(-longest, None))
        entropy = None if found.entropy is None else found.entropy[here]
        return found.log_probs[here], entropy, found.aux_loss if aux else None

    def _stand_ins(self, of: Sequence[int]) -> list[Prefix]:
        """Media that nobody sees or hears, where a tower learns that these prompts do not call."""
        parted = self._parameters_are_parted()
        if self.accelerator.num_processes == 1 or not (torch.is_grad_enabled() or parted):
            return []
        if self._unseen is None:
            model = self.accelerator.unwrap_model(self.model)
            rows: Any = self.train_dataset
            told = rows.with_format(None)["sample"] if parted else ()
            apart = parted and stand_ins.apart(model, map(Sample.model_validate_json, told))
            self._unseen = stand_ins.of(model, self.processing_class, every=parted, apart=apart)
        return stand_ins.lacking(self._unseen, [self._asked[index] for index in of])

    def _say_cut(self, more: int) -> None:
        """Say once that groups do not fit in a row."""
        if more and not self._cut_was_said and self.accelerator.is_main_process:
            print(
                f"row_tokens: {self.row_tokens} is less than some groups have; they are cut into parts that each "
                "repeat the prompt, with the same numbers and more time",
                file=sys.stderr,
            )
        self._cut_was_said = self._cut_was_said or more > 0

    def _keep(self, module: Any, args: Any, output: Any) -> Any:
        """Hand on only the hidden states at which an answer's token is predicted."""
        if self._kept is not None:
            output.last_hidden_state = output.last_hidden_state.flatten(0, 1)[self._kept][None]
        return output

    def _parameters_are_parted(self) -> bool:
        """Whether each process holds only a part of each parameter, so that parts of the model cannot be called."""
        return self.is_fsdp_enabled or (
            self.is_deepspeed_enabled and self.accelerator.state.deepspeed_plugin.zero_stage == 3
        )


def until(row: torch.Tensor, ends: torch.Tensor) -> list[int]:
    """The tokens of an answer (R,) up to the first that ends it, that one with them."""
    over = torch.isin(row, ends).nonzero()
    return row[: int(over[0]) + 1].tolist() if len(over) else row.tolist()


def by_group(order: torch.Tensor, group: torch.Tensor) -> torch.Tensor:
    """Places (B,) in which groups come in the order of their first place in `order`, each group together.

    A permutation of all answers is drawn, as TRL does, so that what is drawn after it stays the same.
    """
    first = {int(name): place for place, name in reversed(list(enumerate(group[order].tolist())))}
    return torch.tensor(sorted(range(len(group)), key=lambda place: (first[int(group[place])], place)))
