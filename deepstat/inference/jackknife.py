"""The jackknife, by groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deepstat.data.weights import check_weights
from deepstat.estimators.draw import Draw
from deepstat.inference.claims import kind_of
from deepstat.inference.draws.delete_group import delete_group
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.draws.join_draws import join_draws
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.with_seeds import with_seeds
from deepstat.inference.fits import check_independent, check_refits, fits
from deepstat.inference.full_batch import check_delete_one
from deepstat.inference.jackknife_result import JackknifeResult
from deepstat.inference.randomness import root_seed
from deepstat.inference.shared_seed import shared_seed
from deepstat.inference.values import Values


def jackknife(
    estimator: Any,
    X: Any,
    y: Any,
    statistic: Callable[[Any], Any],
    *,
    n_groups: int = 30,
    clusters: Any = None,
    sample_weight: Any = None,
    random_state: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> JackknifeResult:
    """Refit without each of some groups of rows, as one training, and report how a statistic of the fit varies.

    For smooth statistics; a quantile, say, needs the bootstrap.

    Parameters
    ----------
    estimator : estimator
    X, y : as for its fit
    statistic : callable
        ``statistic(fitted) -> number or array``.
    n_groups : int, default=30
        20 to 50 are usual. As many as rows (leave one out) multiplies what changes between fits by n - 1, so it is for
        deterministic full-batch fits only: an integer ``random_state``, no rows held out, all rows in a batch.
    clusters : array-like of shape (n,) or None
        Clusters are left out whole.
    sample_weight : array-like of shape (n,) or None
    random_state : int, RandomState or None
        Of the groups; of the fits too, unless the estimator's ``random_state`` is an integer. All fits share one seed.
    n_jobs : int or None
    verbose : int, default=0

    Returns
    -------
    JackknifeResult

    Raises
    ------
    ValueError, TypeError
        Something given does not fit together; nothing was trained.

    References
    ----------
    Shao and Tu (1995), The Jackknife and Bootstrap, section 2.3.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X, y = np.arange(6.0)[:, None], np.array([0.0, 1.0, 1.0, 3.0, 5.0, 4.0])
    >>> result = jackknife(LinearRegression(), X, y, lambda fitted: fitted.coef_[0], n_groups=6)
    >>> result.estimate.round(4), result.standard_error.round(4)
    (np.float64(0.9714), np.float64(0.2492))
    """
    y, weight = np.asarray(y), check_weights(sample_weight, len(y))
    codes = None if clusters is None else codes_of("clusters", clusters, len(y))
    check_refits(estimator, weights=weight is not None, copies=False)
    if clusters is None:
        check_independent(estimator)
    check_delete_one(estimator, n_groups, len(y))
    seed = root_seed(random_state)
    draws = delete_group(deletion_labels(len(y), n_groups, seed=seed, clusters=codes), groups=codes)
    tasks = with_seeds(join_draws([Draw(groups=codes)], draws), shared_seed(estimator, seed), varying=False)
    values = Values(statistic)
    for member in fits(estimator, X, y, tasks, weight, n_jobs=n_jobs, verbose=verbose):
        values.add(member)
    found, _ = values.arrays()
    return JackknifeResult(estimate=found[0], values=found[1:], kind=kind_of(estimator))
