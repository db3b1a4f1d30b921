"""Working responses of a mean with a link, at predictors from fits that have not seen the row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deepstat.inference.nuisances.parts import Part
from deepstat.inference.nuisances.regressions import Regressions
from deepstat.inference.scores.mean_model import MeanModel

Array = np.ndarray
# Folds within the training rows of a fold.
INNER_FOLDS = 5


def working_responses(
    regressions: Regressions, y: Array, model: MeanModel, parts: Sequence[Part], weight: Array
) -> list[tuple[Array, Array, Array]]:
    """Return predictors, steps and working weights of the training rows of each part.

    E[y | D, Z] of a row comes from the fit without the row's inner fold, so that a learner that follows its rows
    closely does not make it a copy of y. Predictor and step sum to the working response, one step of Newton's method
    from there, whose mean given d and z is d'b + g(z) up to the square of the learner's error: what the learner
    shrinks is put back. All fits train together; none has seen a test row.

    Parameters
    ----------
    regressions : Regressions
        Of the mean learner, on D and Z.
    y : ndarray of shape (n,)
    model : MeanModel
    parts : sequence of Part
        With inner folds.
    weight : ndarray of shape (n,)
        Frequencies.

    Returns
    -------
    list of (ndarray of shape (n,), ndarray of shape (n,), ndarray of shape (n,))
        For the rows of ``part.train``; elsewhere 0, 0 and 1. Weights have mean one.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, section 2.5; Liu, Zhang and Zhou (2021), Double/debiased
    machine learning for logistic partially linear model, section 3, for the inner folds.
    """
    tasks = [(y, train, None, part.seed) for part in parts for train, _ in part.inner]
    found = iter(regressions.predict(tasks, [held for part in parts for _, held in part.inner]))
    out = []
    for part in parts:
        mean = np.empty(len(y))
        for _, held in part.inner:
            mean[held] = next(found)
        rows = part.train
        eta, step, own = np.zeros(len(y)), np.zeros(len(y)), np.ones(len(y))
        eta[rows], step[rows], own[rows] = model.working(y[rows], mean[rows], weight[rows])
        out.append((eta, step, own))
    return out
