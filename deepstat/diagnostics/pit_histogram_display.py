"""PIT histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.axes import BLUE, GREY, VERMILION, axes_for
from deepstat.diagnostics.pit_curve import pit_curve
from deepstat.diagnostics.pit_limits import ATOM, pit_limits
from deepstat.diagnostics.predicted_by import predicted_by
from deepstat.diagnostics.simulated_curves import simulated_curves
from deepstat.diagnostics.simultaneous import simultaneous
from deepstat.metrics.histogram_band import histogram_band
from deepstat.metrics.numbers import counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class PITHistogramDisplay:
    """Histogram of the probability integral transform: flat if the predicted distributions are right.

    A valley (U) means predictions too narrow, a hill too wide, a slope too low (rising) or too high. With jumps
    (counts, atoms, censoring) the histogram is the non-randomised one.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    edges : ndarray of shape (bins + 1,)
    heights : ndarray of shape (bins,)
        Density: 1 if calibrated.
    low, high : ndarray of shape (bins,) or None
        Band that holds all bins at once with probability `confidence`, if calibrated and the rows are independent.
    confidence : float or None
    name : str or None

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After ``plot``.

    References
    ----------
    Gneiting, Balabdaoui and Raftery (2007), Probabilistic forecasts, calibration and sharpness, JRSS B 69.
    Czado, Gneiting and Held (2009), Predictive model assessment for count data, Biometrics 65.

    Examples
    --------
    >>> display = PITHistogramDisplay(np.array([0, 0.5, 1]), np.array([0.9, 1.1]))
    >>> display.plot().ax_.get_xlabel()
    'Probability integral transform'
    """

    def __init__(
        self,
        edges: NDArray[np.float64],
        heights: NDArray[np.float64],
        low: NDArray[np.float64] | None = None,
        high: NDArray[np.float64] | None = None,
        *,
        confidence: float | None = 0.95,
        name: str | None = None,
    ) -> None:
        self.edges, self.heights, self.low, self.high = edges, heights, low, high
        self.confidence, self.name = confidence, name

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: ArrayLike, **options: Any) -> PITHistogramDisplay:
        """Predict, compute and draw; `options` as in :meth:`from_predictions`.

        Parameters
        ----------
        estimator : fitted estimator with predict_distribution
        X : table
        y : array-like of shape (n,)
        """
        options.setdefault("name", type(estimator).__name__)
        return cls.from_predictions(*predicted_by(estimator, X, y), **options)

    @classmethod
    def from_predictions(
        cls,
        y: ArrayLike,
        distribution: Any,
        *,
        bins: int = 10,
        confidence: float | None = 0.95,
        n_simulations: int = 500,
        sample_weight: ArrayLike | None = None,
        random_state: int | None = 0,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> PITHistogramDisplay:
        """Compute the histogram and draw it.

        Parameters
        ----------
        y : array-like of shape (n,), or (n, 2) with censoring
        distribution : PredictedDistribution
        bins : int, default=10
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
            Shapes or weights do not fit, or bins are too few.
        """
        if not isinstance(bins, (int, np.integer)) or bins < 2:
            raise ValueError(f"bins={bins!r} is no number of bins; give a whole number from 2 on.")
        lower, upper = pit_limits(y, distribution)
        weight = counts(sample_weight, len(lower))
        edges = np.linspace(0, 1, bins + 1)
        heights = _heights(pit_curve(lower, upper, edges, sample_weight=weight))
        low = high = None
        if confidence is not None:
            low, high = _band(
                distribution, upper - lower, edges, confidence, n_simulations, weight, random_state
            )
        return cls(edges, heights, low, high, confidence=confidence, name=name).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> PITHistogramDisplay:
        """Draw the histogram.

        Parameters
        ----------
        ax : matplotlib Axes or None
            None: on a new figure.

        Returns
        -------
        self
        """
        ax = axes_for(ax)
        ax.bar(
            self.edges[:-1],
            self.heights,
            np.diff(self.edges),
            align="edge",
            color=BLUE,
            alpha=0.55,
            edgecolor="white",
            label=self.name,
        )
        if self.low is not None and self.high is not None:
            label = f"{100 * self.confidence:g}% band, all bins at once, if calibrated"
            low, high = (np.append(end, end[-1]) for end in (self.low, self.high))
            ax.fill_between(
                self.edges, low, high, step="post", color=GREY, alpha=0.45, linewidth=0, label=label, zorder=2
            )
        ax.axhline(1.0, color=VERMILION, linestyle="--", linewidth=1.5, label="calibrated", zorder=3)
        ax.set(xlabel="Probability integral transform", ylabel="Density", xlim=(0, 1))
        tallest = max(self.heights.max(), self.high.max() if self.high is not None else 1.0)
        ax.set_ylim(0, 1.35 * tallest)
        ax.legend(loc="upper center", frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _heights(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return densities of the bins from the curve at their edges; a PIT of exactly 0 is in the first bin."""
    return np.diff(curve[..., 1:], prepend=0.0) * (curve.shape[-1] - 1)


def _band(
    distribution: Any,
    jumps: NDArray[np.float64],
    edges: NDArray[np.float64],
    confidence: float,
    n_simulations: int,
    weight: NDArray[np.float64],
    random_state: int | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    bins = len(edges) - 1
    if (jumps <= ATOM).all():
        low, high = histogram_band(bins, max(1, round(weight.sum())), confidence=confidence)
        return np.full(bins, bins * low), np.full(bins, bins * high)
    curves = simulated_curves(
        distribution, edges, n_simulations, sample_weight=weight, random_state=random_state
    )
    low, high = simultaneous(_heights(curves), np.ones(bins), confidence)
    return np.maximum(low, 0.0), high
