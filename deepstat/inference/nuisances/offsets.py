"""The function g of z in a partially linear predictor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deepstat.inference.nuisances.parts import Part

Array = np.ndarray


def offsets(
    parts: Sequence[Part], predictors: Sequence[Array], D: Array, expected: Array, weights: Sequence[Array]
) -> tuple[Array, Array]:
    """Return r = E[eta | z] - E[d | z]'b of each row, and b, preliminary, by regression of what z leaves of eta on d's.

    b is found in each part by itself, so that a predictor that shrinks the effect of d leaves none of it in r, and so
    that nothing in r has seen the y of its row.

    Parameters
    ----------
    parts : sequence of Part
    predictors : sequence of ndarray of shape (n,)
        eta of all rows, for each part.
    D : ndarray of shape (n, q)
    expected : ndarray of shape (R, n, 1 + q)
        E[eta | z] and E[d | z], out of fold.
    weights : sequence of ndarray of shape (n,)
        Of rows, for each part.

    Returns
    -------
    offset : ndarray of shape (R, n)
    coef : ndarray of shape (R, q)
        Means over the parts.

    Examples
    --------
    >>> z, d = np.array([0.0, 1.0, 2.0]), np.array([[1.0], [0.0], [5.0]])
    >>> part = Part(0, np.arange(0), np.arange(3), [], None)
    >>> expected = np.column_stack([3 * z, z])[None]  # of eta = 2 d + z, where E[d | z] = z
    >>> offset, coef = offsets([part], [2 * d[:, 0] + z], d, expected, [np.ones(3)])
    >>> offset.round(6), coef.round(6)
    (array([[0., 1., 2.]]), array([[2.]]))
    """
    out = np.empty(expected.shape[:2])
    coefs = np.zeros((len(expected), D.shape[1]))
    for part, eta, weight in zip(parts, predictors, weights, strict=True):
        rows, own = part.test, expected[part.repetition]
        left = np.column_stack([eta[rows], D[rows]]) - own[rows]
        left *= np.sqrt(weight[rows])[:, None]
        coef = np.linalg.lstsq(left[:, 1:], left[:, 0], rcond=None)[0]
        out[part.repetition, rows] = own[rows, 0] - own[rows, 1:] @ coef
        coefs[part.repetition] += coef * len(rows) / len(eta)
    return out, coefs
