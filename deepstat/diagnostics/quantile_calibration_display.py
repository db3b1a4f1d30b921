"""Calibration of quantiles and of central intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.axes import BLACK, BLUE, GREY, axes_for
from deepstat.diagnostics.pit_curve import pit_curve
from deepstat.diagnostics.pit_limits import ATOM, pit_limits
from deepstat.diagnostics.predicted_by import predicted_by
from deepstat.diagnostics.simulated_curves import simulated_curves
from deepstat.diagnostics.simultaneous import simultaneous
from deepstat.metrics.ecdf_band import ecdf_band
from deepstat.metrics.levels import check_levels
from deepstat.metrics.numbers import counts
from deepstat.metrics.quantile_calibration import quantile_calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = np.round(np.arange(0.05, 0.96, 0.05), 2)


class QuantileCalibrationDisplay:
    """Share of rows below each predicted quantile, or inside each central interval, against the nominal level.

    On the diagonal if calibrated. Quantiles: a curve that starts above the diagonal and ends below it means predictions
    too narrow. Intervals: a curve below the diagonal means intervals too narrow.

    Make it with :meth:`from_estimator`, :meth:`from_predictions` or :meth:`from_quantiles`.

    Parameters
    ----------
    levels, shares : ndarray of shape (m,)
    low, high : ndarray of shape (m,) or None
        Band that holds all shares at once with probability `confidence`, if calibrated and the rows are independent.
    kind : {"quantiles", "intervals"}
    confidence : float or None
    name : str or None

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After ``plot``.

    References
    ----------
    Gneiting, Balabdaoui and Raftery (2007), Probabilistic forecasts, calibration and sharpness, JRSS B 69.
    Säilynoja, Bürkner and Vehtari (2022), Graphical test for discrete uniformity and its applications in
    goodness-of-fit evaluation and multiple sample comparison, Statistics and Computing 32.

    Examples
    --------
    >>> display = QuantileCalibrationDisplay(np.array([0.1, 0.9]), np.array([0.2, 0.8]))
    >>> display.plot().ax_.get_ylabel()
    'Share of rows below the quantile'
    """

    def __init__(
        self,
        levels: NDArray[np.float64],
        shares: NDArray[np.float64],
        low: NDArray[np.float64] | None = None,
        high: NDArray[np.float64] | None = None,
        *,
        kind: Literal["quantiles", "intervals"] = "quantiles",
        confidence: float | None = 0.95,
        name: str | None = None,
    ) -> None:
        self.levels, self.shares, self.low, self.high = levels, shares, low, high
        self.kind, self.confidence, self.name = kind, confidence, name

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: ArrayLike, **options: Any
    ) -> QuantileCalibrationDisplay:
        """Predict, compute and draw; `options` as in :meth:`from_predictions` or :meth:`from_quantiles`.

        Parameters
        ----------
        estimator : fitted estimator with predict_distribution, or predict_quantiles
        X : table
        y : array-like of shape (n,)
        """
        options.setdefault("name", type(estimator).__name__)
        if hasattr(estimator, "predict_quantiles") and not hasattr(estimator, "predict_distribution"):
            levels = np.atleast_1d(np.asarray(estimator.quantiles, dtype=np.float64))
            order = np.argsort(levels)
            return cls.from_quantiles(y, estimator.predict_quantiles(X)[:, order], levels[order], **options)
        return cls.from_predictions(*predicted_by(estimator, X, y), **options)

    @classmethod
    def from_predictions(
        cls,
        y: ArrayLike,
        distribution: Any,
        *,
        kind: Literal["quantiles", "intervals"] = "quantiles",
        levels: ArrayLike = LEVELS,
        confidence: float | None = 0.95,
        n_simulations: int = 500,
        sample_weight: ArrayLike | None = None,
        random_state: int | None = 0,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> QuantileCalibrationDisplay:
        """Compute the shares and draw them.

        A row with a jump across the level counts with the part of the jump below it, so that the diagonal is right for
        counts and atoms too; the quantiles themselves overshoot there.

        Parameters
        ----------
        y : array-like of shape (n,), or (n, 2) with censoring
        distribution : PredictedDistribution
        kind : {"quantiles", "intervals"}, default="quantiles"
            "intervals": central (equal-tailed) ones.
        levels : array-like of shape (m,)
            In increasing order; 0.05 to 0.95 by default.
        confidence : float or None, default=0.95
            Of the band; None: no band.
        n_simulations : int, default=500
            Data sets drawn from the predictions for the band where distributions have jumps; else none are.
        sample_weight : array-like of shape (n,) or None
            Frequencies.
        random_state : int or None, default=0
            Of the simulation.
        name : str or None
            For the legend.
        ax : matplotlib Axes or None

        Raises
        ------
        ValueError
            Shapes, weights or levels do not fit, or the kind is unknown.
        """
        if kind not in ("quantiles", "intervals"):
            raise ValueError(f"kind={kind!r} is unknown; choose quantiles or intervals.")
        levels = check_levels(levels, increasing=True)
        lower, upper = pit_limits(y, distribution)
        weight = counts(sample_weight, len(lower))
        # Of an interval the share below its upper end less that below its lower end.
        needed = levels if kind == "quantiles" else np.concatenate([(1 - levels) / 2, (1 + levels) / 2])

        def shares(curve: NDArray[np.float64]) -> NDArray[np.float64]:
            return curve if kind == "quantiles" else curve[..., len(levels) :] - curve[..., : len(levels)]

        found = shares(pit_curve(lower, upper, needed, sample_weight=weight))
        low = high = None
        if confidence is not None and (upper - lower <= ATOM).all():
            # Inside the central intervals too: |2 PIT - 1| is uniform.
            low, high = ecdf_band(levels, max(1, round(weight.sum())), confidence=confidence)
        elif confidence is not None:
            curves = simulated_curves(
                distribution, needed, n_simulations, sample_weight=weight, random_state=random_state
            )
            low, high = simultaneous(shares(curves), levels, confidence)
        return cls(levels, found, low, high, kind=kind, confidence=confidence, name=name).plot(ax=ax)

    @classmethod
    def from_quantiles(
        cls,
        y: ArrayLike,
        quantiles: ArrayLike,
        levels: ArrayLike,
        *,
        confidence: float = 0.95,
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> QuantileCalibrationDisplay:
        """Compute the shares below predicted quantiles and draw them, for a continuous target.

        Parameters
        ----------
        y : array-like of shape (n,)
        quantiles : array-like of shape (n, m)
            ``predict_quantiles(X)``.
        levels : array-like of shape (m,)
        confidence : float, default=0.95
        sample_weight : array-like of shape (n,) or None
            Frequencies.
        name : str or None
        ax : matplotlib Axes or None
        """
        found = quantile_calibration(y, quantiles, levels, confidence=confidence, sample_weight=sample_weight)
        return cls(*found, confidence=confidence, name=name).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> QuantileCalibrationDisplay:
        """Draw shares against levels.

        Parameters
        ----------
        ax : matplotlib Axes or None
            None: on a new figure.

        Returns
        -------
        self
        """
        ax = axes_for(ax, figsize=(5, 5))
        if self.low is not None and self.high is not None:
            label = f"{100 * self.confidence:g}% band, all levels\nat once, if calibrated"
            ax.fill_between(
                self.levels, self.low, self.high, color=GREY, alpha=0.45, linewidth=0, label=label
            )
        ax.plot([0, 1], [0, 1], color=BLACK, linestyle="--", linewidth=1, label="calibrated")
        ax.plot(self.levels, self.shares, color=BLUE, marker="o", markersize=4, label=self.name)
        of_quantiles = self.kind == "quantiles"
        ax.set(
            xlabel="Level of the quantile" if of_quantiles else "Level of the central interval",
            ylabel="Share of rows below the quantile"
            if of_quantiles
            else "Share of rows inside the interval",
            xlim=(0, 1),
            ylim=(0, 1),
            aspect="equal",
        )
        ax.legend(loc="upper left", frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
