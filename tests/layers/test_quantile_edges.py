import numpy as np
import pytest
import torch

from deepstat.layers.quantile_edges import quantile_edges


@pytest.mark.parametrize(("n", "n_bins"), [(1, 3), (2, 1), (7, 4), (100, 16), (5, 50)])
def test_quantile_edges_equal_those_of_numpy(n, n_bins):
    sample = np.random.default_rng(n).normal(size=(n, 3))
    expected = np.quantile(sample, np.linspace(0, 1, n_bins + 1), axis=0).T
    edges = quantile_edges(torch.from_numpy(sample), n_bins)
    np.testing.assert_allclose(edges.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_tied_values_give_exactly_equal_edges():
    sample = torch.tensor([0.1] * 90 + [0.7] * 10).unsqueeze(1)
    edges = quantile_edges(sample, 8)[0]
    assert edges.unique().tolist() == pytest.approx([0.1, 0.7])
    assert (edges.diff() >= 0).all()


def test_a_sample_without_rows_is_refused():
    with pytest.raises(ValueError, match="without rows"):
        quantile_edges(torch.empty(0, 2), 4)


@pytest.mark.parametrize(("n", "n_bins"), [(1, 3), (2, 1), (7, 4), (100, 16), (5, 50)])
def test_a_row_of_weight_two_is_the_row_twice(n, n_bins):
    generator = np.random.default_rng(n)
    sample, times = generator.normal(size=(n, 3)), generator.integers(1, 5, n)
    expected = np.quantile(np.repeat(sample, times, axis=0), np.linspace(0, 1, n_bins + 1), axis=0).T
    edges = quantile_edges(torch.from_numpy(sample), n_bins, torch.from_numpy(times).double())
    np.testing.assert_allclose(edges.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_weights_that_sum_to_one_give_edges_of_the_whole_range():
    sample = torch.linspace(0, 1, 101, dtype=torch.float64).unsqueeze(1)
    even = quantile_edges(sample, 4, torch.full((101,), 1 / 101))
    torch.testing.assert_close(even, quantile_edges(sample, 4))
    uneven = quantile_edges(sample, 4, torch.linspace(0.1, 0.9, 101) / 50)[0]
    assert uneven[[0, -1]].tolist() == [0.0, 1.0]
    assert (uneven.diff() > 0).all()
    assert uneven[2] > 0.55  # the heavy rows are on the right


def test_float32_samples_give_float32_edges():
    assert quantile_edges(torch.rand(9, 2), 3, torch.ones(9)).dtype == torch.float32
