"""Regressions of several targets, on several sets of rows, as one training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing

from deepstat.estimators.draw import Draw
from deepstat.inference.cross_fit import respond
from deepstat.inference.fits import fits


@dataclass(frozen=True, eq=False)
class Regressions:
    """A learner and the table that its nuisances are functions of.

    Attributes
    ----------
    learner : regressor, or classifier of 0 and 1
    Z : table of shape (n, p)
    sample_weight : ndarray of shape (n,) or None
    clusters : ndarray of int of shape (n,) or None
        Codes; rows of one cluster stay on one side of the validation split inside a fit.
    n_jobs : int or None
    verbose : int

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> z, first = np.arange(4.0)[:, None], np.arange(3)
    >>> tasks = [(z[:, 0], first, None, None), (-z[:, 0], first, None, None)]
    >>> [one.round(6) for one in Regressions(LinearRegression(), z).predict(tasks, [np.array([3]), np.array([0, 3])])]
    [array([3.]), array([-0., -3.])]
    """

    learner: Any
    Z: Any
    sample_weight: np.ndarray | None = None
    clusters: np.ndarray | None = None
    n_jobs: int | None = None
    verbose: int = 0

    def predict(
        self,
        tasks: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray | None, int | None]],
        rows: Sequence[np.ndarray],
    ) -> list[np.ndarray]:
        """Fit every task, all of a deepstat learner's together, and predict for its rows.

        Parameters
        ----------
        tasks : sequence of (target (n,), training rows, weight (n,) or None, seed or None)
            A weight multiplies `sample_weight`.
        rows : sequence of ndarray of int
            Rows to predict for, one entry a task.

        Returns
        -------
        list of ndarray
            Predictions for the rows of each task, in float64; probabilities of class 1 from a classifier.

        Raises
        ------
        ValueError
            A learner predicts what is no finite number for each row.
        """
        draws = [
            Draw(rows=train, weight=weight, y=target, seed=seed, groups=self.clusters)
            for target, train, weight, seed in tasks
        ]
        found = []
        members = fits(
            self.learner,
            self.Z,
            tasks[0][0],
            draws,
            self.sample_weight,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )
        tables: dict[int, Any] = {}  # parts of z, each cut once for all fits that predict for it
        for member, own in zip(members, rows, strict=True):
            if id(own) not in tables:
                tables[id(own)] = _safe_indexing(self.Z, own)
            predicted = respond(member, tables[id(own)])
            if is_classifier(member):
                if len(member.classes_) != 2:
                    raise ValueError(
                        "A fold has one class only; give fewer folds, or more rows (clusters) of the rare one."
                    )
                predicted = predicted[:, 1]
            predicted = predicted.reshape(len(own), -1)
            if predicted.shape[1] != 1 or not np.isfinite(predicted).all():
                raise ValueError(
                    f"{type(self.learner).__name__} predicts something else than one finite number for each row; "
                    "choose another learner, or smaller steps."
                )
            found.append(predicted[:, 0])
        return found
