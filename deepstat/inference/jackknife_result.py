"""What a jackknife found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from deepstat.inference.intervals.jackknife_error import jackknife_error
from deepstat.inference.intervals.levels import tails


@dataclass(frozen=True, eq=False)
class JackknifeResult:
    """A statistic without each group of rows, and what follows from it.

    Attributes
    ----------
    estimate : ndarray of shape (...)
    values : ndarray of shape (G, ...)
    kind : {"confidence interval", "variability interval"}
    """

    estimate: np.ndarray
    values: np.ndarray
    kind: str

    @property
    def standard_error(self) -> np.ndarray:
        """Jackknife standard error."""
        return jackknife_error(self.values)

    @property
    def bias(self) -> np.ndarray:
        """Jackknife estimate of the bias that falls like 1 / n."""
        return (len(self.values) - 1) * (self.values.mean(axis=0) - self.estimate)

    def interval(self, level: float = 0.95) -> np.ndarray:
        """Return estimate plus and minus a quantile of Student's t on G - 1 degrees of freedom times the error.

        Parameters
        ----------
        level : float, default=0.95

        Returns
        -------
        ndarray of shape (2, ...)
        """
        width = stdtrit(len(self.values) - 1, tails(level)[1]) * self.standard_error
        return np.stack([self.estimate - width, self.estimate + width])
