"""Permutation tests of one column, or several, beside all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring

from deepstat.estimators.draw import Draw
from deepstat.inference.columns import column_numbers, stack, without_columns
from deepstat.inference.conditional_sampler import conditional_sampler
from deepstat.inference.cross_fit import cross_fit
from deepstat.inference.draws.join_draws import join_draws
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.draws.permutation import permutation
from deepstat.inference.draws.with_seeds import with_seeds
from deepstat.inference.fits import check_refits, fits
from deepstat.inference.permutation_result import PermutationResult
from deepstat.inference.randomness import COLUMN, FIT, derived_seed, generator, root_seed
from deepstat.inference.shared_seed import shared_seed
from deepstat.inference.statistics.reliance import reliance

HYPOTHESES = {
    "freedman-lane": "given the other columns, the target's mean does not depend on {what}, and its errors are "
    "exchangeable.",
    "conditional": "given the other columns, the target is independent of {what}; valid as far as draws follow the "
    "distribution given the others.",
}
# Bytes of the tables that are drawn at once for the conditional test.
MEMORY = 64 << 20


def permutation_test(
    estimator: Any,
    X: Any,
    y: Any,
    column: Any,
    *,
    method: str = "freedman-lane",
    statistic: str | Callable[[Any, Any, Any], Any] | None = None,
    n_permutations: int = 199,
    groups: Any = None,
    column_model: Any = None,
    sampler: Callable[[Any, np.random.Generator], Any] | None = None,
    n_folds: int = 5,
    random_state: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> PermutationResult:
    """Test whether a column says anything about the target beyond the other columns.

    Permuting the column's values, or the target's, would test independence of everything else too. Two ways around:

    "freedman-lane": fit without the column, permute the (cross-fitted) residuals, refit with the column. For real
    targets with additive errors.
    "conditional": draw the column anew given the others, refit. For any target; as good as the draws.

    All refits of a deepstat estimator train as populations and share one seed.

    Parameters
    ----------
    estimator : estimator
    X : array of shape (n, p) or data frame
    y : array-like of shape (n,) or (n, k)
    column : int, str or list of them
        Several are tested together.
    method : {"freedman-lane", "conditional"}, default="freedman-lane"
    statistic : callable, str or None
        ``statistic(fitted, X, y) -> number or array``, with the data of that fit; large values speak against the
        hypothesis. A name of scikit-learn's scorers: the score on those data. None:
        :func:`~deepstat.inference.statistics.reliance.reliance` on the column.
    n_permutations : int, default=199
    groups : array-like of shape (n,) or None
        Errors are exchangeable within groups only.
    column_model : estimator or None
        For "conditional": model of the column given the others.
    sampler : callable or None
        For "conditional", instead: ``sampler(X, rng) -> table`` with the column drawn anew.
    n_folds : int, default=5
        Of the cross-fitted residuals.
    random_state : int, RandomState or None
    n_jobs : int or None
    verbose : int, default=0

    Returns
    -------
    PermutationResult

    Raises
    ------
    ValueError, TypeError
        Something given does not fit together; nothing was trained.

    References
    ----------
    Freedman and Lane (1983), A nonstochastic interpretation of reported significance levels.
    Candes, Fan, Janson and Lv (2018), Panning for gold: model-X knockoffs, section 4.1 (conditional randomisation).

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 2))
    >>> y = X @ [1.0, 0.0] + rng.normal(size=60)
    >>> [float(permutation_test(LinearRegression(), X, y, j, random_state=0).p_value) for j in (0, 1)]
    [0.005, 0.145]
    """
    numbers = column_numbers(X, column)
    y = np.asarray(y)
    codes = None if groups is None else codes_of("groups", groups, len(y))
    _check(estimator, y, method, n_permutations, column_model, sampler)
    seed = root_seed(random_state)
    own = shared_seed(estimator, seed)
    measure = _measure(statistic, estimator, numbers)
    if method == "freedman-lane":
        tables = _permuted_targets(
            estimator, X, y, numbers, n_permutations, codes, seed, own, n_folds, n_jobs, verbose
        )
    else:
        if sampler is None:
            sample = conditional_sampler(
                X,
                numbers,
                model=column_model,
                seed=seed,
                fit_seed=derived_seed(seed, FIT),
                groups=codes,
                n_folds=n_folds,
                n_jobs=n_jobs,
            )
        else:
            sample = partial(_sample, sampler, X, seed)
        tables = _drawn_columns(estimator, X, y, sample, n_permutations, own, n_jobs, verbose)
    values = np.stack([np.asarray(measure(*fit), dtype=np.float64) for fit in tables])
    what = f"column {column!r}" if len(numbers) == 1 else f"columns {list(column)!r}"
    return PermutationResult(
        observed=values[0], null=values[1:], method=method, hypothesis=HYPOTHESES[method].format(what=what)
    )


def _permuted_targets(
    estimator: Any,
    X: Any,
    y: np.ndarray,
    numbers: list[int],
    n_permutations: int,
    codes: np.ndarray | None,
    seed: int,
    fit_seed: int | None,
    n_folds: int,
    n_jobs: int | None,
    verbose: int,
) -> Iterator[tuple[Any, Any, Any]]:
    """Yield fits with the data they saw: the original first, then those of the permuted residuals."""
    y = y.astype(np.float64)
    rest = without_columns(X, numbers)
    if np.shape(rest)[1]:
        _, expected = cross_fit(
            estimator, rest, y, seed=seed, fit_seed=fit_seed, n_folds=n_folds, n_jobs=n_jobs
        )
    else:  # no other column: the reduced model is a constant
        expected = np.broadcast_to(y.mean(axis=0), y.shape)
    draws = LazyDraws(partial(_permuted, expected, y - expected, codes, seed), range(n_permutations))
    tasks = join_draws([Draw()], draws)
    seeded = with_seeds(tasks, fit_seed, varying=False)
    for number, member in enumerate(fits(estimator, X, y, seeded, n_jobs=n_jobs, verbose=verbose)):
        target = tasks[number].y
        yield member, X, y if target is None else target


def _permuted(
    expected: np.ndarray, residuals: np.ndarray, codes: np.ndarray | None, seed: int, number: int
) -> Draw:
    return Draw(y=expected + residuals[permutation(len(residuals), number, seed=seed, groups=codes)])


def _drawn_columns(
    estimator: Any,
    X: Any,
    y: np.ndarray,
    sample: Callable[[int], Any],
    n_permutations: int,
    fit_seed: int | None,
    n_jobs: int | None,
    verbose: int,
) -> Iterator[tuple[Any, Any, Any]]:
    """Yield fits with the data they saw. Tables of several draws are laid end to end: their fits train together."""
    n, p = np.shape(X)
    at_once = max(1, MEMORY // (8 * n * p))
    for start in range(0, n_permutations + 1, at_once):
        stop = min(start + at_once, n_permutations + 1)
        tables = [X if number == 0 else sample(number - 1) for number in range(start, stop)]
        rows = np.arange(len(tables) * n, dtype=np.int32).reshape(-1, n)
        draws = [Draw(rows=own, seed=fit_seed) for own in rows]
        together = np.concatenate([y] * len(tables))
        members = fits(estimator, stack(tables), together, draws, n_jobs=n_jobs, verbose=verbose)
        for member, table in zip(members, tables, strict=True):
            yield member, table, y


def _sample(sampler: Callable[..., Any], X: Any, seed: int, number: int) -> Any:
    return sampler(X, generator(seed, COLUMN, number))


def _measure(statistic: Any, estimator: Any, numbers: list[int]) -> Callable[..., Any]:
    if statistic is None:
        return reliance(numbers)
    return check_scoring(estimator, statistic) if isinstance(statistic, str) else statistic


def _check(
    estimator: Any, y: np.ndarray, method: str, n_permutations: Any, column_model: Any, sampler: Any
) -> None:
    """Check what does not need a fit."""
    if method not in HYPOTHESES:
        raise ValueError(f"Unknown method {method!r}; choose one of {', '.join(HYPOTHESES)}.")
    if not isinstance(n_permutations, Integral) or n_permutations < 1:
        raise ValueError(f"n_permutations={n_permutations!r} is out of range; give a whole number from 1.")
    check_refits(estimator, weights=False, copies=False)
    if method == "freedman-lane":
        if is_classifier(estimator) or y.dtype.kind not in "biuf":
            raise ValueError(
                "method='freedman-lane' permutes residuals of a real target; for classes choose method='conditional'."
            )
        given = [
            name
            for name, value in (("column_model", column_model), ("sampler", sampler))
            if value is not None
        ]
        if given:
            raise ValueError(f"method='freedman-lane' does not use {given[0]}; choose method='conditional'.")
    elif column_model is not None and sampler is not None:
        raise ValueError("column_model and sampler are given; a sampler needs no model, so give one of them.")
