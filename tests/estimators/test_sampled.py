"""The rows that starts look at."""

import numpy as np
import pytest
import torch

from deepstat.data.tensors import TensorTable
from deepstat.estimators.sampled import SAMPLE, sample_of, sampled_rows


@pytest.mark.parametrize("n", [10, SAMPLE, SAMPLE + 1, 2 * SAMPLE - 1, 3 * SAMPLE + 7])
def test_sampled_rows_lie_over_the_whole_table(n):
    x = torch.arange(n, dtype=torch.float64)[:, None]  # a sorted column
    table = TensorTable(x, x, None)
    chosen = sampled_rows(table, np.arange(n))
    assert len(chosen) == len(chosen.unique()) == min(n, SAMPLE)
    at = chosen.double().quantile(torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0], dtype=torch.float64)) / (n - 1)
    torch.testing.assert_close(
        at, torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0], dtype=torch.float64), atol=1e-3, rtol=0
    )


def test_a_sample_is_of_the_rows_given_standardised():
    x = torch.tensor([[1.0], [3.0], [100.0]])
    sample = sample_of(
        TensorTable(x, x + 1, None), np.array([1, 0]), torch.tensor([2.0]), torch.tensor([0.5])
    )
    assert sample.x.ravel().tolist() == [0.5, -0.5]
    assert sample.target.ravel().tolist() == [4.0, 2.0]
