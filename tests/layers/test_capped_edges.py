import numpy as np
import pytest
import torch

from deepstat.layers.capped_edges import capped_edges


@pytest.mark.parametrize(("n", "n_bins"), [(7, 4), (100, 16), (500, 32)])
def test_without_ties_they_are_numpys_quantiles(n, n_bins):
    sample = np.random.default_rng(n).normal(size=(n, 3))
    expected = np.quantile(sample, np.linspace(0, 1, n_bins + 1), axis=0).T
    np.testing.assert_allclose(capped_edges(torch.from_numpy(sample), n_bins).numpy(), expected, atol=1e-12)


def test_a_value_in_nine_rows_of_ten_takes_one_bin():
    rest = np.random.default_rng(0).uniform(1.0, 2.0, 100)
    sample = torch.from_numpy(np.concatenate([np.zeros(900), rest]))[:, None]
    edges = capped_edges(sample, 10)[0].numpy()
    inside = edges[edges >= 1.0]
    assert len(inside) == 10  # of eleven; plain quantiles have two
    assert len(np.unique(np.quantile(sample[:, 0], np.linspace(0, 1, 11)))) == 3
    shares = np.diff(np.searchsorted(np.sort(rest), inside))
    assert shares.min() >= 8
    assert shares.max() <= 14


def test_few_distinct_values_are_the_edges():
    sample = torch.tensor([3.0, 1.0, 1.0, 2.0, 3.0, 3.0])[:, None]
    assert capped_edges(sample, 2)[0].tolist() == [1.0, 2.0, 3.0]
    assert capped_edges(sample, 4)[0].tolist() == [1.0, 2.0, 3.0, 3.0, 3.0]
    assert capped_edges(sample[:1], 3)[0].tolist() == [3.0] * 4


def test_edges_ascend_from_the_least_to_the_greatest_value():
    sample = torch.from_numpy(np.random.default_rng(1).poisson(30.0, size=(1000, 4)) * 1.0)
    edges = capped_edges(sample, 8)
    assert (edges.diff() > 0).all()
    torch.testing.assert_close(edges[:, 0], sample.min(0).values)
    torch.testing.assert_close(edges[:, -1], sample.max(0).values)


def test_a_row_of_weight_two_is_the_row_twice():
    generator = np.random.default_rng(2)
    sample, times = generator.normal(size=(60, 2)).round(1), generator.integers(1, 5, 60)
    expected = capped_edges(torch.from_numpy(np.repeat(sample, times, axis=0)), 12)
    weighted = capped_edges(torch.from_numpy(sample), 12, torch.from_numpy(times).double())
    torch.testing.assert_close(weighted, expected)


def test_the_sample_s_dtype_is_kept_and_no_rows_are_refused():
    assert capped_edges(torch.rand(9, 2), 3).dtype == torch.float32
    with pytest.raises(ValueError, match="without rows"):
        capped_edges(torch.empty(0, 2), 4)


def test_a_table_without_numeric_columns_has_no_edges():
    assert capped_edges(torch.empty(5, 0), 4).shape == (0, 5)
