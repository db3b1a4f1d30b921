"""The learner of E[y | D, Z]."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier

from deepstat.estimators.classifier import DeepClassifier
from deepstat.estimators.regressor import DeepRegressor
from deepstat.inference.fits import check_refits

LOSSES = {"normal": "squared", "poisson": "poisson", "gamma": "gamma", "inverse_gaussian": "gamma"}
EXAMPLES = {
    "normal": "HistGradientBoostingRegressor()",
    "binomial": "HistGradientBoostingClassifier()",
    "poisson": "HistGradientBoostingRegressor(loss='poisson')",
    "gamma": "HistGradientBoostingRegressor(loss='gamma')",
    "inverse_gaussian": "HistGradientBoostingRegressor(loss='gamma')",
}


def mean_learner_for(learner: Any, given: Any, family: str, *, weighted: bool) -> Any:
    """Return the learner of the mean of y given D and Z.

    Parameters
    ----------
    learner : regressor
        Of the other nuisances.
    given : estimator or None
        None: the network of `learner` with the loss of the family.
    family : str
    weighted : bool
        Rows have weights.

    Returns
    -------
    classifier or regressor

    Raises
    ------
    ValueError, TypeError
        None is given and none follows from `learner`; or the one given cannot do it.

    Examples
    --------
    >>> mean_learner_for(DeepRegressor(max_epochs=50), None, "poisson", weighted=False)
    DeepRegressor(loss='poisson', max_epochs=50)
    """
    if given is None:
        if type(learner) is not DeepRegressor:
            raise ValueError(
                f"With a link, a learner of E[y | D, Z] is needed beside {type(learner).__name__}: give mean_learner, "
                f"such as {EXAMPLES[family]}."
            )
        params = {**learner.get_params(deep=False), "loss": LOSSES.get(family, "auto"), "loss_params": None}
        return DeepClassifier(**params) if family == "binomial" else DeepRegressor(**params)
    check_refits(given, weights=weighted, copies=False)
    if is_classifier(given) and family != "binomial":
        raise TypeError(
            f"mean_learner is a {type(given).__name__}, but the mean of family={family!r} needs a regressor."
        )
    if is_classifier(given) and not hasattr(given, "predict_proba"):
        raise TypeError(
            f"mean_learner={type(given).__name__} has no predict_proba; choose one with probabilities."
        )
    return given
