"""Worm plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from deepstat.diagnostics.axes import BLACK, BLUE, GREY, VERMILION, axes_for, new_figure
from deepstat.diagnostics.plotting_positions import plotting_positions
from deepstat.diagnostics.predicted_by import predicted_by
from deepstat.diagnostics.quantile_residuals import quantile_residuals
from deepstat.metrics.levels import check_level
from deepstat.metrics.numbers import counts, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Rows of a panel: a cubic through fewer says nothing.
FEWEST = 10


class Worm(NamedTuple):
    """One panel.

    Attributes
    ----------
    expected, deviation : ndarray of shape (n,)
        Normal quantiles, and by how much the ordered residuals lie above them.
    n : float
        Rows, weights counted.
    coefficients : ndarray of shape (4,)
        Of the cubic through them: constant (location too low by so many standard deviations), slope (scale too narrow
        by so much), square (skewness), cube (tails).
    title : str
    """

    expected: NDArray[np.float64]
    deviation: NDArray[np.float64]
    n: float
    coefficients: NDArray[np.float64]
    title: str = ""


class WormPlotDisplay:
    """Detrended QQ plot of quantile residuals, in panels of a variable if asked.

    A flat worm is right. A worm above 0: predictions too low. Rising: too narrow. A U: skewness is missed (an inverted
    U: overdone). An S that ends high: tails too light.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    worms : sequence of Worm
    confidence : float
        Of the band, which is pointwise: even if calibrated, 1 - confidence of the points lie outside, and neighbours
        stray together.
    name : str or None

    Attributes
    ----------
    ax_ : matplotlib Axes, or array of them
        After ``plot``; an array with several panels.
    figure_ : matplotlib Figure

    References
    ----------
    van Buuren and Fredriks (2001), Worm plot: a simple diagnostic device for modelling growth reference curves,
    Statistics in Medicine 20.

    Examples
    --------
    >>> worm = Worm(np.array([-1.0, 0.0, 1.0]), np.array([0.1, 0.0, 0.1]), 3.0, np.zeros(4))
    >>> WormPlotDisplay([worm]).plot().ax_.get_ylabel()
    'Residual - expected'
    """

    def __init__(self, worms: list[Worm], *, confidence: float = 0.95, name: str | None = None) -> None:
        self.worms, self.confidence, self.name = worms, confidence, name

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: ArrayLike, **options: Any) -> WormPlotDisplay:
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
        by: ArrayLike | None = None,
        n_panels: int = 4,
        confidence: float = 0.95,
        sample_weight: ArrayLike | None = None,
        random_state: int | None = 0,
        name: str | None = None,
        ax: Axes | Any = None,
    ) -> WormPlotDisplay:
        """Compute quantile residuals and draw them.

        Parameters
        ----------
        y : array-like of shape (n,), or (n, 2) with censoring
        distribution : PredictedDistribution
        by : array-like of shape (n,) or None
            Numbers, such as a column of X: a panel for each of `n_panels` ranges with about as many rows each. A fit
            can be right on average and wrong in every range.
        n_panels : int, default=4
            With `by`.
        confidence : float, default=0.95
            Of the pointwise band.
        sample_weight : array-like of shape (n,) or None
            Frequencies.
        random_state : int or None, default=0
            Of the residuals of discrete and censored rows.
        name : str or None
            Title.
        ax : matplotlib Axes, array of n_panels of them, or None

        Raises
        ------
        ValueError
            Shapes do not fit, or a panel has fewer than 10 rows.
        """
        check_level(confidence, "confidence")
        residuals = quantile_residuals(y, distribution, random_state=random_state)
        weight = counts(sample_weight, len(residuals))
        if by is None:
            return cls([_worm(residuals, weight, "")], confidence=confidence, name=name).plot(ax=ax)
        values = numbers("by", by, residuals.shape)
        if not isinstance(n_panels, (int, np.integer)) or n_panels < 1:
            raise ValueError(f"n_panels={n_panels!r} is no number of panels; give a whole number from 1 on.")
        edges = np.unique(np.quantile(values, np.linspace(0, 1, n_panels + 1)))
        panel = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, max(0, len(edges) - 2))
        worms = [
            _worm(
                residuals[panel == k],
                weight[panel == k],
                f"{edges[k]:.3g} to {edges[min(k + 1, len(edges) - 1)]:.3g}",
            )
            for k in range(max(1, len(edges) - 1))
        ]
        return cls(worms, confidence=confidence, name=name).plot(ax=ax)

    def plot(self, ax: Axes | Any = None) -> WormPlotDisplay:
        """Draw the worms.

        Parameters
        ----------
        ax : matplotlib Axes, array of as many as there are worms, or None
            None: on a new figure.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            The number of axes is not that of the worms.
        """
        n = len(self.worms)
        if n == 1:
            panels = np.array([axes_for(ax if np.ndim(ax) == 0 else np.ravel(ax)[0])], dtype=object)
        elif ax is None:
            columns = min(n, 2)
            size = {"figsize": (4.2 * columns, 3.2 * -(-n // columns)), "sharey": True}
            panels = np.asarray(new_figure(-(-n // columns), columns, **size)).ravel()
            for unused in panels[n:]:
                unused.set_visible(False)
            panels = panels[:n]
        else:
            panels = np.ravel(np.asarray(ax, dtype=object))
        if len(panels) != n:
            raise ValueError(f"ax holds {len(panels)} axes for {n} panels; give as many, or None.")
        height = 1.15 * max(0.5, *(float(np.abs(worm.deviation).max()) for worm in self.worms))
        for worm, axes in zip(self.worms, panels, strict=True):
            _draw(axes, worm, self.confidence, height)
        if self.name is not None:
            (panels[0].figure.suptitle if n > 1 else panels[0].set_title)(self.name)
        panels[0].legend(loc="upper center", frameon=False, fontsize="small", ncols=2)
        self.ax_, self.figure_ = panels if n > 1 else panels[0], panels[0].figure
        return self


def _worm(residuals: NDArray[np.float64], weight: NDArray[np.float64], title: str) -> Worm:
    rows = np.count_nonzero(weight)
    if rows < FEWEST:
        raise ValueError(
            f"A panel has {rows} rows of positive weight; a worm needs {FEWEST}: ask for fewer panels."
        )
    expected, ordered, weight = plotting_positions(residuals, weight)
    root = np.sqrt(weight)  # of weighted least squares
    powers = expected[:, None] ** np.arange(4)
    coefficients = np.linalg.lstsq(powers * root[:, None], (ordered - expected) * root, rcond=None)[0]
    return Worm(expected, ordered - expected, float(weight.sum()), coefficients, title)


def _draw(ax: Axes, worm: Worm, confidence: float, height: float) -> None:
    reach = 1.08 * max(2.5, float(np.abs(worm.expected).max()))
    z = np.linspace(-reach, reach, 201)
    # Standard error of an ordered residual: that of the share below it, over the density there.
    half = ndtri((1 + confidence) / 2) * np.sqrt(ndtr(z) * ndtr(-z) / worm.n) / norm.pdf(z)
    label = f"{100 * confidence:g}% band, pointwise"
    ax.fill_between(z, -half, half, color=GREY, alpha=0.35, linewidth=0, label=label)
    ax.axhline(0, color=BLACK, linestyle="--", linewidth=1)
    ax.plot(worm.expected, worm.deviation, ".", color=BLUE, markersize=4, label="residuals")
    cubic = worm.expected[:, None] ** np.arange(4) @ worm.coefficients
    ax.plot(worm.expected, cubic, color=VERMILION, linewidth=1.5, label="cubic")
    ax.set(
        xlabel="Standard normal quantile",
        ylabel="Residual - expected",
        xlim=(-reach, reach),
        ylim=(-height, height),
    )
    if worm.title:
        ax.set_title(worm.title, fontsize="medium")
