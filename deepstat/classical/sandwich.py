"""Covariances that hold under heteroscedastic or clustered rows."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Correction = Literal["none", "groups", "full"]
KINDS = ("HC0", "HC1", "HC2", "HC3", "cluster")


def sandwich(
    bread: Array,
    scores: Array,
    kind: str,
    *,
    weight: Array | None = None,
    leverage: Array | None = None,
    groups: NDArray | None = None,
    correction: Correction = "full",
) -> Array:
    """Return bread · meat · bread, the covariance of estimates that solve a sum of row scores.

    Parameters
    ----------
    bread : ndarray of shape (P, P)
        Inverse of the (observed or expected) information.
    scores : ndarray of shape (n, P)
        Of one copy of each row, without frequencies.
    kind : {"HC0", "HC1", "HC2", "HC3", "cluster"}
        Meat of squared scores: as they are; times n / (n - P); divided by 1 - h; by (1 - h)². "cluster": of squared
        sums of scores over groups.
    weight : ndarray of shape (n,), optional
        Frequencies: the result is that of repeated rows.
    leverage : ndarray of shape (n,), optional
        Diagonal h of the model's own hat matrix, for HC2 and HC3. Of a GLM that is W^½ X (X'WX)⁻¹ X' W^½ with the
        weights of its last iteration.
    groups : ndarray of shape (n,), optional
        Labels, for "cluster".
    correction : {"full", "groups", "none"}
        For "cluster", with G groups: G / (G - 1) · (n - 1) / (n - P); G / (G - 1); 1.

    Raises
    ------
    ValueError
        An unknown kind or correction; HC2 or HC3 of a model without a hat matrix; groups missing, of another length,
        or fewer than two.

    References
    ----------
    MacKinnon and White (1985), Some heteroskedasticity-consistent covariance matrix estimators with improved finite
    sample properties, Journal of Econometrics 29; Zeileis (2006), Object-oriented computation of sandwich estimators,
    Journal of Statistical Software 16(9); Cameron and Miller (2015), A practitioner's guide to cluster-robust
    inference, Journal of Human Resources 50.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0]])
    >>> sandwich(np.linalg.inv(x.T @ x), x * np.array([[0.5], [-0.5]]), "HC0")
    array([[0.05]])
    """
    if kind not in KINDS:
        raise ValueError(
            f"covariance={kind!r} is not known: choose 'nonrobust' or one of {', '.join(KINDS)}."
        )
    n, p = scores.shape
    weight = np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)
    total = weight.sum()
    if kind == "cluster":
        meat = _clustered(scores, weight, groups, correction)
    else:
        factor = np.ones(n)
        if kind == "HC1":
            factor = factor * (total / (total - p))
        if kind in ("HC2", "HC3"):
            if leverage is None:
                raise ValueError(
                    f"covariance={kind!r} needs a hat matrix, which models of one mean have (OLS, GLM): use 'HC0', "
                    "'HC1' or 'cluster' here."
                )
            factor = (1.0 - leverage) ** (-1.0 if kind == "HC2" else -2.0)
        meat = (scores * (weight * factor)[:, None]).T @ scores
    return bread @ meat @ bread


def _clustered(scores: Array, weight: Array, groups: NDArray | None, correction: str) -> Array:
    if groups is None:
        raise ValueError("covariance='cluster' needs groups: give the label of each row's group.")
    groups = np.asarray(groups)
    if groups.shape != (len(scores),):
        raise ValueError(f"groups has shape {groups.shape}, allowed: ({len(scores)},), a label for each row.")
    used = weight > 0
    labels, code = np.unique(groups[used], return_inverse=True)
    G, n, p = len(labels), weight.sum(), scores.shape[1]
    if G < 2:
        raise ValueError("covariance='cluster' needs two groups or more, and groups holds one label.")
    factors = {"none": 1.0, "groups": G / (G - 1), "full": G / (G - 1) * (n - 1) / (n - p)}
    if correction not in factors:
        raise ValueError(f"correction={correction!r} is not known: choose one of {', '.join(factors)}.")
    sums = np.zeros((G, p))
    np.add.at(sums, code, (scores * weight[:, None])[used])
    return factors[correction] * (sums.T @ sums)
