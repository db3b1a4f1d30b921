"""The efficient score of a mean with a smooth link."""

from __future__ import annotations

import numpy as np

from deepstat.inference.scores.mean_model import MeanModel

Array = np.ndarray


def efficient(
    coef: Array, y: Array, expected: Array, residual: Array, weight: Array, *, model: MeanModel
) -> tuple[Array, Array]:
    """Return (y - mu) mu'/V v in each row, at eta = l + v'b where v = d - h, and minus its expected derivative.

    With w = mu'^2/V at the truth, h = E[d w | z] / E[w | z] and l = E[eta w | z] / E[w | z] = g + h'b, so that eta is
    d'b + g. An error in l or h changes the score's mean in second order only, whether V is the variance or not. With
    the identity link this is partialling out.

    Parameters
    ----------
    coef : ndarray of shape (q,)
        b.
    y : ndarray of shape (n,)
    expected : ndarray of shape (n,)
        l.
    residual : ndarray of shape (n, q)
        v = d - h.
    weight : ndarray of shape (n,)
        Frequencies; they enter the derivative, the rows are returned as they are.
    model : MeanModel

    Returns
    -------
    score : ndarray of shape (n, q)
    jacobian : ndarray of shape (q, q)

    References
    ----------
    Severini and Staniswalis (1994), Quasi-likelihood estimation in semiparametric models; Bickel, Klaassen, Ritov and
    Wellner (1993), Efficient and Adaptive Estimation for Semiparametric Models, section 4.3.

    Examples
    --------
    >>> model, v = MeanModel("poisson", "log"), np.array([[1.0], [-1.0]])
    >>> score, jacobian = efficient(np.zeros(1), np.array([3.0, 0.0]), np.zeros(2), v, np.ones(2), model=model)
    >>> score[:, 0], jacobian
    (array([2., 1.]), array([[2.]]))
    """
    eta = expected + residual @ coef
    gain = model.gain(eta)
    score = ((y - model.mean(eta)) * gain)[:, None] * residual
    return score, (weight * model.slope(eta) * gain * residual.T) @ residual
