# ruff: noqa: E501  # one case a line
"""What classical fits refuse, in one sentence, and what they warn of."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from deepstat import (
    DeepClassifier,
    DeepDistributionRegressor,
    DeepExpectileRegressor,
    DeepQuantileRegressor,
    DeepRegressor,
)

NEWTON = {"architecture": "linear", "optimizer": "newton"}
POINT = {"architecture": "linear", "optimizer": "interior_point"}
IRLS = {"architecture": "linear", "optimizer": "irls"}


@pytest.fixture(scope="module")
def stack():
    data = sm.datasets.stackloss.load_pandas()
    return data.exog.astype(float), data.endog.astype(float).rename("loss")


REFUSED = {
    "settings of networks": (DeepRegressor(max_epochs=5, learning_rate=0.1, **NEWTON), "leave out learning_rate=0.1, max_epochs=5"),
    "members": (DeepRegressor(n_members=3, **NEWTON), "leave out n_members=3"),
    "another architecture": (DeepRegressor(optimizer="newton"), "set architecture='linear' .got 'auto'."),
    "options of the architecture": (DeepRegressor(architecture_params={"width": 3}, **NEWTON), "leave out architecture_params"),
    "options of the solver": (DeepRegressor(optimizer_params={"betas": 1}, **NEWTON), "no option 'betas' for this model: it has none"),
    "options of another solver": (DeepDistributionRegressor(optimizer_params={"penalty_scale": "raw"}, **NEWTON), "its options are tol, max_iter"),
    "a tolerance of zero": (DeepDistributionRegressor(optimizer_params={"tol": 0.0}, **NEWTON), "tol must be positive"),
    "an unknown penalty scale": (DeepRegressor(l2=0.1, optimizer_params={"penalty_scale": "unit"}, **NEWTON), "'raw' or 'standardised'"),
    "irls of least squares": (DeepRegressor(**IRLS), "optimizer='irls' does not fit this model: choose 'newton'"),
    "newton of huber": (DeepRegressor(loss="huber", **NEWTON), "choose 'irls'"),
    "newton of quantiles": (DeepQuantileRegressor(**NEWTON), "choose 'interior_point'"),
    "newton of expectiles": (DeepExpectileRegressor(**NEWTON), "choose 'irls'"),
    "newton of the lasso": (DeepRegressor(l1=0.1, **NEWTON), "choose 'coordinate_descent'"),
    "descent of a likelihood": (DeepDistributionRegressor(architecture="linear", optimizer="coordinate_descent"), "choose 'newton' or 'lbfgs'"),
    "a penalised likelihood": (DeepDistributionRegressor(l2=0.1, **NEWTON), "penalise least squares only"),
    "lines that never cross": (DeepQuantileRegressor(crossing="none", **POINT), "crossing='none' bends the lines"),
    "a weighted likelihood": (DeepDistributionRegressor(nll_beta=0.5, **NEWTON), "leave out nll_beta=0.5"),
    "kinks": (DeepDistributionRegressor(distribution="laplace", **NEWTON), "use DeepQuantileRegressor"),
    "a mixture": (DeepDistributionRegressor(distribution="mixture", distribution_params={"family": "normal"}, **NEWTON), "many maxima"),
    "another loss": (DeepRegressor(loss="log_cosh", **NEWTON), "'log_cosh' has no classical model"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_classical_fit_would_ignore_is_refused(stack, name):
    X, y = stack
    estimator, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, y)


def test_data_that_a_classical_fit_cannot_use_are_refused(stack):
    X, y = stack
    with pytest.raises(ValueError, match="A sparse table is nothing for classical solvers"):
        DeepRegressor(**NEWTON).fit(sparse.csr_matrix(X), y)
    with pytest.raises(ValueError, match="y holds class probabilities"):
        DeepClassifier(**NEWTON).fit(X, np.column_stack([y / 50, 1 - y / 50]))
    with pytest.raises(ValueError, match="var_weights means nothing to this model"):
        DeepRegressor(loss="huber", **IRLS).fit(X, y, var_weights=y)
    with pytest.raises(ValueError, match=r"groups has shape .3,., allowed: .21,."):
        DeepRegressor(**NEWTON).fit(X, y).inference(covariance="cluster", groups=[1, 2, 3])
    with pytest.raises(
        TypeError, match=r"no option 'covarianc': they have covariance, .*Did you mean 'covariance'"
    ):
        DeepRegressor(**NEWTON).fit(X, y).inference(covarianc="HC0")


@pytest.mark.parametrize(
    "kind", [DeepRegressor, DeepClassifier, DeepDistributionRegressor, DeepQuantileRegressor]
)
def test_there_is_no_fit_of_a_part_of_the_rows(kind):
    with pytest.raises(AttributeError) as raised:
        kind(**NEWTON).partial_fit
    assert str(raised.value.__cause__) == "optimizer='newton' needs all rows at once: call fit."
    assert hasattr(kind(), "partial_fit")


def test_separated_classes_warn_and_have_no_standard_errors():
    X, y = np.arange(10.0)[:, None], np.arange(10) > 4
    with pytest.warns(
        ConvergenceWarning, match="newton solver did not converge .classes that a column separates"
    ):
        model = DeepClassifier(**NEWTON).fit(X, y)
    assert (model.predict(X) == y).all()
    assert not model.inference().converged
    with pytest.raises(AttributeError, match="found no maximum of the likelihood"):
        model.inference().bse


def test_a_failed_fit_leaves_the_fitted_model_as_it_was(stack):
    X, y = stack
    model = DeepRegressor(**NEWTON).fit(X, y)
    before = model.predict(X)
    with pytest.raises(ValueError, match="irls"):
        model.set_params(optimizer="irls").fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before)
    assert model.inference().model == "OLS"
    assert model.set_params(optimizer="newton").fit(X[["AIRFLOW"]], y).coef_.shape == (1,)
