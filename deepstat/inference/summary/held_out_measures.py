"""How well the procedure that a fit came from predicts rows that it has not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing

from deepstat.data.weights import check_weights
from deepstat.inference.draws.delete_group import delete_group
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.with_seeds import with_seeds
from deepstat.inference.fits import fits
from deepstat.inference.randomness import root_seed
from deepstat.inference.shared_seed import shared_seed
from deepstat.inference.summary.measures import Measure, measures


def held_out_measures(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    n_folds: int = 5,
    clusters: Any = None,
    random_state: Any = None,
    n_jobs: int | None = None,
) -> list[Measure]:
    """Return the measures of cross-validation: of each fold by a fit without it; the fits train as one population.

    Parameters
    ----------
    estimator : deep estimator
    X, y, sample_weight : as for its fit
    n_folds : int, default=5
        Classes are shared evenly among them.
    clusters : array-like of shape (n,) or None
        A cluster's rows share a fold.
    random_state : int, RandomState or None
    n_jobs : int or None

    Returns
    -------
    list of Measure
        Means over folds by their weight.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> X = np.arange(20.0)[:, None]
    >>> model = DeepRegressor(architecture="linear", optimizer="newton")
    >>> [round(measure.value, 6) for measure in held_out_measures(model, X, 2 * X[:, 0], random_state=0)]
    [1.0, 0.0, 0.0]
    """
    y, weight = np.asarray(y), check_weights(sample_weight, len(y))
    seed = root_seed(random_state)
    clusters = None if clusters is None else codes_of("clusters", clusters, len(y))
    strata = np.unique(y, return_inverse=True)[1] if is_classifier(estimator) and y.ndim == 1 else None
    strata = strata if clusters is None else None
    labels = deletion_labels(len(y), n_folds, seed=seed, clusters=clusters, strata=strata)
    draws = with_seeds(delete_group(labels, groups=clusters), shared_seed(estimator, seed), varying=False)
    found, sizes = [], []
    for fold, member in enumerate(fits(estimator, X, y, draws, weight, n_jobs=n_jobs)):
        rows = np.flatnonzero(labels == fold)
        own = None if weight is None else weight[rows]
        size = float(len(rows) if own is None else own.sum())
        if size > 0:
            found.append(measures(member, _safe_indexing(X, rows), y[rows], own))
            sizes.append(size)
    return [_joined(each, sizes) for each in zip(*found, strict=True)]


def _joined(each: tuple[Measure, ...], sizes: list[float]) -> Measure:
    values = np.array([measure.value for measure in each])
    if each[0].is_root:
        return each[0]._replace(value=float(np.sqrt(np.average(values**2, weights=sizes))))
    return each[0]._replace(value=float(np.average(values, weights=sizes)))
