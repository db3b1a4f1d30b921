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
