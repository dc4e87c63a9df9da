import torch

from affectreason.model import repeated_prompts
from affectreason.model.shared_prefix import Prefix


def test_rows_by_hand():
    positions = torch.tensor([[0, 1, 5], [0, 2, 5], [0, 3, 5]])
    asked = [Prefix(torch.tensor([7, 8, 9]), positions, {}, torch.tensor([0, 1, 0]))]
    asked.append(Prefix(torch.tensor([7, 9]), torch.tensor([[0, 1]] * 3), {}, torch.tensor([0, 0])))
    ids, mask = torch.tensor([[7, 8, 9, 4, 3], [0, 7, 9, 3, 0]]), torch.tensor([[1, 1, 1, 1, 1], [0, 1, 1, 1, 0]])
    found = repeated_prompts.lay_out(asked, ids, mask, 2)
    assert found["labels"].tolist() == [[-100, -100, -100, 4, 3], [-100, -100, -100, 3, -100]]
    assert found["mm_token_type_ids"].tolist() == [[0, 1, 0, 0, 0], [0, 0, 0, 0, 0]]
    assert found["position_ids"].shape == (3, 2, 5)
    assert found["position_ids"][:, 0].tolist() == [[0, 1, 5, 6, 7], [0, 2, 5, 6, 7], [0, 3, 5, 6, 7]]
    assert found["position_ids"][0, 1].tolist() == [0, 0, 1, 2, 3]
    bare = [Prefix(torch.tensor([7, 8, 9]), torch.arange(3), {})]
    assert repeated_prompts.lay_out(bare, ids[:1], mask[:1], 2).keys() == {"input_ids", "attention_mask", "labels"}


def test_a_row_more_behind_the_others():
    more = Prefix(torch.tensor([7, 8, 9]), torch.arange(3), {})
    ids, mask = repeated_prompts.behind(torch.tensor([[1, 2, 3]]), torch.ones(1, 3, dtype=torch.long), more, 2)
    assert ids.tolist() == [[0, 0, 1, 2, 3], [7, 8, 9, 0, 0]]
    assert mask.tolist() == [[0, 0, 1, 1, 1], [1, 1, 1, 0, 0]]
