"""Answers as sequences of FlashAttention against the same rows with a mask; plain functions stand in for flash-attn."""

import pytest
import torch
from tests.conftest import KINDS
from tests.model import plain_flash
from tests.model.test_group_trainer import TEXT, make, same, trained
from tests.model.test_sft_rows import asked, laid, learnt, mixed
from trl.trainer.utils import add_fused_lm_head

from affectreason.model import collate, load, prefixes, sft_rows, shared_flash, shared_prefix
from affectreason.model.group_trainer import GroupTrainer
from affectreason.model.shared_prefix import Group, Prefix
from affectreason.recipe import prompts

FLASH = "flash_attention_2"


def test_the_plain_function_is_what_flash_attn_says_it_is():
    """The two examples of flash-attn's README, of `causal` since 2.1; queries that see no key are not among ours."""
    assert plain_flash.below(2, 5).int().tolist() == [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]
    assert plain_flash.below(5, 2).int().tolist() == [[0, 0], [0, 0], [0, 0], [1, 0], [1, 1]]
    torch.manual_seed(0)
    q, k, v = torch.randn(5, 4, 8), torch.randn(8, 2, 8), torch.randn(8, 2, 8)
    ends = torch.tensor([0, 2, 5]).int(), torch.tensor([0, 5, 8]).int()
    found = plain_flash.flash_attn_varlen_func(q, k, v, *ends, 3, 5, causal=True)
    for (a, b), (c, d) in (((0, 2), (0, 5)), ((2, 5), (5, 8))):
        one, two, three = (x.transpose(0, 1)[None] for x in (q[a:b], k[c:d], v[c:d]))
        mask = plain_flash.below(b - a, d - c)
        expected = torch.nn.functional.scaled_dot_product_attention(one, two, three, attn_mask=mask, enable_gqa=True)
        torch.testing.assert_close(found[a:b], expected[0].transpose(0, 1), atol=1e-6, rtol=0)


def test_sequences_by_hand():
    #          a prompt of 3, answers of 2 and 1 | padding; then a prompt of none, an answer of 2, a prompt of 3 alone
    group = torch.tensor([[0, 0, 0, 0, 0, 0, -1, -1], [0, 0, 1, 1, 1, -1, -1, -1]])
    segment = torch.tensor([[0, 0, 0, 1, 1, 2, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0]])
    found = shared_flash.sequences(group, segment)
    assert found.queries.tolist() == [0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12]
    assert found.keys.tolist() == [0, 1, 2, 0, 1, 2, 3, 4, 0, 1, 2, 5, 8, 9, 10, 11, 12]
    assert found.query_ends.tolist() == [0, 3, 5, 6, 8, 11]
    assert found.key_ends.tolist() == [0, 3, 8, 12, 14, 17]
    assert (found.longest_query, found.longest_key) == (3, 5)
    assert found.query_ends.dtype == found.key_ends.dtype == torch.int32


def test_sequences_are_the_mask():
    torch.manual_seed(0)
    asked_ = [Prefix(torch.arange(size), torch.arange(size), {}) for size in (5, 1, 3, 2)]
    texts = [torch.arange(size) for size in (3, 0, 1, 1, 4, 0)]
    rows = [[Group(0, (0, 1, 2)), Group(1, (3, 4))], [Group(2, ()), Group(3, (5,))], [Group(1, (0, 3))]]
    made = shared_prefix.lay_out(asked_, texts, rows, pad=0)
    found = shared_flash.sequences(made.group, made.segment)
    size = made.input_ids.numel()
    seen = torch.zeros(size, size, dtype=torch.bool)
    for (a, b), (c, d) in zip(
        zip(found.query_ends, found.query_ends[1:], strict=False),
        zip(found.key_ends, found.key_ends[1:], strict=False),
        strict=True,
    ):
        seen[found.queries[a:b, None], found.keys[None, c:d]] = plain_flash.below(b - a, d - c)
    dense = torch.block_diag(*made.mask[:, 0].int()).bool()
    real = made.group.flatten() >= 0
    assert torch.equal(seen[real], dense[real])
    assert not seen[~real].any()


def scores(model, rows, media, attention):
    """Log-probabilities of the answers' tokens, and every gradient of a weighted sum of them."""
    model.zero_grad()
    given = {"attention_mask": shared_prefix.attended(rows, attention, torch.float32)}
    if attention == FLASH:
        given["sequences"] = shared_flash.sequences(rows.group, rows.segment)
    logits = model(input_ids=rows.input_ids, position_ids=rows.position_ids, **given, **media).logits
    found = logits.flatten(0, 1)[rows.kept].log_softmax(-1).gather(1, rows.targets[:, None])[:, 0]
    (found * torch.linspace(-1, 2, len(found))).sum().backward()
    return found.detach(), {n: one.grad.clone() for n, one in model.named_parameters() if one.grad is not None}


def equal(ours, theirs):
    torch.testing.assert_close(ours[0], theirs[0], atol=1e-5, rtol=0)
    assert ours[1].keys() == theirs[1].keys()
    for name, there in theirs[1].items():
        assert float((ours[1][name] - there).norm()) <= 1e-4 * float(there.norm()) + 1e-7, name


def rows_of(model, processor, samples):
    """Groups of ragged answers, of none and of one token too, two to a row, behind prompts with media."""
    torch.manual_seed(0)
    plain = prompts.find("plain")
    made = [
        prefixes.make(model, processor, prompts.messages(one, plain), collate.load_media(one, 2.0, 4))
        for one in samples
    ]
    texts = [torch.randint(20, 250, (size,)) for size in (7, 0, 1, 3, 12, 1, 1, 5)]
    groups = [Group(0, (0, 1, 2)), Group(1, (3, 4)), Group(2, (5, 6)), Group(2, ()), Group(0, (7,))]
    return made, shared_prefix.lay_out(made, texts, [groups[:2], groups[2:4], groups[4:]], pad=0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_family_says_and_learns_the_same(kind, models, drawn, monkeypatch):
    model, processor = load.load(models[kind], dtype="float32")
    samples = [drawn["pictures"][0], drawn["clips"][0] if kind != "llava" else drawn["pictures"][3], TEXT]
    made, rows = rows_of(model, processor, samples)
    media = prefixes.media_of([made[index] for index in rows.order])
    theirs = scores(model, rows, media, "sdpa")
    shared_flash.listen(plain_flash.put(model, monkeypatch))
    assert shared_prefix.why_not(model) is None
    equal(scores(model, rows, media, FLASH), theirs)


@pytest.mark.parametrize("reentrant", [True, False])
def test_what_is_computed_again_sees_the_same(reentrant, qwen, drawn, monkeypatch):
    """Checkpointed layers run again in the backward pass, when the call that gave the sequences is over."""
    model, processor = load.load(qwen, dtype="float32")
    made, rows = rows_of(model, processor, [drawn["pictures"][0], drawn["pictures"][1], TEXT])
    media = prefixes.media_of([made[index] for index in rows.order])
    theirs = scores(model, rows, media, "sdpa")
    shared_flash.listen(plain_flash.put(model.train(), monkeypatch))
    model.activation_checkpointing_enable({"use_reentrant": reentrant})
    model.enable_input_require_grads()
    equal(scores(model, rows, media, FLASH), theirs)


def test_without_sequences_it_is_transformers_own(qwen, drawn, monkeypatch):
    model, processor = load.load(qwen, dtype="float32")
    batch = collate.Collator(processor, prompts.PLAIN, 2.0, 4)(
        [{"sample": one.to_json()} for one in (drawn["pictures"][0], drawn["text"])]
    )
    with torch.no_grad():
        theirs = model(**batch).loss
        shared_flash.listen(plain_flash.put(model, monkeypatch))
        made, rows = rows_of(model, processor, [drawn["pictures"][0], drawn["pictures"][1], TEXT])
        scores_ = {"sequences": shared_flash.sequences(rows.group, rows.segment)}
        media = prefixes.media_of([made[index] for index in rows.order])
        model(input_ids=rows.input_ids, position_ids=rows.position_ids, **scores_, **media)
        torch.testing.assert_close(model(**batch).loss, theirs, atol=1e-5, rtol=0)  # nothing is left of the call before


def test_a_model_whose_layers_hand_nothing_on_repeats(qwen, monkeypatch):
    model = plain_flash.put(load.load(qwen)[0], monkeypatch)
    words, said = model.get_decoder(), "hands nothing on to the flash attention of words alone (sdpa takes a mask)"
    with monkeypatch.context() as patched:
        patched.setattr(type(words), "_supports_attention_backend", False)
        assert shared_prefix.why_not(model) == f"Qwen3VLTextModel {said}"
    monkeypatch.setattr(model, "get_decoder", lambda: model.base_model)  # its tower would be handed them too
    assert shared_prefix.why_not(model) == f"Qwen3VLModel {said}"


@pytest.mark.parametrize("kind", [KINDS[0], *(pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS[1:])])
def test_three_steps_are_those_of_a_mask(kind, models, drawn, tmp_path, monkeypatch, capsys):
    samples = [drawn["pictures"][3], TEXT, drawn["pictures"][1], drawn["clips" if kind != "llava" else "pictures"][0]]
    how = {"per_device_train_batch_size": 8}
    theirs = trained(make(GroupTrainer, models[kind], samples, tmp_path / "a", **how))
    asked_ = counted(monkeypatch)
    how["prepare"] = lambda model: plain_flash.put(model, monkeypatch)
    trainer = make(GroupTrainer, models[kind], samples, tmp_path / "b", **how)
    same(trained(trainer), theirs)
    assert len(asked_) == 6  # three steps of two micro-batches
    assert "shared prompts: off" not in capsys.readouterr().err


def test_a_reference_and_cut_groups_are_those_of_a_mask(qwen, drawn, tmp_path, monkeypatch):
    samples, how = [drawn["pictures"][3], TEXT, drawn["pictures"][1]], {"beta": 0.1, "row_tokens": 60}
    theirs = trained(make(GroupTrainer, qwen, samples, tmp_path / "a", **how))
    asked_ = counted(monkeypatch)
    trainer = make(GroupTrainer, qwen, samples, tmp_path / "b", **how)
    for model in (trainer.model, trainer.ref_model):  # TRL loads the reference by itself, for which flash-attn would do
        plain_flash.put(trainer.accelerator.unwrap_model(model), monkeypatch)
    same(trained(trainer), theirs)
    assert len(asked_) == 12  # three steps of two micro-batches, by the model and by the reference
    assert max(len(group) for group, _ in asked_) > 1


def counted(monkeypatch):
    """What sequences are made of, from here on."""
    found, own = [], shared_flash.sequences
    monkeypatch.setattr(shared_flash, "sequences", lambda *given: found.append(given) or own(*given))
    return found


@pytest.mark.parametrize("kind", [KINDS[0], *(pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS[1:])])
@pytest.mark.parametrize("how", [{}, {"share": False}, {"most": 60}], ids=str)
def test_rows_of_sft_are_as_padded_ones(kind, how, models, drawn, monkeypatch):
    model, processor = load.load(models[kind], dtype="float32")
    add_fused_lm_head(model)
    sft_rows.listen(model)
    ours, theirs = laid(model, processor, [*mixed(drawn, kind), *asked(drawn["text"])], **how)
    expected = learnt(model, theirs)
    equal_ = learnt(plain_flash.put(model, monkeypatch), ours)
    assert equal_[0] == pytest.approx(expected[0], abs=1e-5)
    equal((torch.tensor(equal_[0]), equal_[1]), (torch.tensor(expected[0]), expected[1]))
