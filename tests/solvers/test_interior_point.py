"""Quantile regression against scipy's linear programming, published figures and its own equivariances."""

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from scipy.optimize import linprog

from deepstat.solvers.interior_point import interior_point

LEVELS = torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95], dtype=torch.float64)
# Koenker and Bassett's Engel data, as published with the quantreg package.
ENGEL = [[124.8801, 0.3434], [95.4835, 0.4741], [81.4823, 0.5602], [62.3966, 0.6440], [64.1040, 0.7091]]


def optimum(X, y, tau, weight=None):
    """The optimal value by HiGHS, its coefficients put into the objective."""
    n, p = X.shape
    weight = np.ones(n) if weight is None else weight
    tight = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    b = linprog(
        np.r_[np.zeros(p), tau * weight, (1 - tau) * weight],
        A_eq=np.c_[X, np.eye(n), -np.eye(n)],
        b_eq=y,
        bounds=[(None, None)] * p + [(0, None)] * (2 * n),
        method="highs",
        options=tight,
    ).x[:p]
    r = y - X @ b
    return (weight * r * (tau - (r < 0))).sum()


def dataset(name):
    data = getattr(sm.datasets, name).load_pandas()
    if name == "engel":  # food on income, the other way round than statsmodels names them
        return sm.add_constant(np.array(data.data["income"])), np.array(data.data["foodexp"])
    y = np.array(data.endog)
    return sm.add_constant(np.array(data.exog)), y[:, 0] if y.ndim == 2 else y


def test_engel_equals_the_published_figures():
    X, y = dataset("engel")
    found = interior_point(X, y, LEVELS)
    np.testing.assert_allclose(found.x[0], ENGEL, atol=1e-4)
    assert found.converged.all()


@pytest.mark.parametrize("name", ["engel", "longley", "stackloss", "statecrime", "star98"])
def test_the_objective_is_the_linear_programme_s_optimum(name):
    X, y = dataset(name)
    found = interior_point(X, y, LEVELS)
    assert found.converged.all()
    best = np.array([optimum(X, y, float(tau)) for tau in LEVELS])
    np.testing.assert_allclose(found.value[0], best, rtol=1e-10)


def test_the_solution_is_basic_and_its_subgradient_zero():
    X, y = (torch.tensor(a) for a in dataset("engel"))
    found = interior_point(X, y, LEVELS)
    near = (y - found.x[0] @ X.T).abs() < 1e-9
    assert near.sum(1).tolist() == [2] * 5
    assert found.gradient.abs().max() < 1e-12 * X.abs().sum()


def test_small_degenerate_problems_with_ties_and_weights_reach_the_optimum():
    generator = np.random.default_rng(0)
    checked = 0
    for _ in range(40):
        n = int(generator.integers(3, 30))
        p = int(generator.integers(1, min(n, 5) + 1))
        X = generator.integers(-2, 3, (n, p)).astype(float)
        X[:, 0] = 1.0
        y = generator.integers(-3, 4, n).astype(float)
        W = generator.integers(0, 4, (2, n)).astype(float)
        W[:, 0] = 1.0
        found = interior_point(X, y, LEVELS[[0, 2, 3]], W)
        for k in range(2):
            determined = np.linalg.matrix_rank(X * W[k][:, None]) == np.linalg.matrix_rank(X)
            assert found.converged[k].all() == determined
            if determined:
                best = [optimum(X, y, float(tau), W[k]) for tau in LEVELS[[0, 2, 3]]]
                np.testing.assert_allclose(found.value[k], best, rtol=1e-10, atol=1e-12)
                checked += 1
    assert checked > 60


def test_weight_two_equals_the_row_twice():
    X, y = dataset("stackloss")
    times = np.array([1, 2, 0, 3, 1, 1, 2] * 3)
    weighted = interior_point(X, y, LEVELS, times[None])
    repeated = interior_point(np.repeat(X, times, 0), np.repeat(y, times), LEVELS)
    assert repeated.converged.all()
    np.testing.assert_allclose(weighted.value, repeated.value, rtol=1e-12)


def test_a_member_of_a_population_equals_its_solo_fit(monkeypatch):
    X, y = dataset("engel")
    W = np.random.default_rng(0).multinomial(235, np.full(235, 1 / 235), size=20).astype(float)
    together = interior_point(X, y, LEVELS, W)
    assert together.converged.all()
    monkeypatch.setattr("deepstat.solvers.interior_point._ENTRIES", 235 * 7)
    in_parts = interior_point(X, y, LEVELS, W)
    torch.testing.assert_close(in_parts.x, together.x, rtol=1e-10, atol=1e-9)
    for k in (0, 13):
        alone = interior_point(X, y, 0.25, W[k])
        torch.testing.assert_close(together.x[k, 1], alone.x[0, 0], rtol=1e-10, atol=1e-9)


def test_responses_may_differ_between_members():
    X, y = dataset("engel")
    both = interior_point(X, np.stack([y, 3 * y + X @ [1.0, 2.0]]), 0.5)
    np.testing.assert_allclose(both.x[1, 0], 3 * both.x[0, 0] + torch.tensor([1.0, 2.0]), rtol=1e-10)


@pytest.mark.parametrize("far", [1e4, 1e12])
def test_an_outlier_moved_further_out_changes_nothing(far):
    generator = np.random.default_rng(4)
    X = np.c_[np.ones(60), generator.normal(size=(60, 2))]
    y = X.sum(1) + generator.normal(size=60)
    before = interior_point(X, y, LEVELS[1:4])
    above = np.argmax(y - X @ before.x[0, 2].numpy())
    y[above] = far
    after = interior_point(X, y, LEVELS[1:4])
    assert after.converged.all()
    np.testing.assert_allclose(after.x, before.x, rtol=1e-10)


@pytest.mark.parametrize("units", [1e-9, 1e9])
def test_units_of_data_pass_through(units):
    X, y = dataset("engel")
    found = interior_point(X * [1.0, 1 / units], y * units, LEVELS)
    np.testing.assert_allclose(
        found.x[0], interior_point(X, y, LEVELS).x[0].numpy() * np.array([units, units**2]), rtol=1e-9
    )


def test_an_exact_fit_is_found_exactly():
    X = np.c_[np.ones(12), np.arange(12.0)]
    found = interior_point(X, X @ [2.0, -3.0], LEVELS)
    assert found.converged.all()
    np.testing.assert_allclose(found.x[0], np.tile([2.0, -3.0], (5, 1)), atol=1e-12)
    assert found.value.abs().max() < 1e-11


def test_as_many_rows_as_columns_are_interpolated():
    found = interior_point([[1.0, 0.0], [1.0, 2.0]], [1.0, 7.0], 0.3)
    assert found.converged.all()
    np.testing.assert_allclose(found.x[0, 0], [1.0, 3.0], atol=1e-14)


def test_an_intercept_alone_gives_the_weighted_quantile():
    y = np.array([5.0, 1.0, 3.0, 3.0, 8.0, 2.0, 9.0])
    found = interior_point(np.ones((7, 1)), y, 0.6)
    assert found.x.item() == np.quantile(y, 0.6, method="inverted_cdf")


def test_an_aliased_column_is_marked_and_the_rest_is_right():
    X, y = dataset("engel")
    found = interior_point(np.c_[X[:, :1], 2 * X[:, :1], X[:, 1:]], y, 0.5)
    assert torch.isnan(found.x[0, 0]).tolist() == [False, True, False]
    np.testing.assert_allclose(found.x[0, 0, [0, 2]], ENGEL[2], atol=1e-4)


def test_too_few_steps_are_made_good_by_pivots():
    X, y = dataset("engel")
    early = interior_point(X, y, LEVELS, max_iter=1)
    assert early.converged.all()
    np.testing.assert_allclose(early.x, interior_point(X, y, LEVELS).x, rtol=1e-10)


@pytest.mark.parametrize("tau", [0.0, 1.0, [0.5, 1.5]])
def test_levels_outside_the_unit_interval_are_refused(tau):
    with pytest.raises(ValueError, match="outside the open interval"):
        interior_point(np.ones((3, 1)), np.arange(3.0), tau)
