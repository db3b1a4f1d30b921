"""Predictions of each row by a fit that has not seen it."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.delete_group import delete_group
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.draws.join_draws import join_draws
from deepstat.inference.draws.with_seeds import with_seeds
from deepstat.inference.fits import fits


def cross_fit(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    seed: int,
    fit_seed: int | None = None,
    n_folds: int = 5,
    clusters: np.ndarray | None = None,
    sample_weight: Any = None,
    n_jobs: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit on all rows, and once without each fold; all fits train together.

    Parameters
    ----------
    estimator : regressor or classifier
    X, y, sample_weight : as for its fit
    seed : int
        Of the folds.
    fit_seed : int or None
        Of the fits.
    n_folds : int, default=5
    clusters : ndarray of int of shape (n,) or None
        Codes; a cluster's rows share a fold.
    n_jobs : int or None

    Returns
    -------
    fitted, out_of_fold : ndarray of shape (n,) or (n, k)
        Predictions of the fit on all rows, and of the fits without the row's fold; probabilities of a classifier.

    Raises
    ------
    ValueError
        A class is too rare to be in the training rows of every fold.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X, y = np.arange(10.0)[:, None], np.arange(10.0) ** 2
    >>> fitted, out_of_fold = cross_fit(LinearRegression(), X, y, seed=0)
    >>> bool(np.abs(y - out_of_fold).mean() > np.abs(y - fitted).mean())
    True
    """
    y = np.asarray(y)
    strata = None
    if is_classifier(estimator) and clusters is None:
        classes, strata, counts = np.unique(y, return_inverse=True, return_counts=True)
        if counts.min() < 2:
            raise ValueError(
                f"Class {classes[counts.argmin()]!r} has one row, without which no fit knows it; join rare classes."
            )
    labels = deletion_labels(len(y), n_folds, seed=seed, clusters=clusters, strata=strata)
    draws = join_draws([Draw(groups=clusters)], delete_group(labels, groups=clusters))
    members = fits(estimator, X, y, with_seeds(draws, fit_seed, varying=False), sample_weight, n_jobs=n_jobs)
    fitted = respond(next(members), X)
    out_of_fold = np.empty_like(fitted)
    for fold, member in enumerate(members):
        rows = np.flatnonzero(labels == fold)
        predicted = respond(member, _safe_indexing(X, rows))
        if predicted.shape[1:] != fitted.shape[1:]:
            raise ValueError(
                f"A class is missing without fold {fold}: too few clusters have it; join rare classes."
            )
        out_of_fold[rows] = predicted
    return fitted, out_of_fold


def respond(member: Any, X: Any) -> np.ndarray:
    """Return a classifier's probabilities, or a regressor's predictions, in float64.

    Parameters
    ----------
    member : fitted estimator
    X : table of shape (n, p)

    Returns
    -------
    ndarray of shape (n,) or (n, k)
    """
    predict = member.predict_proba if is_classifier(member) else member.predict
    return np.asarray(predict(X), dtype=np.float64)
