"""Split the uncertainty of a class prediction into that of the members and that between them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr


class Entropies(NamedTuple):
    """Entropies in nats, each of shape (n,); ``total = aleatoric + epistemic``.

    Attributes
    ----------
    total : ndarray
        Entropy of the mean probabilities.
    aleatoric : ndarray
        Mean of the members' entropies: what members agree to be undecided.
    epistemic : ndarray
        Mutual information of class and member: how much members contradict each other.
    """

    total: NDArray[np.float64]
    aleatoric: NDArray[np.float64]
    epistemic: NDArray[np.float64]


def entropy_decomposition(probabilities: ArrayLike, weights: ArrayLike | None = None) -> Entropies:
    """Return entropy of the mean, mean of the entropies, and their difference, the mutual information.

    The names are those in use. The split is one of the members' opinions: it is as good as they are, and "epistemic"
    is no probability of being wrong.

    Parameters
    ----------
    probabilities : array-like of shape (K, n, n_classes)
        Of each member (``predict_members``), or of each pass with dropout.
    weights : array-like of shape (K,) or None
        Of the members (``weights_``). None: equal.

    Returns
    -------
    Entropies

    Raises
    ------
    ValueError
        The shape is another, or rows do not sum to one.

    References
    ----------
    Depeweg, Hernandez-Lobato, Doshi-Velez and Udluft (2018), Decomposition of uncertainty in Bayesian deep learning,
    ICML.

    Examples
    --------
    Two members that are sure of different classes; two that are undecided alike.

    >>> found = entropy_decomposition([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.5, 0.5]]])
    >>> [part.round(3).tolist() for part in found]
    [[0.693, 0.693], [0.0, 0.693], [0.693, 0.0]]
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 3 or not np.allclose(p.sum(axis=-1), 1.0, atol=1e-5):
        raise ValueError(
            f"probabilities has shape {p.shape}, but must be (members, rows, classes) with each row of a member "
            "summing to one: give predict_members(X) of a classifier."
        )
    total = entr(np.average(p, axis=0, weights=weights)).sum(axis=-1)
    aleatoric = np.average(entr(p).sum(axis=-1), axis=0, weights=weights)
    return Entropies(total, aleatoric, np.maximum(total - aleatoric, 0.0))
