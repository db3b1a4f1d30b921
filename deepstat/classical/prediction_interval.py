"""Intervals of predictions: of the fitted mean, and of a new normal observation."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from deepstat.classical.generalised_linear import MEAN_LINKS
from deepstat.classical.result import ClassicalResult

Array = NDArray[np.float64]


def prediction_interval(
    result: ClassicalResult,
    X: Array,
    *,
    level: float = 0.95,
    kind: Literal["confidence", "prediction"] = "confidence",
    offset: Array | None = None,
    var_weight: Array | None = None,
) -> Array:
    """Return intervals (n, 2) at new rows.

    Parameters
    ----------
    result : ClassicalResult
    X : ndarray of shape (n, p)
        Design rows of the mean, with the column of ones.
    level : float in (0, 1)
    kind : {"confidence", "prediction"}
        "confidence": of the fitted mean (or quantile, expectile), by Wald's interval of the linear predictor, its ends
        mapped by the link. "prediction": of a new observation of a least squares fit, whose errors are taken as normal.
    offset : ndarray of shape (n,), optional
    var_weight : ndarray of shape (n,), optional
        Of new observations: their variance is σ² / var_weight.

    Raises
    ------
    ValueError
        The mean is no function of one linear predictor, X has other columns, or a prediction interval is asked of a fit
        that is not least squares: its predicted distribution gives one.
    AttributeError
        The fit has no covariance.

    Examples
    --------
    >>> from deepstat.classical.least_squares import least_squares_fit, least_squares_result
    >>> X = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> result = least_squares_result(least_squares_fit(X, torch.tensor([1.0, 2.0, 2.0, 4.0])))
    >>> prediction_interval(result, np.array([[1.0, 1.5]])).round(3)
    array([[0.977, 3.523]])
    >>> prediction_interval(result, np.array([[1.0, 1.5]]), kind="prediction").round(3)
    array([[-0.596,  5.096]])
    """
    if kind not in ("confidence", "prediction"):
        raise ValueError(f"kind={kind!r} is not known: choose 'confidence' or 'prediction'.")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level={level} is no probability: give a number between 0 and 1, such as 0.95.")
    if not result.link:
        raise ValueError(
            f"The mean of {result.model!r} is no function of one linear predictor: it has no interval."
        )
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] != result.n_mean:
        raise ValueError(f"X has shape {X.shape}, allowed: (n, {result.n_mean}), the columns of the fit.")
    if kind == "prediction" and result.family != "normal":
        raise ValueError(
            f"{result.model!r} is no least squares fit: take the interval of a new observation from its predicted "
            "distribution, or by conformal prediction."
        )
    m = result.n_mean
    center = X @ result.estimate[:m] + (0.0 if offset is None else offset)
    covariance = result.block(slice(0, m))
    variance = np.einsum("ij,jk,ik->i", X, covariance, X)
    if kind == "prediction":
        variance = variance + result.scale / (1.0 if var_weight is None else np.asarray(var_weight))
    law = stats.t(result.df) if result.use_t else stats.norm
    reach = law.ppf(0.5 + level / 2.0) * np.sqrt(variance)
    ends = torch.from_numpy(np.stack([center - reach, center + reach], axis=1))
    return np.sort(MEAN_LINKS[result.link](ends).numpy(), axis=1)
