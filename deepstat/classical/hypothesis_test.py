"""The outcome of a test."""

from __future__ import annotations

from typing import NamedTuple


class HypothesisTest(NamedTuple):
    """Statistic, degrees of freedom and p-value.

    Attributes
    ----------
    distribution : {"F", "chi-square"}
        Of the statistic under the hypothesis.
    statistic : float
    df : int
        Number of restrictions.
    df_denominator : float or None
        For F.
    p_value : float

    Examples
    --------
    >>> print(HypothesisTest("F", 4.0, 1, 15.0, 0.0639))
    F(1, 15) = 4, p = 0.0639
    """

    distribution: str
    statistic: float
    df: int
    df_denominator: float | None
    p_value: float

    def __str__(self) -> str:
        degrees = f"{self.df}" if self.df_denominator is None else f"{self.df}, {self.df_denominator:g}"
        return f"{self.distribution}({degrees}) = {self.statistic:.4g}, p = {self.p_value:.3g}"
