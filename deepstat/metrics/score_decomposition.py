"""The three parts of a mean score."""

from __future__ import annotations

from typing import NamedTuple


class ScoreDecomposition(NamedTuple):
    """A mean score and its parts: ``score = miscalibration - discrimination + uncertainty``.

    Attributes
    ----------
    score : float
        Of the forecasts as they are.
    miscalibration : float
        By how much it falls when the forecasts are recalibrated: what is lost by saying 0.8 where it is 0.6.
    discrimination : float
        By how much recalibrated forecasts beat one and the same forecast for all rows: what telling rows apart gains.
    uncertainty : float
        Score of that one forecast, the distribution of the observed values themselves. It does not depend on the
        forecasts, so shares of it compare data sets: 1 - score / uncertainty is the skill.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float
