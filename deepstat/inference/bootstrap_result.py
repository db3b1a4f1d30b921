"""What a bootstrap found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from deepstat.inference.claims import SENTENCES
from deepstat.inference.intervals.basic import basic
from deepstat.inference.intervals.bca import bca
from deepstat.inference.intervals.normal import normal
from deepstat.inference.intervals.percentile import percentile
from deepstat.inference.intervals.studentised import studentised
from deepstat.inference.intervals.sup_t import sup_t
from deepstat.inference.out_of_bag import OutOfBagError

METHODS = ("percentile", "basic", "normal", "bca", "studentised")
# Entries of a statistic that the table shows.
SHOWN = 10


@dataclass(frozen=True, eq=False, repr=False)
class BootstrapResult:
    """Draws of a statistic, and what follows from them.

    Attributes
    ----------
    estimate : ndarray of shape (...)
        The statistic of the fit on the original rows.
    draws : ndarray of shape (B, ...)
        Finished draws, in order.
    scheme : str
    seeds : {"fixed", "varying"}
        Whether all fits share one seed.
    level : float
    method : str
        Of :meth:`interval`, unless another is asked for.
    kind : {"confidence interval", "variability interval"}
        What an interval may be called.
    n_asked : int
        Draws asked for; fewer are finished after an interrupt.
    seed_values : ndarray of shape (n_seeds, ...) or None
        The statistic of fits on the original rows with different seeds. None: the estimator has no seed.
    estimate_error : ndarray of shape (...) or None
    draw_errors : ndarray of shape (B, ...) or None
        Standard errors, where the statistic brings its own.
    jackknife : ndarray of shape (G, ...) or None
        The statistic without each group of rows, for BCa.
    out_of_bag : OutOfBagError or None
    """

    estimate: np.ndarray
    draws: np.ndarray
    scheme: str
    seeds: str
    level: float
    method: str
    kind: str
    n_asked: int
    seed_values: np.ndarray | None = None
    estimate_error: np.ndarray | None = None
    draw_errors: np.ndarray | None = None
    jackknife: np.ndarray | None = None
    out_of_bag: OutOfBagError | None = None

    @property
    def n_draws(self) -> int:
        """Number of finished draws."""
        return len(self.draws)

    @property
    def standard_error(self) -> np.ndarray:
        """Standard deviation of the draws."""
        return self.draws.std(axis=0, ddof=1)

    @property
    def bias(self) -> np.ndarray:
        """Mean of the draws minus the estimate: of resampling, not of regularisation."""
        return self.draws.mean(axis=0) - self.estimate

    @property
    def seed_variance(self) -> np.ndarray:
        """Variance over seeds on the original rows; zero for an estimator without a seed, NaN where n_seeds=0."""
        if self.seed_values is None:
            return np.zeros_like(self.estimate)
        if len(self.seed_values) < 2:
            return np.full_like(self.estimate, np.nan)
        return self.seed_values.var(axis=0, ddof=1)

    @property
    def sampling_variance(self) -> np.ndarray:
        """Variance that comes from the rows.

        With varying seeds: variance of the draws minus that over seeds, or zero if this is negative; it is the variance
        of a fit averaged over all seeds. With one seed: variance of the draws, which still holds how a seed's effect
        changes with the rows.
        """
        variance = self.draws.var(axis=0, ddof=1)
        return np.maximum(variance - self.seed_variance, 0.0) if self.seeds == "varying" else variance

    @property
    def total_variance(self) -> np.ndarray:
        """Variance over samples and seeds of one fit.

        With varying seeds: variance of the draws. With one seed: sampling plus seed variance, which is too large by how
        a seed's effect changes with the rows.
        """
        variance = self.draws.var(axis=0, ddof=1)
        return variance if self.seeds == "varying" else variance + self.seed_variance

    def interval(self, level: float | None = None, method: str | None = None) -> np.ndarray:
        """Return pointwise intervals: each entry of the statistic by itself.

        Parameters
        ----------
        level : float or None
        method : {"percentile", "basic", "normal", "bca", "studentised"} or None
            None: those asked of :func:`~deepstat.inference.bootstrap.bootstrap`.

        Returns
        -------
        ndarray of shape (2, ...)
            Lower and upper ends.

        Raises
        ------
        ValueError
            The method is unknown, or needs fits that were not made.
        """
        level, method = self.level if level is None else level, method or self.method
        if method not in METHODS:
            raise ValueError(f"Unknown method {method!r}; choose one of {', '.join(METHODS)}.")
        if method == "percentile":
            return percentile(self.draws, level)
        if method == "basic":
            return basic(self.draws, self.estimate, level)
        if method == "normal":
            return normal(self.draws, self.estimate, level)
        if method == "bca":
            if self.jackknife is None:
                raise ValueError("A BCa interval needs jackknife fits; call bootstrap with method='bca'.")
            return bca(self.draws, self.estimate, self.jackknife, level)
        if self.draw_errors is None:
            raise ValueError(
                "A studentised interval needs a standard error in every draw; call bootstrap with method='studentised' "
                "and a statistic that returns (value, standard error)."
            )
        return studentised(self.draws, self.draw_errors, self.estimate, self.estimate_error, level)

    def bands(self, level: float | None = None) -> np.ndarray:
        """Return simultaneous (sup-t) bands: all entries of the statistic at once.

        Parameters
        ----------
        level : float or None

        Returns
        -------
        ndarray of shape (2, ...)
        """
        return sup_t(self.draws, self.estimate, self.level if level is None else level)

    def summary(self) -> str:
        """Return a table of estimates and intervals, with the scheme, the seeds and the claim.

        Returns
        -------
        str
        """
        low, high = self.interval().reshape(2, -1)
        columns = [self.estimate, self.standard_error, self.bias, np.sqrt(self.seed_variance)]
        rows = np.column_stack([*[np.ravel(column) for column in columns], low, high])
        percent = f"{100 * self.level:g}%"
        asked = "" if self.n_draws == self.n_asked else f" of {self.n_asked} asked"
        lines = [
            f"{self.scheme} bootstrap, {self.n_draws} draws{asked}, {_seeds(self)}; {percent} pointwise {self.method} "
            f"{self.kind}s",
            "".join(
                name.rjust(12)
                for name in (
                    "",
                    "estimate",
                    "std. error",
                    "bias",
                    "sd of seeds",
                    f"low {percent}",
                    f"high {percent}",
                )
            ),
        ]
        for label, row in zip(_labels(self.estimate.shape), rows[:SHOWN], strict=False):
            lines.append(label.rjust(12) + "".join(f"{value:12.5g}" for value in row))
        if len(rows) > SHOWN:
            lines.append(f"... and {len(rows) - SHOWN} more entries")
        if self.out_of_bag is not None:
            error = self.out_of_bag
            lines.append(
                f"{error.loss} error: training {error.training:.5g}, leave-one-out bootstrap "
                f"{error.leave_one_out:.5g}, .632 {error.error_632:.5g}, .632+ {error.error_632_plus:.5g}"
            )
        lines.append(SENTENCES[self.kind])
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.summary()


def _seeds(result: BootstrapResult) -> str:
    if result.seed_values is None:
        return "no seeds"
    kind = "one seed" if result.seeds == "fixed" else "varying seeds"
    return f"{kind}, {len(result.seed_values)} seeds on the original rows"


def _labels(shape: tuple[int, ...]) -> Any:
    """Yield the index of each entry, as text."""
    for index in np.ndindex(shape):
        yield str(list(index)) if index else ""
