"""Which intervals a prediction can have."""

from __future__ import annotations

from typing import Any

from deepstat.estimators.classical.mode import is_classical


def check_interval(estimator: Any, interval: str) -> str:
    """Return the kind of interval; one of confidence needs a theorem, which only classical fits have.

    Raises
    ------
    ValueError
        The word is unknown, or a confidence interval is asked of a network.
    """
    if interval not in ("prediction", "confidence"):
        raise ValueError(f"interval={interval!r} must be 'prediction' or 'confidence'.")
    if interval == "confidence" and not is_classical(estimator._recipe):
        raise ValueError(
            "A network has no confidence interval of its mean: no theorem covers its bias. Ask for "
            "interval='prediction', use ConformalRegressor, or measure the spread by deepstat.inference.bootstrap."
        )
    return interval
