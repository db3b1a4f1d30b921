"""The score of the logistic partially linear model."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

Array = np.ndarray


def logistic(
    coef: Array, y: Array, D: Array, offset: Array, residual: Array, weight: Array, *, instrument: Array
) -> tuple[Array, Array]:
    """Return (y exp(-v'b) (1 - p) - (1 - y) p) (d - m) in each row, and minus the derivative of its sum.

    Here v = d - h and p = expit(r + h'b). This is the score {y exp(-d'b) - (1 - y) exp(r)} (d - m) of Liu, Zhang and
    Zhou times a function of z, exp(h'b) (1 - p), which any such score may be. So chosen, no exponent is larger than d's
    own variation given z, and near b = 0 the factor is y - p, the efficient one. Its mean is zero if r or m is right.

    Parameters
    ----------
    coef : ndarray of shape (q,)
        b, log odds ratios.
    y : ndarray of shape (n,)
        0 and 1.
    D : ndarray of shape (n, q)
    offset : ndarray of shape (n,)
        r, an estimate of g(z).
    residual : ndarray of shape (n, q)
        v = d - h, where h is any mean of d given z.
    weight : ndarray of shape (n,)
        Frequencies; they enter the derivative, the rows are returned as they are.
    instrument : ndarray of shape (n, q)
        d - m, where m = E[d | y = 0, z].

    Returns
    -------
    score : ndarray of shape (n, q)
    jacobian : ndarray of shape (q, q)
        Terms of mean zero are left out.

    References
    ----------
    Liu, Zhang and Zhou (2021), Double/debiased machine learning for logistic partially linear model.

    Examples
    --------
    >>> y, v, r = np.array([1.0, 0.0]), np.array([[1.0], [-1.0]]), np.zeros(2)
    >>> score, _ = logistic(np.zeros(1), y, v, r, v, np.ones(2), instrument=v)
    >>> score[:, 0]
    array([0.5, 0.5])
    """
    own = residual @ coef
    centre = offset + D @ coef - own  # r + h'b
    case = y * np.exp(-own) * expit(-centre)
    score = (case - (1 - y) * expit(centre))[:, None] * instrument
    return score, ((weight * case)[:, None] * instrument).T @ residual
