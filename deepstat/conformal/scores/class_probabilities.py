"""Probabilities of classes, and scores made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.conformal.row_keys import row_keys, uniforms
from deepstat.conformal.scores.aps import aps
from deepstat.conformal.scores.lac import lac

Values = NDArray[np.float64]

# Sums that are equal on paper, as those of all classes are, shall be ties: rounding must not say which is smaller.
DECIMALS = 12


class ClassProbabilities:
    """What fits say of the classes, in columns for all classes, whichever of them a fit has met.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
    name : {"lac", "aps"}
    seed : int or None
        Of the random part of "aps": a function of the seed and the row's contents, so that a row's set does not hang on
        the other rows. None: nothing is random.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> met = DummyClassifier().fit([[0], [0]], ["a", "c"])
    >>> ClassProbabilities(np.array(["a", "b", "c"]), "lac", None).predict(met, [[0]]).tolist()
    [[0.5, 0.0, 0.5]]
    """

    def __init__(self, classes: NDArray[Any], name: str, seed: int | None) -> None:
        self.classes = classes
        self.name = name
        self.seed = seed

    def predict(self, member: Any, X: Any) -> Values:
        """Return a fit's probabilities, shape (n, n_classes); zero for a class that it has not met."""
        own = np.asarray(member.predict_proba(X), dtype=np.float64)
        found = np.zeros((len(own), len(self.classes)))
        found[:, np.searchsorted(self.classes, member.classes_)] = own
        return found

    def combine(self, average: Callable[[Values], Values], parts: Values) -> Values:
        """Average what M fits say, shape (M, n, n_classes)."""
        return average(parts)

    def uniforms(self, X: Any) -> Values | None:
        """Return each row's random number, or None."""
        return None if self.seed is None else uniforms(row_keys(X), self.seed)

    def of(self, probabilities: Values, u: Values | None) -> Values:
        """Return the score of each class, shape (n, n_classes)."""
        scores = lac(probabilities) if self.name == "lac" else aps(probabilities, u)
        return np.round(scores, DECIMALS)
