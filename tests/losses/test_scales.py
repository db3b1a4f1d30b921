"""Residual scales against statsmodels, and frequency weights against repeated rows."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.robust import scale as reference

from deepstat.losses.scales import huber_scale, mad

SCALES = [mad, huber_scale]


def sample(n=37, k=2, seed=0):
    return np.random.default_rng(seed).standard_t(2, size=(n, k))


@pytest.mark.parametrize("n", [1, 2, 36, 37])
def test_mad_equals_statsmodels_about_zero(n):
    r = sample(n)
    np.testing.assert_allclose(mad(torch.from_numpy(r)).numpy(), reference.mad(r, center=0), rtol=1e-14)


@pytest.mark.parametrize("d", [0.8, 1.5, 2.5])
@pytest.mark.parametrize("n", [5, 36, 200])
def test_huber_scale_equals_statsmodels_proposal_two(n, d):
    r = sample(n)
    expected = [reference.HuberScale(d=d, tol=1e-13, maxiter=10_000)(n, n, column) for column in r.T]
    np.testing.assert_allclose(huber_scale(torch.from_numpy(r), d=d).numpy(), expected, rtol=1e-10)


def test_huber_scale_counts_residuals_of_zero_as_statsmodels_does():
    r = np.concatenate([np.zeros(9), sample(30, 1)[:, 0]])
    expected = reference.HuberScale(d=1.5, tol=1e-13, maxiter=10_000)(39, 39, r)
    assert huber_scale(torch.from_numpy(r).unsqueeze(1), d=1.5).item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("scale", SCALES)
def test_scales_of_normal_residuals_are_their_standard_deviation(scale):
    r = 3.0 * stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    assert scale(torch.from_numpy(r).unsqueeze(1)).item() == pytest.approx(3.0, rel=2e-3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([-2.0, -1.0, 0.5, 1.0, 3.0, 70.0]), st.integers(0, 4)),
        min_size=1,
        max_size=9,
    ),
    st.sampled_from([1.0, 0.1, 1 / 3, 7.3]),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_mad_of_weighted_rows_equals_repeated_rows_exactly(rows, unit, dtype):
    r = torch.tensor([row[0] for row in rows], dtype=torch.float64).unsqueeze(1)
    count = torch.tensor([row[1] for row in rows])
    if count.sum() == 0:
        count[0] = 1
    repeated = mad(r.repeat_interleave(count, dim=0))
    assert torch.equal(mad(r, unit * count.to(dtype)), repeated)
    assert torch.equal(mad(r, count), repeated)


@pytest.mark.parametrize(("unit", "count"), [(0.1, (1, 2, 2, 1)), (1 / 3, (1, 4, 4, 1))])
def test_mad_takes_the_midpoint_where_rounding_passes_or_misses_the_half(unit, count):
    reached = np.cumsum(unit * np.array(count))
    assert reached[1] != reached[-1] / 2  # a tie of the counts, but not of the rounded sums
    r = torch.tensor([[1.0], [2.0], [4.0], [9.0]], dtype=torch.float64)
    weight = unit * torch.tensor(count, dtype=torch.float64)
    assert mad(r, weight).item() == pytest.approx(3.0 / stats.norm.ppf(0.75), rel=1e-14)


@pytest.mark.parametrize("unit", [1.0, 0.1])
def test_huber_scale_of_weighted_rows_equals_repeated_rows(unit):
    r, count = torch.from_numpy(sample(50)), torch.arange(50) % 4
    repeated = huber_scale(r.repeat_interleave(count, dim=0))
    torch.testing.assert_close(huber_scale(r, unit * count.double()), repeated, rtol=1e-14, atol=0)


@pytest.mark.parametrize("scale", SCALES)
def test_columns_may_have_weights_of_their_own(scale):
    r, weight = torch.from_numpy(sample(20, 2)), torch.rand(20, 2, generator=torch.Generator().manual_seed(0))
    alone = torch.cat([scale(r[:, [j]], weight[:, j]) for j in range(2)])
    torch.testing.assert_close(scale(r, weight), alone, rtol=1e-14, atol=0)


@pytest.mark.parametrize("scale", SCALES)
def test_scales_follow_the_units_of_the_residuals(scale):
    r = torch.from_numpy(sample())
    torch.testing.assert_close(scale(-100.0 * r), 100.0 * scale(r))


@pytest.mark.parametrize("scale", SCALES)
def test_scales_keep_the_dtype_and_are_zero_for_residuals_of_zero(scale):
    zero = scale(torch.zeros(5, 2))
    assert zero.dtype == torch.float32
    assert torch.equal(zero, torch.zeros(2))


def test_huber_scale_is_zero_when_most_residuals_are():
    r = torch.zeros(100, 1)
    r[0] = 5.0
    assert huber_scale(r).item() == 0.0


@pytest.mark.parametrize("scale", SCALES)
def test_one_gross_error_hardly_moves_a_scale(scale):
    r = torch.from_numpy(np.random.default_rng(0).normal(size=(100, 1)))
    clean = scale(r)
    r[0] = 1e9
    torch.testing.assert_close(scale(r), clean, rtol=0.06, atol=0)


def test_huber_scale_of_a_diverged_column_is_not_a_number_and_leaves_the_others_alone():
    r = torch.from_numpy(sample())
    clean = huber_scale(r)
    r[:, 1] = float("nan")
    assert torch.equal(huber_scale(r)[0], clean[0])
    assert huber_scale(r)[1].isnan()


@pytest.mark.parametrize("scale", SCALES)
def test_scales_refuse_a_sample_without_weight(scale):
    with pytest.raises(ValueError, match="row of positive weight"):
        scale(torch.ones(3, 1), torch.zeros(3))
    with pytest.raises(ValueError, match="row of positive weight"):
        scale(torch.ones(0, 1))
