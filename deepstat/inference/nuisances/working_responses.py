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
) -> tuple[list[Array], list[Array]]:
    """Return working responses and working weights of the training rows of each part.

    E[y | D, Z] of a row comes from the fit without the row's inner fold, so that a learner that follows its rows
    closely does not make it a copy of y. The working response is one step of Newton's method from there: its mean
    given d and z is the predictor d'b + g(z) up to the square of the learner's error, so what the learner shrinks is
    put back. All fits train together; none has seen a test row.

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
    responses, weights : list of ndarray of shape (n,)
        For the rows of ``part.train``; zero and one elsewhere. Weights have mean one.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, section 2.5; Liu, Zhang and Zhou (2021), Double/debiased
    machine learning for logistic partially linear model, section 3, for the inner folds.
    """
    tasks = [(y, train, None, part.seed) for part in parts for train, _ in part.inner]
    found = iter(regressions.predict(tasks, [held for part in parts for _, held in part.inner]))
    responses, weights = [], []
    for part in parts:
        mean = np.empty(len(y))
        for _, held in part.inner:
            mean[held] = next(found)
        rows = part.train
        response, own = np.zeros(len(y)), np.ones(len(y))
        response[rows], own[rows] = model.working(y[rows], mean[rows], weight[rows])
        responses.append(response)
        weights.append(own)
    return responses, weights
