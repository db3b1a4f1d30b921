"""New targets from fitted predictions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

FAMILIES = ("normal", "poisson", "bernoulli", "categorical")


def simulator(
    family: str | Callable[[np.ndarray, np.random.Generator], np.ndarray],
    prediction: np.ndarray,
    *,
    scale: Any = None,
    classes: np.ndarray | None = None,
) -> Callable[[np.random.Generator], np.ndarray]:
    """Return a function that draws a target for every row.

    Parameters
    ----------
    family : {"normal", "poisson", "bernoulli", "categorical"} or callable
        Or ``family(prediction, rng) -> y``.
    prediction : ndarray of shape (n,), (n, k), or (n, n_classes) of probabilities
    scale : float or ndarray of shape (k,)
        Standard deviation, of "normal".
    classes : ndarray of shape (n_classes,)
        Labels, of "bernoulli" (two) and "categorical".

    Returns
    -------
    callable
        ``simulate(rng) -> y``.

    Raises
    ------
    ValueError
        The family is unknown or does not go with the predictions.

    Examples
    --------
    >>> simulate = simulator("categorical", np.array([[1.0, 0.0], [0.0, 1.0]]), classes=np.array(["a", "b"]))
    >>> simulate(np.random.default_rng(0)).tolist()
    ['a', 'b']
    """
    check_family(family, classes)
    if callable(family):
        return partial(family, prediction)
    if classes is not None:
        return partial(_categorical, np.cumsum(prediction, axis=1), classes)
    if family == "normal":
        return partial(_normal, prediction, scale)
    if (prediction < 0).any():
        raise ValueError(
            f"{int((prediction < 0).sum())} predictions are negative, so they are no Poisson means; "
            "fit with loss='poisson', or choose 'normal'."
        )
    return partial(_poisson, prediction)


def check_family(family: Any, classes: np.ndarray | None) -> None:
    """Check that a family goes with a classifier's classes, or with a regressor (None).

    Parameters
    ----------
    family : str or callable
    classes : ndarray of shape (n_classes,) or None

    Raises
    ------
    ValueError
    """
    if callable(family):
        return
    if family not in FAMILIES:
        raise ValueError(
            f"Unknown family {family!r}; choose one of {', '.join(FAMILIES)}, or give a function "
            "(prediction, rng) -> y."
        )
    of_classes = family in ("bernoulli", "categorical")
    if of_classes != (classes is not None):
        draws, needs = ("classes", "a classifier") if of_classes else ("numbers", "a regressor")
        raise ValueError(f"family={family!r} draws {draws}, so it needs {needs}.")
    if family == "bernoulli" and classes is not None and len(classes) != 2:
        raise ValueError(f"family='bernoulli' has two classes, not {len(classes)}; choose 'categorical'.")


def _normal(prediction: np.ndarray, scale: Any, rng: np.random.Generator) -> np.ndarray:
    return prediction + scale * rng.standard_normal(prediction.shape)


def _poisson(prediction: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.poisson(prediction).astype(np.float64)


def _categorical(cumulative: np.ndarray, classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    above = rng.random((len(cumulative), 1)) * cumulative[:, -1:] >= cumulative
    return classes[above.sum(axis=1)]
