import numpy as np
import torch

from deepstat.distributions.count_sum import count_sum


def f64(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_short_sums_are_exact_and_stop_at_their_end():
    low, high = f64(0.0, 5.0, 0.0), f64(3.0, 5.0, 511.0)
    assert count_sum(lambda k, rows: k, low, high).tolist() == [6.0, 5.0, 511 * 512 / 2]


def test_long_sums_are_those_of_all_terms():
    means = f64(1e4, 3e6)[:, None]
    odds = 0.3 * means

    def term(count, rows):
        log_pmf = torch.lgamma(count + 1 / 0.3) - torch.lgamma(count + 1) - torch.lgamma(f64(1 / 0.3))
        return (log_pmf + count * (odds / (1 + odds)).log() - torch.log1p(odds) / 0.3)[rows].exp()

    sums = count_sum(term, f64(0.0, 0.0), (100 * means[:, 0]).ceil())
    np.testing.assert_allclose(sums, 1.0, rtol=1e-9)


def test_rows_are_taken_in_parts_without_mixing_them():
    high = torch.arange(5000, dtype=torch.float64) % 300
    np.testing.assert_array_equal(
        count_sum(lambda k, rows: k, torch.zeros(5000).double(), high), high * (high + 1) / 2
    )
