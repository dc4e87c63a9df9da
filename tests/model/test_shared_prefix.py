import pytest
import torch

from affectreason.model import load, shared_prefix
from affectreason.model.shared_prefix import Group, Prefix

PROMPTS = [
    Prefix(torch.tensor([1, 2, 3]), torch.arange(3), {}),
    Prefix(torch.tensor([4, 5]), torch.tensor([0, 7]), {}),
]
ANSWERS = [torch.tensor([10, 11]), torch.tensor([]).long(), torch.tensor([12]), torch.tensor([13, 14, 15])]


def test_answers_that_follow_each_other_share_their_prompt():
    assert shared_prefix.grouped([0, 0, 1, 0]) == [Group(0, (0, 1)), Group(1, (2,)), Group(0, (3,))]
    assert shared_prefix.grouped([]) == []


def test_a_group_too_long_for_a_row_is_cut():
    groups = [Group(0, (0, 1, 2)), Group(1, (3,))]
    cut = shared_prefix.split(groups, [3, 2], [2, 0, 1, 3], most=4)
    assert cut == [Group(0, (0, 1)), Group(0, (2,)), Group(1, (3,))]
    assert shared_prefix.split(groups, [3, 2], [2, 0, 1, 3], most=1)[0] == Group(0, (0,))  # alone, and too long
    assert shared_prefix.split(groups, [3, 2], [2, 0, 1, 3], most=None) == groups


def test_groups_are_packed_in_their_order():
    groups = [Group(0, (0,)), Group(1, (1,)), Group(0, (2,))]
    assert shared_prefix.pack(groups, [4, 3, 2], most=7) == [groups[:2], groups[2:]]
    assert shared_prefix.pack(groups, [4, 3, 2], most=None) == [[one] for one in groups]
    assert shared_prefix.pack(groups, [40, 3, 2], most=7) == [groups[:1], groups[1:]]


def test_a_row_by_hand():
    rows = shared_prefix.lay_out(PROMPTS, ANSWERS, [[Group(0, (0, 1, 2))], [Group(1, (3,))]], pad=99)
    # the prompt without its last token, then each answer behind that token and without its own last one
    assert rows.input_ids.tolist() == [[1, 2, 3, 10, 3], [4, 5, 13, 14, 99]]
    assert rows.position_ids.tolist() == [[0, 1, 2, 3, 2], [0, 7, 8, 9, 0]]
    assert rows.kept.tolist() == [2, 3, 4, 6, 7, 8]
    assert rows.targets.tolist() == [10, 11, 12, 13, 14, 15]
    assert rows.answer.tolist() == [0, 0, 2, 3, 3, 3]
    assert rows.step.tolist() == [0, 1, 0, 0, 1, 2]
    assert rows.order == (0, 1)
    seen = rows.mask[0, 0].int().tolist()
    assert seen == [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 0, 0, 1]]
    assert rows.mask[1, 0].int().tolist()[4] == [0, 0, 0, 0, 1]  # padding sees itself, nobody sees it


def test_groups_of_one_row_do_not_see_each_other():
    rows = shared_prefix.lay_out(PROMPTS, ANSWERS, [[Group(0, (0,)), Group(1, (3,))]], pad=99)
    assert rows.input_ids.tolist() == [[1, 2, 3, 10, 4, 5, 13, 14]]
    assert not rows.mask[0, 0, 4:, :4].any()
    assert not rows.mask[0, 0, :4, 4:].any()
    assert rows.kept.tolist() == [2, 3, 5, 6, 7]


def test_m_rope_goes_on_at_the_last_position():
    prompt = Prefix(torch.tensor([1, 2, 3]), torch.tensor([[0, 1, 5], [0, 2, 5], [0, 3, 5]]), {})
    rows = shared_prefix.lay_out([prompt], [torch.tensor([8, 9])], [[Group(0, (0,))]], pad=0)
    assert rows.position_ids.shape == (3, 1, 4)
    assert rows.position_ids[:, 0].tolist() == [[0, 1, 5, 6], [0, 2, 5, 6], [0, 3, 5, 6]]


def test_a_mask_as_numbers():
    found = shared_prefix.additive(torch.tensor([[True, False]]), torch.float32)
    assert found.tolist() == [[0.0, torch.finfo(torch.float32).min]]


def test_which_models_can_share(qwen, monkeypatch):
    model, _ = load.load(qwen, dtype="float32")
    assert shared_prefix.why_not(model) is None
    model.config.text_config._attn_implementation = "flash_attention_2"
    assert shared_prefix.why_not(model) is None
    model.config.text_config._attn_implementation = "flex_attention"
    reason = "attn_implementation: flex_attention takes no mask of ours (sdpa does)"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert shared_prefix.why_not(model, blocked=True) == reason  # a CPU has no gradient of it
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert shared_prefix.why_not(model, blocked=True) is None
    assert shared_prefix.why_not(model) == reason
    model.config.text_config.layer_types = ["full_attention", "linear_attention"]
    assert shared_prefix.why_not(model) == "Qwen3VLForConditionalGeneration has layers of linear_attention"


@pytest.mark.parametrize("most", [None, 5])
def test_every_token_is_predicted_once(most):
    of = [0, 0, 1, 1]
    groups = shared_prefix.split(shared_prefix.grouped(of), [3, 2], [2, 0, 1, 3], most)
    lengths = [len(PROMPTS[g.prefix].ids) - 1 + sum(len(ANSWERS[a]) for a in g.answers) for g in groups]
    rows = shared_prefix.lay_out(PROMPTS, ANSWERS, shared_prefix.pack(groups, lengths, most), pad=0)
    told = sorted(zip(rows.answer.tolist(), rows.step.tolist(), rows.targets.tolist(), strict=True))
    assert told == [(i, s, int(t)) for i, text in enumerate(ANSWERS) for s, t in enumerate(text)]


def test_blocks_are_the_mask():
    rows = shared_prefix.lay_out(PROMPTS, ANSWERS, [[Group(0, (0, 1, 2)), Group(1, (3,))], [Group(0, (0,))]], pad=99)
    length = rows.mask.shape[-1]
    ask = shared_prefix.mask_mod(rows.group, rows.segment)
    found = [
        [[bool(ask(*torch.tensor([row, 0, q, k]))) for k in range(length)] for q in range(length)] for row in range(2)
    ]
    assert found == rows.mask[:, 0].tolist()
    long = Prefix(torch.arange(1, 301), torch.arange(300), {})
    answers = [torch.arange(100), torch.arange(150), torch.arange(20)]
    whole = [[Group(0, (0, 1)), Group(1, (2,))]]
    rows = shared_prefix.lay_out([long, PROMPTS[0]], answers, whole, pad=0)
    dense = shared_prefix.visible(rows.group, rows.segment)
    made = shared_prefix.blocks(rows.group, rows.segment)
    assert tuple(made.shape) == (1, 1, 571, 571) == tuple(dense.shape)
    size = made.BLOCK_SIZE[0]
    wide = -(-571 // size) * size
    padded = torch.nn.functional.pad(dense[0, 0], (0, wide - 571, 0, wide - 571))
    some = padded.view(wide // size, size, wide // size, size).any(3).any(1)
    assert torch.equal(made.to_dense()[0, 0].bool(), some)
    empty = shared_prefix.lay_out([long, PROMPTS[0]], answers, whole, pad=0, masked=False)
    assert empty.mask.numel() == 0


def test_each_attention_is_given_its_own_mask():
    rows = shared_prefix.lay_out(PROMPTS, ANSWERS, [[Group(0, (0,))]], pad=0)
    assert shared_prefix.attended(rows, "sdpa", torch.float32) is rows.mask
    least = torch.finfo(torch.bfloat16).min
    assert shared_prefix.attended(rows, "eager", torch.bfloat16)[0, 0, 0].tolist() == [0.0, least, least, least]
    assert shared_prefix.attended(rows, "flash_attention_2", torch.float32) is None
    assert type(shared_prefix.attended(rows, "flex_attention", torch.float32)).__name__ == "BlockMask"


def test_a_model_that_takes_blocks_says_the_same(qwen, monkeypatch):
    """FlexAttention not compiled, as a CPU can run it: it shows that the blocks are read as meant, not how fast."""
    from torch.nn.attention.flex_attention import flex_attention
    from transformers.integrations import flex_attention as there

    def plain(query, key, value, training=False, **kwargs):
        return flex_attention(query, key, value, **kwargs)

    monkeypatch.setattr(there, "compile_friendly_flex_attention", plain)
    torch.manual_seed(0)
    prompts = [Prefix(torch.randint(20, 900, (size,)), torch.arange(size).expand(3, size), {}) for size in (150, 40)]
    answers = [torch.randint(20, 900, (size,)) for size in (20, 33, 11)]
    rows = shared_prefix.lay_out(prompts, answers, [[Group(0, (0, 1))], [Group(1, (2,))]], pad=0)
    model, _ = load.load(qwen, dtype="float32")
    found = []
    for attention in ("sdpa", "flex_attention"):
        model.config.text_config._attn_implementation = attention
        mask = shared_prefix.attended(rows, attention, torch.float32)
        with torch.no_grad():
            logits = model(input_ids=rows.input_ids, position_ids=rows.position_ids, attention_mask=mask).logits
        found.append(logits.flatten(0, 1)[rows.kept])
    torch.testing.assert_close(found[1], found[0], atol=1e-5, rtol=0)
