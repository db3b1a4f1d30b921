import numpy as np
import pytest
import torch
from sklearn.preprocessing import RobustScaler
from torch.func import functional_call, stack_module_state, vmap

from deepstat.layers.smooth_clip import SmoothClip


def sample(n=101, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).standard_t(2, size=(n, 3)))


def test_columns_are_scaled_as_by_sklearn_and_bent_towards_three():
    x = sample()
    z = RobustScaler().fit_transform(x.numpy())
    np.testing.assert_allclose(
        SmoothClip(3, x)(x).numpy(), 3 * np.sin(np.arctan(z / 3)), rtol=1e-12, atol=1e-15
    )


def test_equal_quartiles_give_half_the_range_and_constant_columns_zero():
    x = torch.tensor([[0.0, 7.0]] * 9 + [[4.0, 7.0]])
    out = SmoothClip(2, x)(torch.tensor([[4.0, 7.0], [0.0, 9.0]]))
    torch.testing.assert_close(out, torch.tensor([[2 / (1 + 4 / 9) ** 0.5, 0.0], [0.0, 0.0]]))


def test_outliers_keep_their_order_below_three():
    out = SmoothClip(1, sample()[:, :1])(torch.tensor([[1e1], [1e2], [1e3]], dtype=torch.float64)).flatten()
    assert (out.diff() > 0).all()
    assert out[-1] <= 3.0


def test_a_row_of_weight_two_is_the_row_twice():
    x, times = sample(30), torch.arange(30) % 3 + 1
    weighted, repeated = SmoothClip(3, x, times.double()), SmoothClip(3, x.repeat_interleave(times, 0))
    torch.testing.assert_close(weighted.center, repeated.center)
    torch.testing.assert_close(weighted.factor, repeated.factor)


@pytest.mark.parametrize("rows", [1, 2])
def test_few_rows_and_no_columns_give_finite_numbers(rows):
    assert SmoothClip(3, sample(rows))(sample()).isfinite().all()
    assert SmoothClip(0, torch.empty(rows, 0))(torch.empty(4, 0)).shape == (4, 0)


def test_without_a_sample_the_shapes_are_the_same():
    first, second = SmoothClip(3, sample()), SmoothClip(3).double()
    second.load_state_dict(first.state_dict())
    assert torch.equal(first(sample(5, 1)), second(sample(5, 1)))


def test_members_with_scales_of_their_own_equal_each_alone():
    layers, x = [SmoothClip(3, sample(seed=seed)) for seed in range(2)], sample(7, 5)
    _, buffers = stack_module_state(layers)
    together = vmap(lambda b: functional_call(layers[0], b, (x,)))(buffers)
    for alone, layer in zip(together, layers, strict=True):
        torch.testing.assert_close(alone, layer(x))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtypes_and_gradients_are_kept(dtype):
    x = sample(6).to(dtype).requires_grad_()
    layer = SmoothClip(3, sample()).to(dtype)
    assert layer(x).dtype == dtype
    if dtype == torch.float64:
        assert torch.autograd.gradcheck(layer, (x,))
