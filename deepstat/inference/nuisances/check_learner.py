"""Check a learner of conditional means."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier

from deepstat.estimators.deep import DeepEstimator
from deepstat.inference.fits import check_refits

# scikit-learn's names of losses whose fit is the mean of any number.
MEANS = ("auto", "squared", "squared_error", "friedman_mse")


def check_learner(learner: Any, *, weighted: bool) -> None:
    """Check that a learner estimates a mean of any number given Z.

    Parameters
    ----------
    learner : regressor
    weighted : bool
        Its fits need ``sample_weight``.

    Raises
    ------
    ValueError, TypeError
        It is no estimator, a classifier, takes no weights where some are needed, or minimises a loss whose fit is a
        median, a quantile or another robust centre.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> check_learner(DeepRegressor(loss="huber"), weighted=False)
    Traceback (most recent call last):
    ValueError: DeepRegressor(loss='huber') does not estimate a mean, which the scores need; set loss='squared'.
    """
    check_refits(learner, weights=weighted, copies=False)
    name = type(learner).__name__
    if is_classifier(learner):
        raise TypeError(f"learner is a {name}; give a regressor: dummies are regressed on Z as numbers.")
    params = learner.get_params(deep=False)
    word = "loss" if "loss" in params else "criterion"  # trees'
    loss = params.get(word, "auto")
    if isinstance(learner, DeepEstimator):
        wrong, best = loss not in ("auto", "squared"), "squared"
    else:
        wrong, best = isinstance(loss, str) and loss not in MEANS, "squared_error"
    if wrong:
        raise ValueError(
            f"{name}({word}={loss!r}) does not estimate a mean, which the scores need; set {word}={best!r}."
        )
