"""QQ plot of quantile residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from deepstat.diagnostics.axes import BLACK, BLUE, GREY, axes_for
from deepstat.diagnostics.plotting_positions import plotting_positions
from deepstat.diagnostics.predicted_by import predicted_by
from deepstat.diagnostics.quantile_residuals import quantile_residuals
from deepstat.metrics.ecdf_band import ecdf_band

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Residuals at which the band is found.
GRID = np.linspace(-3.5, 3.5, 71)


class QQDisplay:
    """Ordered quantile residuals against the normal quantiles where they are expected.

    On the diagonal if the predicted distributions are right.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    expected, residuals : ndarray of shape (n,)
        In order.
    grid, low, high : ndarray of shape (m,) or None
        Where the curve passes at each residual of the grid, at all of them at once with probability `confidence`, if
        the predictions are right and the rows independent.
    confidence : float or None
    name : str or None

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After ``plot``.

    References
    ----------
    Dunn and Smyth (1996), Randomized quantile residuals, Journal of Computational and Graphical Statistics 5.
    Aldor-Noiman, Brown, Buja, Rolke and Stine (2013), The power to see: a new graphical test of normality, The American
    Statistician 67.

    Examples
    --------
    >>> display = QQDisplay(np.array([-1.0, 1.0]), np.array([-0.9, 1.2]))
    >>> display.plot().ax_.get_ylabel()
    'Quantile residual'
    """

    def __init__(
        self,
        expected: NDArray[np.float64],
        residuals: NDArray[np.float64],
        grid: NDArray[np.float64] | None = None,
        low: NDArray[np.float64] | None = None,
        high: NDArray[np.float64] | None = None,
        *,
        confidence: float | None = 0.95,
        name: str | None = None,
    ) -> None:
        self.expected, self.residuals = expected, residuals
        self.grid, self.low, self.high = grid, low, high
        self.confidence, self.name = confidence, name

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: ArrayLike, **options: Any) -> QQDisplay:
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
        confidence: float | None = 0.95,
        sample_weight: ArrayLike | None = None,
        random_state: int | None = 0,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> QQDisplay:
        """Compute quantile residuals and draw them.

        Parameters
        ----------
        y : array-like of shape (n,), or (n, 2) with censoring
        distribution : PredictedDistribution
        confidence : float or None, default=0.95
            Of the band; None: no band.
        sample_weight : array-like of shape (n,) or None
            Frequencies.
        random_state : int or None, default=0
            Of the residuals of discrete and censored rows.
        name : str or None
            For the legend.
        ax : matplotlib Axes or None
        """
        residuals = quantile_residuals(y, distribution, random_state=random_state)
        expected, ordered, weight = plotting_positions(residuals, sample_weight)
        band: tuple[NDArray[np.float64], ...] = ()
        if confidence is not None:
            n = max(1, round(weight.sum()))
            low, high = ecdf_band(ndtr(GRID), n, confidence=confidence)
            # c residuals at or below a value: the curve passes it between where the last of them and the next stand.
            band = (
                GRID,
                ndtri(np.maximum(n * low - 0.5, 0.5) / n),
                ndtri(np.minimum(n * high + 0.5, n - 0.5) / n),
            )
        return cls(expected, ordered, *band, confidence=confidence, name=name).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> QQDisplay:
        """Draw the residuals.

        Parameters
        ----------
        ax : matplotlib Axes or None
            None: on a new figure.

        Returns
        -------
        self
        """
        ax = axes_for(ax, figsize=(5, 5))
        reach = 1.08 * max(2.5, np.abs(self.expected).max(), np.abs(self.residuals).max())
        if self.grid is not None and self.low is not None and self.high is not None:
            label = f"{100 * self.confidence:g}% band, whole curve\nat once, if calibrated"
            ax.fill_betweenx(self.grid, self.low, self.high, color=GREY, alpha=0.45, linewidth=0, label=label)
        ax.axline((0, 0), slope=1, color=BLACK, linestyle="--", linewidth=1, label="calibrated")
        ax.plot(self.expected, self.residuals, ".", color=BLUE, markersize=4, label=self.name)
        ax.set(
            xlabel="Standard normal quantile",
            ylabel="Quantile residual",
            xlim=(-reach, reach),
            ylim=(-reach, reach),
            aspect="equal",
        )
        ax.legend(loc="upper left", frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
