"""Refit any estimator on draws: deepstat's as populations, others one by one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import has_fit_parameter

from deepstat.estimators.defaults import n_members_of
from deepstat.estimators.draw import Draw
from deepstat.estimators.network_estimator import NetworkEstimator
from deepstat.estimators.refit import refit
from deepstat.inference.progress_bar import progress_bar
from deepstat.model_selection.holds_deep import holds_deep
from deepstat.model_selection.population import population
from deepstat.training.chunks import train_chunks
from deepstat.training.together import trained_by


def fits(
    estimator: Any,
    X: Any,
    y: Any,
    draws: Sequence[Draw],
    sample_weight: Any = None,
    *,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Iterator[Any]:
    """Yield the fit of each draw, in order.

    Parameters
    ----------
    estimator : estimator
        Any of scikit-learn's contract; it stays as it is.
    X, y, sample_weight : as for the estimator's fit
    draws : sequence of Draw
    n_jobs : int or None
        Processes.
    verbose : int
        1: a progress bar over the draws of a deepstat estimator.

    Yields
    ------
    fitted estimator

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X, y = np.arange(4.0)[:, None], np.array([0.0, 1.0, 2.0, 9.0])
    >>> [float(one.coef_[0].round(3)) for one in fits(LinearRegression(), X, y, [Draw(rows=np.arange(3)), Draw()])]
    [1.0, 2.8]
    """
    if isinstance(estimator, NetworkEstimator):
        yield from _population(estimator, X, y, draws, sample_weight, n_jobs, verbose)
        return
    y = np.asarray(y)
    weight = None if sample_weight is None else np.asarray(sample_weight)
    tasks = (delayed(_fit)(estimator, X, y, draw, weight) for draw in draws)
    if holds_deep(estimator):
        with population(n_jobs=n_jobs, verbose=verbose):
            members = Parallel()(tasks)  # all at once: callers shall not work inside the context
        yield from members
        return
    with progress_bar(len(draws), "fits", shown=verbose > 0) as advance:
        for member in Parallel(n_jobs=n_jobs, return_as="generator")(tasks):
            advance(1)
            yield member


def _population(
    estimator: NetworkEstimator,
    X: Any,
    y: Any,
    draws: Sequence[Draw],
    sample_weight: Any,
    n_jobs: int | None,
    verbose: int,
) -> Iterator[Any]:
    """Refit, with the trainer that jobs and progress ask for set while a wave trains, and not while callers work."""
    epochs = len(draws) * n_members_of(estimator) * estimator.max_epochs
    with progress_bar(epochs, "epochs", shown=verbose > 0) as advance:
        members = refit(estimator, X, y, draws, sample_weight)
        trainer = partial(train_chunks, n_jobs=n_jobs, report=advance)
        own = n_jobs is not None or verbose > 0
        for _ in range(len(draws)):
            with trained_by(trainer) if own else contextlib.nullcontext():
                member = next(members)
            yield member


def seed_parameters(estimator: Any) -> list[str]:
    """Return the names of an estimator's seeds, its own and those of the estimators inside it.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    list of str

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> seed_parameters(SVC())
    ['random_state']
    """
    names = estimator.get_params(deep=True)
    return sorted(name for name in names if name == "random_state" or name.endswith("__random_state"))


def check_refits(estimator: Any, *, weights: bool, copies: bool) -> None:
    """Check that an estimator can be refitted on draws.

    Parameters
    ----------
    estimator : estimator
    weights : bool
        Draws, or the caller, weight the rows.
    copies : bool
        Draws repeat rows.

    Raises
    ------
    TypeError
        It is not an estimator.
    ValueError
        Its fit takes no ``sample_weight`` where one is needed; or, inside it, rows are held out without regard to
        which of them are copies.
    """
    name = type(estimator).__name__
    if isinstance(estimator, type) or not (hasattr(estimator, "fit") and hasattr(estimator, "get_params")):
        raise TypeError(
            f"estimator is a {name}; give an object of deepstat's or scikit-learn's, with fit and get_params."
        )
    if isinstance(estimator, NetworkEstimator):
        return
    if weights and not has_fit_parameter(estimator, "sample_weight"):
        raise ValueError(
            f"{name}.fit takes no sample_weight; leave the weights out, or use a scheme that draws rows."
        )
    params = estimator.get_params(deep=True)
    stopping = sorted(
        key for key, value in params.items() if key.split("__")[-1] == "early_stopping" and value
    )
    if copies and stopping:
        raise ValueError(
            f"{name} holds out rows by itself ({stopping[0]}={params[stopping[0]]!r}), and copies of a drawn row would "
            f"lie on both sides; set {stopping[0]}=False, or give the deepstat estimator itself."
        )


def check_independent(estimator: Any) -> None:
    """Refuse to draw rows that depend on one another, as nodes of a graph do.

    Parameters
    ----------
    estimator : estimator
        Alone, or around others, such as a pipeline.

    Raises
    ------
    ValueError
        Its rows are parts of one graph.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> check_independent(DeepRegressor())
    """
    for part in [estimator, *estimator.get_params(deep=True).values()]:
        if getattr(part, "_rows_are_independent", True) is False:
            raise ValueError(
                f"The rows of {type(part).__name__} are parts of one graph and depend on one another, so leaving out "
                "or repeating single rows does not show what another sample would give: give clusters, such as "
                "components, or resample whole graphs with GraphClassifier or GraphRegressor."
            )


def _fit(estimator: Any, X: Any, y: np.ndarray, draw: Draw, weight: np.ndarray | None) -> Any:
    own = clone(estimator)
    if draw.seed is not None:
        own.set_params(**dict.fromkeys(seed_parameters(own), draw.seed))
    target = y if draw.y is None else np.asarray(draw.y)
    if draw.weight is not None:
        weight = draw.weight if weight is None else weight * draw.weight
    if draw.rows is not None:
        X, target = _safe_indexing(X, draw.rows), target[draw.rows]
        weight = None if weight is None else weight[draw.rows]
    return own.fit(X, target) if weight is None else own.fit(X, target, sample_weight=weight)
