"""Whether single rows may be left out one by one."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from deepstat.estimators.components import options_of, resolve_architecture
from deepstat.estimators.defaults import architecture_of
from deepstat.estimators.network_estimator import NetworkEstimator
from deepstat.estimators.settings import ROWS_FOR_STOPPING
from deepstat.inference.fits import seed_parameters


def check_delete_one(estimator: Any, n_groups: int, n_rows: int) -> None:
    """Check that leaving out single rows would show the rows and not the noise of training.

    The jackknife multiplies what changes between fits by n - 1. So a change of the batches, of the rows held out, of
    the seed or of the dropout masks would drown what the row does.

    Parameters
    ----------
    estimator : estimator
    n_groups, n_rows : int
        Nothing is checked unless there are as many groups as rows.

    Raises
    ------
    ValueError
        The fit is not deterministic, or not full-batch.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> check_delete_one(DeepRegressor(random_state=0, batch_size=50), 50, 50)
    >>> check_delete_one(DeepRegressor(), 50, 50)
    Traceback (most recent call last):
    ...
    ValueError: Leaving out single rows needs a deterministic full-batch fit, but random_state is None; set \
random_state to an integer, or leave out 20 to 50 groups.
    """
    if n_groups != n_rows:
        return
    seeds = {name: estimator.get_params()[name] for name in seed_parameters(estimator)}
    problems = [
        (name, f"is {value!r}", "to an integer")
        for name, value in seeds.items()
        if not isinstance(value, Integral)
    ]
    if isinstance(estimator, NetworkEstimator):
        stopping = estimator.early_stopping
        if stopping is True or (stopping == "auto" and n_rows >= ROWS_FOR_STOPPING):
            problems.append(("early_stopping", "holds rows out at random", "to False"))
        if estimator._batch_rows(n_rows) < n_rows:
            problems.append(("batch_size", "is less than the rows", f"to {n_rows}"))
        given = architecture_of(vars(estimator), estimator._task), estimator.architecture_params
        architecture = resolve_architecture(*given, estimator._takes)[0]
        if {**options_of(architecture.target), **architecture.options}.get("dropout"):
            problems.append(("dropout", "is not zero", "to 0"))
    if problems:
        name, what, remedy = problems[0]
        raise ValueError(
            f"Leaving out single rows needs a deterministic full-batch fit, but {name} {what}; set {name} {remedy}, "
            "or leave out 20 to 50 groups."
        )
