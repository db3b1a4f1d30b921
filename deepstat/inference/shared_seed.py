"""The seed that refits share."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from deepstat.inference.fits import seed_parameters
from deepstat.inference.randomness import FIT, derived_seed


def shared_seed(estimator: Any, seed: int) -> int | None:
    """Return the seed of all fits: the estimator's own, where that is one whole number, else one derived.

    Parameters
    ----------
    estimator : estimator
    seed : int
        Of the resampling.

    Returns
    -------
    int or None
        None: the estimator has no ``random_state``.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.svm import SVC
    >>> shared_seed(LinearRegression(), 0), shared_seed(SVC(random_state=7), 0)
    (None, 7)
    """
    names = seed_parameters(estimator)
    if not names:
        return None
    params = estimator.get_params(deep=True)
    own = {params[name] if isinstance(params[name], Integral) else None for name in names}
    (only,) = own if len(own) == 1 else (None,)
    return derived_seed(seed, FIT) if only is None else int(only)
