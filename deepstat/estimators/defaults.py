"""What "auto" stands for in estimators of tables: functions of what is declared alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Tasks whose default is the network of tables: the others' await a comparison of their own.
_TABULAR = ("regression", "classification")
N_MEMBERS = 8


def architecture_of(parameters: Mapping[str, Any], task: str) -> Any:
    """Return the architecture that an estimator's parameters ask for.

    "auto": "tabular" for means and classes; "mlp" for whole distributions, quantiles and expectiles, and for the deep
    terms of a formula.

    Parameters
    ----------
    parameters : mapping
        With ``architecture`` and ``formula``.
    task : str
        Of the estimator.

    Examples
    --------
    >>> architecture_of({"architecture": "auto", "formula": None}, "regression")
    'tabular'
    >>> architecture_of({"architecture": "resnet", "formula": None}, "regression")
    'resnet'
    """
    given = parameters["architecture"]
    if not (isinstance(given, str) and given == "auto"):
        return given
    return "tabular" if task in _TABULAR and parameters.get("formula") is None else "mlp"


def n_members_of(estimator: Any) -> int:
    """Return the number of networks of a fit; "auto": eight of the architecture "tabular", one of others.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> n_members_of(DeepRegressor()), n_members_of(DeepRegressor(architecture="mlp"))
    (8, 1)
    """
    if estimator.n_members != "auto":
        return int(estimator.n_members)
    return N_MEMBERS if is_tabular(estimator) else 1


def is_tabular(estimator: Any) -> bool:
    """Say whether an estimator's network is the default one of tables, and no part of a formula.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> is_tabular(DeepRegressor()), is_tabular(DeepRegressor(architecture="mlp"))
    (True, False)
    """
    if getattr(estimator, "formula", None) is not None:
        return False
    architecture = architecture_of(vars(estimator), estimator._task)
    return isinstance(architecture, str) and architecture in ("tabular", "deepstat/tabular")
