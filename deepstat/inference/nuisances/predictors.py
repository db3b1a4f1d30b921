"""The linear predictor of y given D and Z, from fits that have not seen a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deepstat.inference.nuisances.parts import Part
from deepstat.inference.nuisances.regressions import Regressions
from deepstat.inference.scores.mean_model import MeanModel

Array = np.ndarray
# Folds within the training rows of a fold.
INNER_FOLDS = 5


def predictors(
    regressions: Regressions, y: Array, model: MeanModel, parts: Sequence[Part], weight: Array
) -> list[Array]:
    """Return for each part link(E[y | D, Z]) of all rows; the test rows' y is in none of it.

    A training row's comes from the fit without its inner fold, so that a learner that follows its rows closely does not
    make it a copy of y; a test row's is the mean over these fits. All of them train together.

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
    list of ndarray of shape (n,)

    References
    ----------
    Liu, Zhang and Zhou (2021), Double/debiased machine learning for logistic partially linear model, section 3.
    """
    tasks = [(y, train, None, part.seed) for part in parts for train, _ in part.inner]
    rows = [np.concatenate([held, part.test]) for part in parts for _, held in part.inner]
    found = iter(regressions.predict(tasks, rows))
    out = []
    for part in parts:
        low, high = model.window(float(np.average(y[part.train], weights=weight[part.train])))
        own = np.zeros(len(y))
        for _, held in part.inner:
            mean = np.clip(next(found), *model.mean(np.array([low, high])))
            eta = np.clip(model.predictor(mean), low, high)
            own[held] = eta[: len(held)]
            own[part.test] += eta[len(held) :] / len(part.inner)
        out.append(own)
    return out
