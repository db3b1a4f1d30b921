"""An estimator whose target comes from outside its formula."""

from __future__ import annotations

from typing import Any

from sklearn.base import clone


def right_side(estimator: Any) -> Any:
    """Return the estimator; of one with a formula a clone without the left side, for refits that bring their targets.

    Parameters
    ----------
    estimator : deep estimator

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> right_side(DeepRegressor(formula="log(y) ~ x + deep(z)"))
    DeepRegressor(formula='~ x + deep(z)')
    """
    formula = estimator.formula
    if formula is None:
        return estimator
    if isinstance(formula, str):
        return clone(estimator).set_params(formula=_right(formula))
    return clone(estimator).set_params(formula={name: _right(own) for name, own in formula.items()})


def _right(formula: str) -> str:
    return f"~ {formula.rpartition('~')[2].strip()}"
