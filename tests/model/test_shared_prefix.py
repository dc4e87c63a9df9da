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


def test_which_models_can_share(qwen):
    model, _ = load.load(qwen, dtype="float32")
    assert shared_prefix.why_not(model) is None
    model.config.text_config._attn_implementation = "flash_attention_2"
    assert shared_prefix.why_not(model) == "attn_implementation: flash_attention_2 takes no mask of ours (sdpa does)"
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
