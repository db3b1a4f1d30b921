"""Least squares against NIST's certified values and numpy's lstsq."""

import numpy as np
import pytest
import statsmodels.api as sm
import torch

from deepstat.solvers.double import double
from deepstat.solvers.gram import gram
from deepstat.solvers.least_squares import least_squares
from deepstat.solvers.orthogonal import Orthogonal
from deepstat.solvers.responses import responses

# NIST Statistical Reference Datasets, Longley: certified estimates and standard deviations.
ESTIMATE = np.array(
    [
        -3482258.63459582,
        15.0618722713733,
        -0.0358191792925910,
        -2.02022980381683,
        -1.03322686717359,
        -0.0511041056535807,
        1829.15146461355,
    ]
)
DEVIATION = np.array(
    [
        890420.383607373,
        84.9149257747669,
        0.0334910077722432,
        0.488399681651699,
        0.214274163161675,
        0.226073200069370,
        455.478499142212,
    ]
)


def longley():
    data = sm.datasets.longley.load_pandas()
    return torch.tensor(sm.add_constant(data.exog.to_numpy())), torch.tensor(data.endog.to_numpy())


def test_longley_meets_the_certified_values_to_ten_digits():
    X, y = longley()
    b, inverse, rank = least_squares(X, y)
    np.testing.assert_allclose(b, ESTIMATE, rtol=1e-10)
    variance = (y - X @ b).square().sum() / (16 - 7)
    np.testing.assert_allclose((variance * inverse.diagonal()).sqrt(), DEVIATION, rtol=1e-8)
    assert rank == 7


def test_longley_meets_the_certified_values_for_many_members():
    X, y = longley()
    found = least_squares(X, y, torch.tensor([[1.0], [2.0], [1e-3]], dtype=torch.float64).expand(3, 16))
    np.testing.assert_allclose(found.coefficients, np.tile(ESTIMATE, (3, 1)), rtol=1e-10)
    np.testing.assert_allclose(found.inverse[1] * 2, found.inverse[0], rtol=1e-8)
    assert found.rank.tolist() == [7, 7, 7]


def test_filip_shaped_polynomial_of_degree_ten_has_full_rank():
    x = torch.linspace(-9.0, -3.0, 82, dtype=torch.float64)
    X = x[:, None] ** torch.arange(11)
    found = least_squares(X, X.sum(1))
    assert found.rank == 11
    np.testing.assert_allclose(X @ found.coefficients, X.sum(1), rtol=1e-12)


def test_shapes_follow_the_responses():
    X, y = longley()
    X = X[:, :3]
    assert least_squares(X, y).coefficients.shape == (3,)
    members = least_squares(X, torch.stack([y, 2 * y]))
    columns = least_squares(X, torch.stack([y, 2 * y], 1))
    assert members.coefficients.shape == (2, 3)
    torch.testing.assert_close(columns.coefficients, members.coefficients.T)
    assert members.inverse.shape == (3, 3)
    weighted = least_squares(X, torch.stack([y, 2 * y]), torch.ones(2, 16))
    torch.testing.assert_close(weighted.coefficients, members.coefficients, rtol=1e-10, atol=0)
    assert weighted.inverse.shape == (2, 3, 3)


@pytest.mark.parametrize("spread", [0.0, 3.0, 12.0])
def test_weights_of_any_spread_equal_lstsq_on_scaled_rows(spread):
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(40, 5)), generator.normal(size=(6, 40))
    W = 10.0 ** (-spread * generator.random((6, 40)))
    found = least_squares(torch.tensor(X), torch.tensor(y), torch.tensor(W))
    for k in range(6):
        root = np.sqrt(W[k])
        reference = np.linalg.lstsq(X * root[:, None], y[k] * root, rcond=None)[0]
        np.testing.assert_allclose(found.coefficients[k], reference, rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(found.inverse[k], np.linalg.inv((X.T * W[k]) @ X), rtol=1e-7, atol=1e-9)


def test_weight_two_equals_the_row_twice():
    generator = np.random.default_rng(1)
    X, y = torch.tensor(generator.normal(size=(20, 3))), torch.tensor(generator.normal(size=20))
    times = torch.tensor(generator.integers(0, 4, 20))
    weighted = least_squares(X, y, times[None].double())
    repeated = least_squares(X.repeat_interleave(times, 0), y.repeat_interleave(times))
    torch.testing.assert_close(weighted.coefficients[0], repeated.coefficients, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(weighted.inverse[0], repeated.inverse, rtol=1e-12, atol=1e-13)


def test_a_dummy_trap_is_reported_and_marked():
    level = torch.arange(12) % 3
    X = torch.cat([torch.ones(12, 1), torch.nn.functional.one_hot(level)], 1).double()
    y = torch.arange(12.0).double()
    found = least_squares(X, y)
    assert found.rank == 3
    assert torch.isnan(found.coefficients).tolist() == [False, False, False, True]
    np.testing.assert_allclose(found.coefficients[:3], [6.5, -2.0, -1.0], rtol=1e-12)
    assert torch.isnan(found.inverse).sum() == 7


def test_a_member_without_rows_of_a_level_loses_that_column_alone():
    level = torch.arange(12) % 3
    X = torch.cat([torch.ones(12, 1), torch.nn.functional.one_hot(level)[:, 1:]], 1).double()
    y = torch.arange(12.0).double()
    W = torch.ones(3, 12)
    W[1, level == 2] = 0.0
    found = least_squares(X, y, W)
    assert found.rank.tolist() == [3, 2, 3]
    assert torch.isnan(found.coefficients).tolist() == [[False] * 3, [False, False, True], [False] * 3]
    np.testing.assert_allclose(found.coefficients[1, :2], [4.5, 1.0], rtol=1e-12)
    np.testing.assert_allclose(found.coefficients[2], [4.5, 1.0, 2.0], rtol=1e-12)


@pytest.mark.parametrize("light", [1e-9, 1e-14])
def test_a_level_of_almost_no_weight_keeps_its_accuracy(light):
    level = torch.arange(12) % 3
    X = torch.cat([torch.ones(12, 1), torch.nn.functional.one_hot(level)[:, 1:]], 1).double()
    y = torch.arange(12.0).double()
    W = torch.ones(1, 12).double()
    W[0, level == 2] = light
    found = least_squares(X, y, W)
    np.testing.assert_allclose(found.coefficients[0], [4.5, 1.0, 2.0], rtol=1e-12)
    np.testing.assert_allclose(found.inverse[0, 2, 2], 1 / 4 + 1 / (4 * light), rtol=1e-9)


def test_more_columns_than_rows_leave_the_later_ones_aliased():
    X = torch.tensor([[1.0, 2.0, 0.0, 3.0], [1.0, 2.0, 1.0, 5.0]])
    found = least_squares(X, torch.tensor([1.0, 2.0]))
    assert found.rank == 2
    assert torch.isnan(found.coefficients).tolist() == [False, True, False, True]
    np.testing.assert_allclose(found.coefficients[[0, 2]], [1.0, 1.0], rtol=1e-14)


def test_a_column_of_zeros_is_aliased():
    found = least_squares(torch.tensor([[0.0, 1.0], [0.0, 2.0]]), torch.tensor([2.0, 4.0]))
    assert torch.isnan(found.coefficients).tolist() == [True, False]


def test_gram_equals_the_explicit_product():
    generator = np.random.default_rng(2)
    X, W = generator.normal(size=(30, 4)), generator.normal(size=(2, 3, 30))
    np.testing.assert_allclose(
        gram(torch.tensor(X), torch.tensor(W)), np.einsum("ni,abn,nj->abij", X, W, X), rtol=1e-12, atol=1e-13
    )


def test_gram_in_parts_equals_gram_at_once(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    X, W = torch.randn(30, 4, generator=generator).double(), torch.rand(2, 30, generator=generator).double()
    whole = gram(X, W)
    monkeypatch.setattr("deepstat.solvers.gram._PAIR_ENTRIES", 70)
    torch.testing.assert_close(gram(X, W), whole, rtol=1e-14, atol=1e-14)


def test_orthogonal_maps_back_to_the_columns():
    X, y = longley()
    design = Orthogonal(X)
    torch.testing.assert_close(design.Q @ design.R, X, rtol=1e-13, atol=1e-9)
    torch.testing.assert_close(design.solve(y @ design.Q), least_squares(X, y)[0], rtol=1e-7, atol=0)


def test_floats_do_not_pass_through_single_precision():
    assert double("tau", 0.1, (0,)).item() == 0.1
    assert double("tau", [0.1], (1,)).item() == 0.1


@pytest.mark.parametrize(
    ("Y", "weight", "message"),
    [
        (torch.ones(5), None, "Y has shape"),
        (torch.ones(4, 2), torch.ones(2, 4), "does not go with"),
        (torch.ones(3, 4), torch.ones(2, 4), "does not go with"),
        (torch.ones(4), -torch.ones(1, 4), "negative"),
        (torch.tensor([1.0, 2.0, torch.inf, 0.0]), None, "NaN or infinite"),
    ],
)
def test_what_does_not_fit_is_refused(Y, weight, message):
    with pytest.raises(ValueError, match=message):
        least_squares(torch.eye(4)[:, :2], Y, weight)


@pytest.mark.parametrize(
    ("Y", "weight", "members", "message"),
    [
        (torch.ones(5), None, 1, "do not fit a design of 4 rows"),
        (torch.ones(3, 4), torch.ones(2, 4), 1, "do not fit"),
        (torch.ones(3, 4), None, 2, "and 2 members"),
        (torch.ones(4), torch.zeros(1, 4), 1, "without any"),
    ],
)
def test_responses_that_do_not_fit_are_refused(Y, weight, members, message):
    with pytest.raises(ValueError, match=message):
        responses(4, Y, weight, members)
