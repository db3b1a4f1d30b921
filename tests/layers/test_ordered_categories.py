import numpy as np
import pytest
import torch
from sklearn.preprocessing import TargetEncoder
from torch.func import functional_call, stack_module_state, vmap

from deepstat.layers.ordered_categories import OrderedCategories


def data(n=60, k=1, seed=0, levels=5):
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, levels + 1, (n, 1), generator=generator).double()
    return codes, codes.sin() + torch.randn(n, k, generator=generator, dtype=torch.float64)


def test_numbers_equal_a_hand_computed_table():
    # Overall mean 3; with m = 2: level 1 (0 + 2 + 6) / 4 = 2, level 2 (4 + 6 + 6) / 4 = 4; missing and level 3 never
    # seen: 3. Over the four rows the mean is 3 and the standard deviation 1.
    codes, target = torch.tensor([[1.0], [1.0], [2.0], [2.0]]), torch.tensor([[0.0], [2.0], [4.0], [6.0]])
    layer = OrderedCategories([3], codes, target, one_hot_max=1, shrinkage=2.0)
    torch.testing.assert_close(layer.value, torch.tensor([[0.0], [-1.0], [1.0], [0.0]]))
    # One more row that misses the level and has the mean as target: standard deviation sqrt(4 / 5).
    codes, target = torch.cat([codes, torch.zeros(1, 1)]), torch.cat([target, torch.tensor([[3.0]])])
    layer = OrderedCategories([3], codes, target, one_hot_max=1, shrinkage=2.0)
    torch.testing.assert_close(layer.value, torch.tensor([[0.0], [-1.0], [1.0], [0.0]]) * 1.25**0.5)


def test_before_they_are_standardised_numbers_are_those_of_sklearn():
    codes, target = data(200, 1)
    codes = codes.clamp(min=1)
    layer = OrderedCategories([5], codes, target, one_hot_max=1, shrinkage=3.0)
    encoder = TargetEncoder(smooth=3.0, target_type="continuous").fit(codes.numpy(), target.numpy().ravel())
    expected = encoder.encodings_[0][codes.long().numpy().ravel() - 1]
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(layer(codes).numpy().ravel(), expected, rtol=1e-10, atol=1e-12)


def test_each_of_more_than_two_classes_has_a_number():
    codes, _ = data(300)
    label = (codes[:, 0].long() + torch.arange(300) % 2) % 3
    layer = OrderedCategories([5], codes, torch.eye(3).double()[label], n_targets=3, one_hot_max=1)
    single = OrderedCategories([5], codes, (label == 1).double().unsqueeze(1), one_hot_max=1)
    assert layer(codes).shape == (300, 3)
    torch.testing.assert_close(layer(codes)[:, 1:2], single(codes))


def test_missing_and_unseen_levels_get_the_overall_mean():
    codes, target = data(80, levels=3)
    layer = OrderedCategories([9], codes, target, one_hot_max=1)
    assert (layer.value[4:] == layer.value[0]).all()
    assert (layer.value[1:4] != layer.value[0]).all()


def test_more_shrinkage_moves_rare_levels_towards_the_mean():
    codes = torch.tensor([[1.0]] * 50 + [[2.0]] * 50 + [[3.0]])
    target = torch.cat([torch.zeros(50, 1), torch.ones(50, 1), torch.full((1, 1), 5.0)])
    weak, strong = (OrderedCategories([3], codes, target, one_hot_max=1, shrinkage=m) for m in (0.0, 50.0))
    assert weak.value[3] > 5 * weak.value[2]
    assert strong.value[3] < strong.value[2]


def test_a_row_of_weight_two_is_the_row_twice():
    codes, target = data(40, 2)
    times = torch.arange(40) % 3 + 1
    weighted = OrderedCategories([5], codes, target, times.double(), n_targets=2, one_hot_max=1)
    repeated = OrderedCategories(
        [5], codes.repeat_interleave(times, 0), target.repeat_interleave(times, 0), n_targets=2, one_hot_max=1
    )
    torch.testing.assert_close(weighted.value, repeated.value)


def test_entries_of_the_target_that_are_not_finite_are_left_out():
    codes, target = data(50)
    holes = torch.arange(50) % 7 == 0
    broken = torch.where(holes.unsqueeze(1), torch.inf, target)
    layer = OrderedCategories([5], codes, broken, one_hot_max=1, shrinkage=1.0)
    assert layer.value.isfinite().all()
    kept = OrderedCategories([5], codes[~holes], target[~holes], one_hot_max=1, shrinkage=1.0)
    # Standardised over other rows: the same up to an affine map.
    assert abs(np.corrcoef(layer.value.flatten(), kept.value.flatten())[0, 1]) == pytest.approx(1.0)


def test_small_columns_come_first_as_indicators():
    codes = torch.cat([data()[0], data(seed=1, levels=2)[0], data(seed=2)[0]], 1)
    layer = OrderedCategories([5, 2, 5], codes, data()[1], one_hot_max=2)
    out = layer(codes)
    assert out.shape == (60, layer.n_features) == (60, 4)
    assert torch.equal(out[:, 0], (codes[:, 1] == 1).double())
    assert torch.equal(out[:, 1], (codes[:, 1] == 2).double())
    assert torch.equal(out[:, 3], layer.value[6 + codes[:, 2].long(), 0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_target_that_levels_do_not_move_gives_zeros(dtype):
    codes = data(30)[0].to(dtype)
    layer = OrderedCategories([5], codes, torch.full((30, 1), 0.1, dtype=dtype), one_hot_max=1)
    assert (layer.value == 0).all()
    single = OrderedCategories([5], codes[:1], torch.ones(1, 1, dtype=dtype), one_hot_max=1, shrinkage=0.0)
    assert (single(codes) == 0).all()
    assert single(codes).dtype == dtype


def test_members_with_numbers_of_their_own_equal_each_alone():
    codes = data(9, seed=3)[0]
    layers = [
        OrderedCategories([5, 1], data(seed=s)[0].repeat(1, 2).clamp(max=1), data(seed=s)[1], one_hot_max=1)
        for s in (0, 1)
    ]
    _, buffers = stack_module_state(layers)
    x = codes.repeat(1, 2)
    together = vmap(lambda b: functional_call(layers[0], b, (x,)))(buffers)
    for alone, layer in zip(together, layers, strict=True):
        torch.testing.assert_close(alone, layer(x))


def test_a_negative_shrinkage_is_refused():
    with pytest.raises(ValueError, match=r"shrinkage is -1\.0; give a number of rows"):
        OrderedCategories([5], shrinkage=-1.0)
