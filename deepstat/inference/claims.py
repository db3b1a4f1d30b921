"""What an interval claims."""

from __future__ import annotations

from typing import Any

from sklearn.linear_model import LinearRegression

from deepstat.estimators.deep import DeepEstimator

CONFIDENCE, VARIABILITY = "confidence interval", "variability interval"
SENTENCES = {
    CONFIDENCE: "The level is asymptotic, for coefficients and predictions of the linear model; rows (or clusters) are "
    "taken as independent and the fit as converged.",
    VARIABILITY: "It shows how the whole procedure varies from sample to sample. No coverage is claimed: the bias of "
    "a regularised fit is not in it.",
}


def kind_of(estimator: Any) -> str:
    """Return "confidence interval" for unpenalised linear models, else "variability interval".

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    str
        A key of ``SENTENCES``.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> kind_of(DeepRegressor()), kind_of(DeepRegressor(architecture="linear"))
    ('variability interval', 'confidence interval')
    """
    if isinstance(estimator, DeepEstimator):
        linear = estimator.architecture == "linear" and not (estimator.l1 or estimator.l2)
    else:
        linear = type(estimator) is LinearRegression
    return CONFIDENCE if linear else VARIABILITY
