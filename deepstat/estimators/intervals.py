"""Which intervals a prediction can have."""

from __future__ import annotations

from typing import Any

from deepstat.estimators.classical.mode import is_classical


def check_interval(estimator: Any, interval: str, level: float) -> str:
    """Return the kind of interval; one of confidence needs a theorem, which only classical fits have.

    Raises
    ------
    ValueError
        The word or the level is out of range, or a confidence interval is asked of a network.
    """
    if interval not in ("prediction", "confidence"):
        raise ValueError(f"interval={interval!r} must be 'prediction' or 'confidence'.")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level={level!r} is no probability: give a number between 0 and 1, such as 0.95.")
    if interval == "confidence" and not is_classical(estimator._recipe):
        raise ValueError(
            "A network has no confidence interval of its mean: no theorem covers its bias. Measure its spread by "
            "deepstat.inference.bootstrap; intervals of new observations come from ConformalRegressor or "
            "DeepDistributionRegressor."
        )
    return interval
