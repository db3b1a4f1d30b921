"""Ridge, lasso and elastic net against scikit-learn by the table of the docstring."""

import numpy as np
import pytest
from classical_twins import tensor
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, Lasso, Ridge

from deepstat.classical.penalised_regression import penalised_fit, penalised_result


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True, scaled=False)
    return X, y


CASES = {
    "ridge": (Ridge(alpha=30.0, solver="cholesky"), {"l2": 30.0 / 442}),
    "lasso": (Lasso(alpha=2.0, tol=1e-14, max_iter=100_000), {"l1": 2.0}),
    "elastic net": (
        ElasticNet(alpha=1.5, l1_ratio=0.3, tol=1e-14, max_iter=100_000),
        {"l1": 0.45, "l2": 1.05},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_solutions_are_those_of_scikit_learn(diabetes, case):
    model, penalty = CASES[case]
    X, y = diabetes
    theirs = model.fit(X, y)
    ours = penalised_result(penalised_fit(tensor(X), tensor(y), **penalty))
    np.testing.assert_allclose(ours.estimate, [theirs.intercept_, *theirs.coef_], rtol=1e-6, atol=1e-8)
    assert ((ours.estimate[1:] == 0) == (theirs.coef_ == 0)).all()


def test_standardised_columns_are_another_problem_which_scaling_beforehand_solves(diabetes):
    X, y = diabetes
    deviation = X.std(0)
    theirs = Lasso(alpha=2.0, tol=1e-14, max_iter=100_000).fit(X / deviation, y)
    ours = penalised_fit(tensor(X), tensor(y), l1=2.0, penalty_scale="standardised").coefficients[0]
    np.testing.assert_allclose(ours[1:], theirs.coef_ / deviation, rtol=1e-6, atol=1e-9)


def test_frequencies_are_repeated_rows_also_in_the_deviation(diabetes):
    X, y = diabetes[0][:60], diabetes[1][:60]
    times = np.arange(60) % 3
    one = penalised_fit(tensor(X), tensor(y), l1=2.0, penalty_scale="standardised", weight=tensor(times))
    two = penalised_fit(
        tensor(np.repeat(X, times, axis=0)), tensor(np.repeat(y, times)), l1=2.0, penalty_scale="standardised"
    )
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-8, atol=1e-9)


def test_there_are_no_standard_errors_and_no_likelihood(diabetes):
    X, y = diabetes
    result = penalised_result(penalised_fit(tensor(X), tensor(y), l1=2.0))
    for name in ("bse", "pvalues", "tvalues"):
        with pytest.raises(AttributeError, match="biased on purpose"):
            getattr(result, name)
    for ask in (result.conf_int, result.cov_params, result.summary):
        with pytest.raises(AttributeError, match="biased on purpose"):
            ask()
    with pytest.raises(AttributeError, match="not at the maximum of a likelihood"):
        result.llf
    with pytest.raises(ValueError, match="choose 'raw' or 'standardised'"):
        penalised_fit(tensor(X), tensor(y), penalty_scale="unit")
