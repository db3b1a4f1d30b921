"""scikit-learn's own checks of classical fits."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from deepstat import DeepClassifier, DeepDistributionRegressor, DeepQuantileRegressor, DeepRegressor

NEWTON = {"architecture": "linear", "optimizer": "newton"}

# Their tables have columns that depend on others, more columns than rows, and classes that a column separates.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*left out of the model:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*did not converge:sklearn.exceptions.ConvergenceWarning"),
]


@parametrize_with_checks(
    [
        DeepRegressor(**NEWTON),
        DeepRegressor(l2=0.1, **NEWTON),
        DeepClassifier(**NEWTON),
        DeepQuantileRegressor(architecture="linear", optimizer="interior_point"),
        DeepDistributionRegressor(**NEWTON),
    ]
)
def test_classical_fits_obey_the_contract(estimator, check):
    check(estimator)
