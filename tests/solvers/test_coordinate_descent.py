"""Ridge, lasso and elastic net against scikit-learn, by the mapping that the docstring prints."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

from deepstat.solvers.coordinate_descent import coordinate_descent

TIGHT = {"tol": 1e-14, "max_iter": 10**6}


def diabetes():
    X, y = load_diabetes(return_X_y=True, scaled=False)
    return X, y


def coefficients(model):
    return np.r_[model.intercept_, model.coef_]


@pytest.mark.parametrize("alpha", [0.01, 0.7, 8.0])
@pytest.mark.parametrize("kind", ["ridge", "lasso", "net"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_mapping_to_scikit_learn_holds(alpha, kind, weighted):
    X, y = diabetes()
    weight = np.random.default_rng(0).integers(0, 4, len(y)).astype(float) if weighted else np.ones(len(y))
    model, penalties = {
        "ridge": (Ridge(alpha=alpha * weight.sum()), {"l2": alpha}),
        "lasso": (Lasso(alpha=alpha, **TIGHT), {"l1": alpha}),
        "net": (ElasticNet(alpha=alpha, l1_ratio=0.3, **TIGHT), {"l1": 0.3 * alpha, "l2": 0.7 * alpha}),
    }[kind]
    model.fit(X, y, sample_weight=weight)
    found = coordinate_descent(X, y, weight, **penalties)
    assert found.converged.all()
    np.testing.assert_allclose(found.x[0], coefficients(model), rtol=1e-8, atol=1e-9)
    assert ((found.x[0, 1:] == 0).numpy() == (model.coef_ == 0)).all() or kind == "ridge"


def test_a_factor_of_standard_deviations_penalises_standardised_columns():
    X, y = diabetes()
    spread = X.std(0)
    model = ElasticNet(alpha=2.0, l1_ratio=0.6, **TIGHT).fit((X - X.mean(0)) / spread, y)
    found = coordinate_descent(X, y, l1=1.2, l2=0.8, factor=spread)
    np.testing.assert_allclose(found.x[0, 1:], model.coef_ / spread, rtol=1e-9, atol=1e-10)


def test_a_path_equals_its_single_penalties_and_ends_at_zero():
    X, y = diabetes()
    spread = X.std(0)
    highest = np.abs((X - X.mean(0)).T @ y / len(y) / spread).max()
    path = torch.logspace(-3, 0.001, 20, dtype=torch.float64) * highest
    found = coordinate_descent(X, y, l1=path, factor=spread)
    assert found.converged.all()
    assert (found.x[-1, 1:] == 0).all()
    np.testing.assert_allclose(found.x[-1, 0], y.mean())
    assert (found.x[-2, 1:] != 0).any()
    alone = coordinate_descent(X, y, l1=path[7], factor=spread)
    torch.testing.assert_close(found.x[7], alone.x[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_the_conditions_of_optimality_hold_in_the_units_of_the_data(l2):
    X, y = diabetes()
    X = X * np.array([1e6, 1e-6] * 5)
    spread = X.std(0)
    W = np.random.default_rng(0).multinomial(442, np.full(442, 1 / 442), size=5).astype(float)
    found = coordinate_descent(X, y, W, l1=2.0, l2=l2, factor=spread)
    assert found.converged.all()
    for k in range(5):
        b = found.x[k, 1:].numpy()
        r = y - found.x[k, 0].item() - X @ b
        pull = (W[k] * r) @ X / W[k].sum() - l2 * spread**2 * b
        on = b != 0
        np.testing.assert_allclose(pull[on], 2.0 * spread[on] * np.sign(b[on]), rtol=1e-9)
        assert (np.abs(pull[~on]) <= 2.0 * spread[~on] * (1 + 1e-9)).all()
        assert abs((W[k] * r).sum()) < 1e-7
        penalty = 2.0 * np.abs(spread * b).sum() + 0.5 * l2 * ((spread * b) ** 2).sum()
        np.testing.assert_allclose(
            found.value[k], 0.5 * (W[k] * r**2).sum() / W[k].sum() + penalty, rtol=1e-12
        )
    assert (found.gradient[:, 1:].abs() <= 1e-8 * torch.tensor(spread) * y.std()).all()


def test_weight_two_equals_the_row_twice_and_members_their_solo_fits():
    X, y = diabetes()
    W = np.random.default_rng(1).integers(0, 3, (4, 442))
    found = coordinate_descent(X, y, W, l1=0.5)
    repeated = coordinate_descent(np.repeat(X, W[2], 0), np.repeat(y, W[2]), l1=0.5)
    torch.testing.assert_close(found.x[2], repeated.x[0], rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(found.x[1], coordinate_descent(X, y, W[1], l1=0.5).x[0], rtol=1e-9, atol=1e-9)


def test_no_penalty_is_least_squares():
    X, y = diabetes()
    found = coordinate_descent(X, y)
    np.testing.assert_allclose(found.x[0], coefficients(LinearRegression().fit(X, y)), rtol=1e-9)


def test_a_free_column_pays_nothing():
    X, y = diabetes()
    factor = np.ones(10)
    factor[2] = 0.0
    found = coordinate_descent(X, y, l1=1e6, factor=factor)
    np.testing.assert_allclose(found.x[0, 3], np.polyfit(X[:, 2], y, 1)[0], rtol=1e-10)
    assert (found.x[0, 1:] != 0).sum() == 1


def test_more_columns_than_rows_keep_at_most_as_many():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(30, 80))
    y = X[:, :3].sum(1) + generator.normal(size=30)
    found = coordinate_descent(X, y, l1=0.1)
    model = Lasso(alpha=0.1, **TIGHT).fit(X, y)
    assert found.converged.all()
    assert (found.x[0, 1:] != 0).sum() <= 30
    np.testing.assert_allclose(found.x[0], coefficients(model), atol=1e-7)


def test_a_large_mean_costs_no_accuracy():
    X, y = diabetes()
    plain = coordinate_descent(X, y, l1=0.5)
    moved = coordinate_descent(X + 2.0**30, y + 2.0**20, l1=0.5)
    np.testing.assert_allclose(moved.x[0, 1:], plain.x[0, 1:], rtol=1e-5, atol=1e-7)


def test_a_constant_column_stays_out():
    X, y = diabetes()
    found = coordinate_descent(np.c_[X, np.full(442, 7.0)], y, l1=0.5)
    assert found.x[0, -1] == 0
    torch.testing.assert_close(found.x[0, :-1], coordinate_descent(X, y, l1=0.5).x[0], rtol=1e-10, atol=1e-10)


def test_columns_that_are_copies_still_converge_under_the_lasso():
    X, y = diabetes()
    found = coordinate_descent(np.c_[X, X[:, 2]], y, l1=0.5)
    single = coordinate_descent(X, y, l1=0.5)
    assert found.converged.all()
    np.testing.assert_allclose(found.value, single.value, rtol=1e-12)
    np.testing.assert_allclose(found.x[0, 3] + found.x[0, 11], single.x[0, 3], rtol=1e-6)


def test_running_out_of_sweeps_is_not_convergence():
    X, y = diabetes()
    assert not coordinate_descent(X, y, l1=0.5, max_iter=1).converged.any()


@pytest.mark.parametrize("options", [{"l1": -1.0}, {"l2": -1.0}, {"factor": -np.ones(10)}])
def test_negative_penalties_are_refused(options):
    with pytest.raises(ValueError, match="negative"):
        coordinate_descent(*diabetes(), **options)
