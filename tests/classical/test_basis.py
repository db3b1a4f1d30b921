"""Orthogonal coordinates of designs, and dependent columns by name."""

import numpy as np
import pytest
import torch
from classical_twins import data, tensor

from deepstat.classical.basis import basis_of, dependent_columns


def test_columns_are_orthogonal_and_the_transform_leads_to_them_on_longley():
    X = tensor(data("longley")[0])
    basis = basis_of(X, [f"x{j}" for j in range(7)])
    np.testing.assert_allclose(basis.columns.T @ basis.columns, 16 * np.eye(7), atol=1e-9)
    np.testing.assert_allclose(X @ basis.transform, basis.columns, atol=1e-6)  # cond(X) is 5e9
    coefficients = torch.arange(7.0, dtype=torch.float64)
    np.testing.assert_allclose(
        basis.transform @ basis.coordinates(coefficients), coefficients, rtol=1e-9, atol=1e-9
    )


def test_dependent_and_constant_columns_are_named_with_the_rank():
    x = torch.arange(6.0)
    X = torch.stack([torch.ones(6), x, 2 * x - 3, x**2, torch.full((6,), 7.0)], 1)
    with pytest.raises(ValueError, match=r"rank 3 of 5 columns on 6 rows: 'c', 'e' are constant or"):
        basis_of(X, list("abcde"))


def test_more_columns_than_rows_are_refused():
    with pytest.raises(ValueError, match="rank 2 of 3"):
        basis_of(torch.eye(2, 3), list("abc"))


def test_a_design_without_intercept_is_not_centred():
    X = torch.tensor([[1.0], [2.0], [4.0]], dtype=torch.float64)
    basis = basis_of(X, ["x"])
    assert not basis.has_intercept
    np.testing.assert_allclose(basis.columns / X, torch.full((3, 1), (3 / 21) ** 0.5))


def test_dependent_columns_are_those_of_qr_with_pivots_kept_in_order():
    rng = np.random.default_rng(0)
    for _ in range(20):
        free = rng.normal(size=(9, 4)) * 10.0 ** rng.integers(-1, 2, 4)
        X = np.column_stack([np.ones(9), free, free @ rng.normal(size=(4, 3)) + 5.0])[
            :, [0, *(1 + rng.permutation(7))]
        ]
        ranks = [
            np.linalg.matrix_rank(X[:, :j] / np.linalg.norm(X[:, :j], axis=0), tol=1e-9) for j in range(1, 9)
        ]
        expected = tuple(j for j in range(1, 8) if ranks[j] == ranks[j - 1])
        assert dependent_columns(tensor(X)) == expected


def test_a_dependent_column_takes_no_direction_from_those_after_it():
    X = np.array([[1.0, 0.1, 0.2, 3.0], [1.0, 0.7, 1.4, 3.0], [1.0, 0.3, 0.6, 5.0], [1.0, 0.9, 1.8, 8.0]])
    assert dependent_columns(tensor(X)) == (2,)
    assert dependent_columns(tensor([[1.0, 2.0, 1.0], [1.0, 3.0, 5.0]])) == (2,)
    assert dependent_columns(tensor(data("longley")[0])) == ()
