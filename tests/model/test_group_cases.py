"""The hard cases of training on groups: each is equal to TRL's own trainer, or to prompts repeated."""

import math

import pytest
import torch
from peft import LoraConfig
from tests.conftest import KINDS
from tests.model.test_group_trainer import TEXT, make, rewarded, same, trained
from trl import GRPOTrainer

from affectreason.affect.sample import Sample
from affectreason.model import rollout, stand_ins
from affectreason.model.generate import placeholders
from affectreason.model.group_trainer import GroupTrainer

FROZEN = ["vision", "projector"]


def lora():
    target = r".*language_model.*\.(q|v)_proj"
    return LoraConfig(r=4, task_type="CAUSAL_LM", target_modules=target, init_lora_weights=False)


def two(pictures, one, other):
    """A sample with two pictures."""
    media = (*pictures[one].media, *pictures[other].media)
    return pictures[one].model_copy(update={"id": f"{one} and {other}", "media": media})


def against_trl(source, samples, folder, **how):
    ours = trained(make(GroupTrainer, source, samples, folder / "a", **how))
    same(ours, trained(make(GRPOTrainer, source, samples, folder / "b", **how)))
    return ours


def test_a_group_too_large_for_a_row_is_cut_and_said_once(qwen, pictures, tmp_path, capsys):
    how = {"per_device_train_batch_size": 8, "freeze": FROZEN}
    whole = trained(make(GroupTrainer, qwen, pictures[:4], tmp_path / "a", **how))
    assert "row_tokens" not in capsys.readouterr().err
    cut = trained(make(GroupTrainer, qwen, pictures[:4], tmp_path / "b", row_tokens=60, **how))
    assert capsys.readouterr().err.count("row_tokens: 60 is less than some groups have; they are cut into parts") == 1
    same(cut, whole)


def test_an_answer_that_is_only_an_end(qwen, pictures, tmp_path, monkeypatch):
    """Answers of one token, beside longer ones."""

    def ended(model, asked, of, pad, generation_config):
        ends = torch.as_tensor(generation_config.eos_token_id).flatten()[0]
        found = torch.full((len(of), 3), 300)
        found[:, 1] = 301 + torch.arange(len(of))
        found[::2, 0] = found[1::2, 2] = ends
        return found

    monkeypatch.setattr(rollout, "answers", ended)
    shared = make(GroupTrainer, qwen, pictures[:4], tmp_path / "a")
    found = trained(shared)
    assert {row["completions/min_length"] for row in shared.state.log_history if "entropy" in row} == {1.0}
    same(found, trained(make(GroupTrainer, qwen, pictures[:4], tmp_path / "b", share=False)))


@pytest.mark.parametrize("loss", ["dapo", "grpo", "bnpo", "cispo"])
def test_a_step_whose_every_answer_is_cut_off_moves_nothing(loss, qwen, pictures, tmp_path):
    how = {"mask_truncated_completions": True, "max_completion_length": 1, "loss_type": loss, "beta": 0.1}
    made = make(GroupTrainer, qwen, pictures[:4], tmp_path, **how)
    before = {name: one.detach().clone() for name, one in made.model.named_parameters()}
    logged, after = trained(made)
    assert [row[0] for row in logged] == [0.0] * 3
    for name, one in after.items():
        assert torch.equal(one, before[name]), name
    assert {row["completions/clipped_ratio"] for row in made.state.log_history if "entropy" in row} == {1.0}


def test_an_all_zero_micro_batch_has_a_gradient_of_zero(qwen, pictures, tmp_path):
    made = make(GroupTrainer, qwen, pictures[:1], tmp_path)
    batch = made._generate_and_score_completions([made.train_dataset[0]] * 4)
    batch["completion_mask"] = torch.zeros_like(batch["completion_mask"])
    made.current_gradient_accumulation_steps = 1
    loss = made._compute_loss(made.model, batch)
    assert loss.item() == 0.0
    loss.backward()
    grads = [one.grad for one in made.model.parameters() if one.grad is not None]
    assert grads
    assert all((one == 0).all() for one in grads)


def test_rewards_that_are_all_none_move_nothing(qwen, pictures, tmp_path):
    made = make(
        GroupTrainer, qwen, pictures[:4], tmp_path, reward=lambda completion_ids, **_: [None] * len(completion_ids)
    )
    before = {name: one.detach().clone() for name, one in made.model.named_parameters()}
    logged, after = trained(made)
    assert [row[0] for row in logged] == [0.0] * 3
    assert all(row[2] is None for row in logged)  # there is no reward, which is not a reward of 0
    assert all(torch.equal(one, before[name]) for name, one in after.items())


def test_a_group_whose_answers_score_alike_teaches_nothing(qwen, pictures, tmp_path):
    dead = pictures[0].id

    def reward(completion_ids, sample, **_):
        varied = rewarded(completion_ids)
        names = [Sample.model_validate_json(text).id for text in sample]
        return [0.5 if name == dead else value for name, value in zip(names, varied, strict=True)]

    ours = make(GroupTrainer, qwen, pictures[:2], tmp_path / "a", reward=reward)
    found = trained(ours)
    shares = [row["frac_reward_zero_std"] for row in ours.state.log_history if "entropy" in row]
    assert max(shares) >= 0.5
    same(found, trained(make(GRPOTrainer, qwen, pictures[:2], tmp_path / "b", reward=reward)))


def test_answers_never_hold_a_placeholder(qwen, pictures, tmp_path):
    made = make(GroupTrainer, qwen, pictures[:1], tmp_path, max_completion_length=4)
    never = placeholders(made.model)
    head = made.model.get_output_embeddings()
    made.model.get_input_embeddings()  # tied: the bias is put on the head alone
    head.bias = torch.nn.Parameter(torch.zeros(head.weight.shape[0]))
    with torch.no_grad():
        head.bias[never] = 100.0
    batch = made._generate_and_score_completions([made.train_dataset[0]] * 4)
    assert not torch.isin(batch["completion_ids"], torch.tensor(never)).any()
    made.generation_config.suppress_tokens = None
    rows = made._generate_and_score_completions([made.train_dataset[0]] * 4)
    assert torch.isin(rows["completion_ids"], torch.tensor(never)).all()


@pytest.mark.parametrize("kind", [KINDS[0], *(pytest.param(k, marks=pytest.mark.slow) for k in KINDS[1:])])
def test_several_pictures_in_a_prompt(kind, models, pictures, tmp_path):
    samples = [two(pictures, 0, 3), two(pictures, 4, 6)]
    how = {"freeze": FROZEN} if kind in ("llava", "qwen2_5_vl") else {}
    if kind not in ("llava_onevision", "affectgpt"):  # TRL does not tell them whose each picture is, an error there
        against_trl(models[kind], samples, tmp_path, **how)
        return
    ours = trained(make(GroupTrainer, models[kind], samples, tmp_path / "a", **how))
    same(ours, trained(make(GroupTrainer, models[kind], samples, tmp_path / "b", share=False, **how)))


@pytest.mark.parametrize("freeze", [[], FROZEN], ids=["tower learns", "tower frozen"])
@pytest.mark.parametrize("kind", ["qwen3_vl", pytest.param("llava_onevision", marks=pytest.mark.slow)])
def test_one_and_two_pictures_words_and_clips_in_a_batch(kind, freeze, models, drawn, tmp_path):
    samples = [two(drawn["pictures"], 0, 3), drawn["pictures"][4], TEXT, drawn["clips"][0]]
    how = {"freeze": freeze, "per_device_train_batch_size": 8}
    shared = trained(make(GroupTrainer, models[kind], samples, tmp_path / "a", **how))
    same(shared, trained(make(GroupTrainer, models[kind], samples, tmp_path / "b", share=False, **how)))


@pytest.mark.parametrize(
    "how",
    [
        {"peft_config": lora, "beta": 0.1},
        {"peft_config": lora, "freeze": FROZEN, "gradient_checkpointing": True},
        {"gradient_checkpointing": True},
        {"gradient_checkpointing": True, "gradient_checkpointing_kwargs": {"use_reentrant": True}},
        {"gradient_checkpointing": True, "beta": 0.1, "freeze": FROZEN},
        {"gradient_accumulation_steps": 1, "steps_per_generation": 2, "num_iterations": 2},
        {"gradient_accumulation_steps": 1, "steps_per_generation": 2, "num_iterations": 2, "freeze": FROZEN},
        {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4, "loss_type": "dapo", "num_iterations": 2},
    ],
    ids=lambda how: str({key: "lora" if value is lora else value for key, value in how.items()}),
)
def test_every_way_to_train_is_trls(how, qwen, pictures, tmp_path):
    parts = {key: value() if callable(value) else value for key, value in how.items()}
    if parts.get("per_device_train_batch_size", 4) < 4 or "steps_per_generation" in parts:
        # our micro-batches hold other answers than TRL's, which scatters a group: prompts repeated are the measure
        ours = trained(make(GroupTrainer, qwen, pictures[:4], tmp_path / "a", **parts))
        same(ours, trained(make(GroupTrainer, qwen, pictures[:4], tmp_path / "b", share=False, **parts)))
        return
    torch.manual_seed(0)  # of the adapter
    ours = trained(make(GroupTrainer, qwen, pictures[:4], tmp_path / "a", **parts))
    torch.manual_seed(0)
    same(ours, trained(make(GRPOTrainer, qwen, pictures[:4], tmp_path / "b", **parts)))


def test_the_reference_of_an_adapter_is_the_model_without_it(qwen, pictures, tmp_path):
    made = make(GroupTrainer, qwen, pictures[:1], tmp_path, peft_config=lora(), beta=0.1)
    batch = made._generate_and_score_completions([made.train_dataset[0]] * 4)
    ids, mask = (torch.cat([batch[f"prompt_{k}"], batch[f"completion_{k}"]], 1) for k in ("ids", "mask"))
    size = batch["completion_ids"].shape[1]
    with torch.no_grad():
        policy = made._get_per_token_logps_and_entropies(made.model, ids, mask, size)[0]
        with made.model.disable_adapter():
            base = made._get_per_token_logps_and_entropies(made.model, ids, mask, size)[0]
    torch.testing.assert_close(batch["ref_per_token_logps"], base, atol=1e-6, rtol=0)
    assert (policy - base).abs().max() > 1e-3


@pytest.mark.parametrize("freeze", [[], FROZEN], ids=["tower learns", "tower frozen"])
def test_an_evaluation_in_between_changes_nothing(freeze, qwen, drawn, tmp_path):
    """Two steps of one generation with an evaluation of other prompts between them."""
    how = {"gradient_accumulation_steps": 1, "steps_per_generation": 2, "num_iterations": 2, "freeze": freeze}
    asked = {"eval_strategy": "steps", "eval_steps": 1, "per_device_eval_batch_size": 6, "num_generations_eval": 2}
    samples, rest = drawn["pictures"][:4], [drawn["clips"][0], TEXT, drawn["pictures"][6]]
    plain = trained(make(GroupTrainer, qwen, samples, tmp_path / "a", **how))
    between = make(GroupTrainer, qwen, samples, tmp_path / "b", **how, **asked, eval=rest)
    draw = torch.get_rng_state

    def evaluated(*args, **kwargs):
        kept = draw()
        found = GroupTrainer.evaluate(between, *args, **kwargs)
        torch.set_rng_state(kept)  # what evaluation draws is not the question here
        return found

    between.evaluate = evaluated
    same(trained(between), plain)
    rows = [row for row in between.state.log_history if "eval_reward" in row]
    assert len(rows) == 3
    assert all(math.isfinite(row["eval_loss"]) for row in rows)


def test_a_frozen_tower_is_one_that_learns_at_no_rate(qwen, drawn, tmp_path):
    how = {"max_grad_norm": 0.0, "per_device_train_batch_size": 8, "gradient_accumulation_steps": 1}
    samples = [drawn["pictures"][0], drawn["clips"][0], TEXT, drawn["pictures"][4]]
    frozen = trained(make(GroupTrainer, qwen, samples, tmp_path / "a", freeze=FROZEN, slow=True, **how))
    same(frozen, trained(make(GroupTrainer, qwen, samples, tmp_path / "b", slow=True, **how)))


@pytest.mark.parametrize("kind", ["qwen3_vl", pytest.param("llava_onevision", marks=pytest.mark.slow)])
def test_cached_is_as_uncached(kind, models, drawn, tmp_path):
    samples = [drawn["pictures"][0], drawn["clips"][0], TEXT, drawn["pictures"][4]]
    how = {"freeze": FROZEN, "max_steps": 3, "per_device_train_batch_size": 8}
    plain = trained(make(GroupTrainer, models[kind], samples, tmp_path / "a", **how))
    for number in range(2):
        made = make(GroupTrainer, models[kind], samples, tmp_path / f"b{number}", vision_cache=tmp_path / "c", **how)
        same(trained(made), plain, loss=0, weights=0)
        assert len(list((tmp_path / "c").glob("*/*.safetensors"))) == 3
        assert len(made.cache.read) >= 3 * number


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize(
    "kind", ["qwen3_vl", *(pytest.param(k, marks=pytest.mark.slow) for k in KINDS[1:] if k != "llava")]
)
def test_a_picture_that_stands_in_changes_nothing(kind, share, models, tmp_path, monkeypatch):
    """What a process with words only computes beside processes with pictures."""
    samples = [
        TEXT,
        TEXT.model_copy(update={"id": "other", "question": "How does a frown look, and what is it a sign of?"}),
    ]
    plain = trained(make(GroupTrainer, models[kind], samples, tmp_path / "a", share=share))
    made = make(GroupTrainer, models[kind], samples, tmp_path / "b", share=share)
    unseen = stand_ins.of(made.model, made.processing_class, every=False)
    monkeypatch.setattr(GroupTrainer, "_stand_ins", lambda self, of: stand_ins.lacking(unseen, []))
    same(trained(made), plain)
    batch = made._generate_and_score_completions([made.train_dataset[0]] * 4)
    made.model.zero_grad()
    made._compute_loss(made.model, batch).backward()
    tower = [p.grad for n, p in made.model.named_parameters() if "visual" in n or "vision_tower" in n]
    assert sum(one is not None for one in tower) > len(tower) / 2
    assert all((one == 0).all() for one in tower if one is not None)


@pytest.fixture(scope="module")
def linear(tmp_path_factory):
    """The folder of a tiny Qwen3.5, three of whose four layers are of linear attention."""
    import transformers as hf

    from affectreason.model import tiny

    folder = tmp_path_factory.mktemp("linear")
    words = tiny.tokenizer(tiny.QWEN_MARKS)
    ids = {mark: words.convert_tokens_to_ids(mark) for mark in tiny.SPECIAL}
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [4, 2, 2], "mrope_interleaved": True}
    text = {key: value for key, value in tiny.TEXT.items() if key != "tie_word_embeddings"}
    text |= {"num_hidden_layers": 4, "vocab_size": len(words), "pad_token_id": words.pad_token_id}
    text |= {"eos_token_id": words.eos_token_id, "rope_parameters": {**rope, "partial_rotary_factor": 0.5}}
    text |= {"linear_num_value_heads": 4, "linear_num_key_heads": 2}
    text |= {"linear_key_head_dim": 32, "linear_value_head_dim": 32}
    vision = {"depth": 2, "hidden_size": 128, "intermediate_size": 256, "num_heads": 4, "out_hidden_size": 128}
    config = hf.Qwen3_5Config(
        text_config=text, vision_config={**vision, "patch_size": 16, "num_position_embeddings": 36},
        image_token_id=ids["<|image_pad|>"], video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"], vision_end_token_id=ids["<|vision_end|>"],
    )  # fmt: skip
    size = {"shortest_edge": 96 * 96, "longest_edge": 96 * 96}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = hf.Qwen3_5ForConditionalGeneration(config)
    pictures = hf.Qwen2VLImageProcessor(patch_size=16, size=size)
    processor = hf.Qwen3VLProcessor(pictures, words, hf.Qwen3VLVideoProcessor(patch_size=16), words.chat_template)
    tiny._save(model, processor, folder)
    return str(folder)


def test_linear_attention_falls_back_and_says_so(linear, pictures, tmp_path, capsys):
    how = {"learning_rate": 1e-3}
    ours = trained(make(GroupTrainer, linear, pictures[:4], tmp_path / "a", **how))
    said = "shared prompts: off, Qwen3_5ForConditionalGeneration has layers of linear_attention; every answer repeats"
    assert capsys.readouterr().err.count(said) == 1
    same(ours, trained(make(GRPOTrainer, linear, pictures[:4], tmp_path / "b", **how)))
