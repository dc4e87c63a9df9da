import torch

from affectreason.model import remembered
from affectreason.model.counted import Counting


def shape(*size, dtype=torch.float32):
    return torch.empty(*size, dtype=dtype, device="meta")


def key(func, *args, **kwargs):
    return remembered.key(func, args, kwargs)


aten = torch.ops.aten


def test_shapes_strides_precision_and_numbers_are_the_key():
    add = aten.add.Tensor
    one = key(add, shape(2, 3), shape(2, 3))
    assert one == key(add, shape(2, 3), shape(2, 3))
    others = [
        key(add, shape(3, 2).T, shape(2, 3)),
        key(add, shape(2, 3, dtype=torch.bfloat16), shape(2, 3)),
        key(add, shape(2, 1), shape(2, 3)),
        key(add, shape(2, 3), shape(2, 3), alpha=2),
    ]
    assert len({one, *others}) == 5


def test_views_changes_in_place_and_real_numbers_are_asked_each_time():
    assert key(aten.view.default, shape(6), [2, 3]) is None
    assert key(aten.add_.Tensor, shape(6), shape(6)) is None
    assert key(aten.index.Tensor, shape(6), [torch.tensor([1, 2])]) is None
    assert key(aten.add.Tensor, torch.zeros(2), torch.zeros(2)) is None


def test_what_comes_again_is_what_came_and_is_new_memory():
    a, b = shape(4, 5, dtype=torch.bfloat16), shape(5, 6, dtype=torch.bfloat16)
    with Counting([a, b]) as seen:
        first, second = a @ b, a @ b
    assert (second.shape, second.stride(), second.dtype) == (first.shape, first.stride(), first.dtype)
    assert first.untyped_storage() is not second.untyped_storage()
    assert seen.alive.now == 2 * 4 * 6 * 2
    assert seen.flops == 2 * (2 * 4 * 5 * 6)


def test_an_operation_that_gives_no_tensor_is_not_kept():
    for out in (None, 3, True):
        remembered.keep(("an operation", out), out, 0)
        assert ("an operation", out) not in remembered.BEFORE


def test_several_results_keep_those_that_are_no_tensors():
    given = shape(1, 2, 8, 16, dtype=torch.bfloat16)
    with Counting([given]):
        found = [aten._scaled_dot_product_flash_attention(given, given, given) for _ in range(2)]
    assert [type(one) for one in found[0]] == [type(one) for one in found[1]]
    assert [getattr(one, "shape", one) for one in found[0]] == [getattr(one, "shape", one) for one in found[1]]
