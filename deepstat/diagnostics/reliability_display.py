"""Reliability diagram of a classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.axes import BLACK, BLUE, GREY, axes_for
from deepstat.diagnostics.consistency_band import consistency_band
from deepstat.metrics.binned import bin_of
from deepstat.metrics.brier_decomposition import brier_decomposition, recalibrated
from deepstat.metrics.numbers import counts
from deepstat.metrics.probabilities import check_probabilities
from deepstat.metrics.score_decomposition import ScoreDecomposition

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The histogram of forecasts: bins, and the height of the tallest.
HISTOGRAM_BINS, HISTOGRAM_HEIGHT = 20, 0.12


class ReliabilityDisplay:
    """How often the event happens against the forecast probability: on the diagonal if calibrated.

    Below the diagonal at high and above it at low forecasts: overconfident. The curve is isotonic regression (no bins
    to choose) or, on request, the frequency in bins. Bars at the bottom: the share of forecasts.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    forecasts, frequencies : ndarray of shape (m,)
        Distinct forecasts (or mean forecasts of bins) in order, and how often the event happened there.
    low, high : ndarray of shape (m,) or None
        Consistency band: where the frequency lies with probability `confidence`, if calibrated and the rows are
        independent. Pointwise: each forecast for itself.
    histogram : ndarray of shape (b,) or None
        Shares of forecasts in b bins of equal width on [0, 1].
    parts : ScoreDecomposition or None
        Of the Brier score.
    bins : int or None
    confidence : float or None
    event : str
        What is forecast, for the axes.
    name : str or None

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After ``plot``.

    References
    ----------
    Dimitriadis, Gneiting and Jordan (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118.
    Bröcker and Smith (2007), Increasing the reliability of reliability diagrams, Weather and Forecasting 22.

    Examples
    --------
    >>> display = ReliabilityDisplay(np.array([0.2, 0.8]), np.array([0.3, 0.7]))
    >>> display.plot().ax_.get_xlabel()
    'Forecast probability'
    """

    def __init__(
        self,
        forecasts: NDArray[np.float64],
        frequencies: NDArray[np.float64],
        low: NDArray[np.float64] | None = None,
        high: NDArray[np.float64] | None = None,
        *,
        histogram: NDArray[np.float64] | None = None,
        parts: ScoreDecomposition | None = None,
        bins: int | None = None,
        confidence: float | None = 0.95,
        event: str = "",
        name: str | None = None,
    ) -> None:
        self.forecasts, self.frequencies, self.low, self.high = forecasts, frequencies, low, high
        self.histogram, self.parts, self.bins = histogram, parts, bins
        self.confidence, self.event, self.name = confidence, event, name

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: ArrayLike, *, pos_label: Any = None, **options: Any
    ) -> ReliabilityDisplay:
        """Predict, compute and draw; `options` as in :meth:`from_predictions`.

        Parameters
        ----------
        estimator : fitted classifier with predict_proba
        X : table
        y : array-like of shape (n,)
        pos_label : class or None
            The class whose probability is judged; needed with more than two classes. None: the second of two.

        Raises
        ------
        TypeError
            The estimator has no probabilities.
        ValueError
            The class is unknown, or none is given of more than two.
        """
        if not hasattr(estimator, "predict_proba"):
            raise TypeError(
                f"{type(estimator).__name__} has no predict_proba; give a classifier with probabilities, or use "
                "from_predictions."
            )
        classes = np.asarray(estimator.classes_)
        if pos_label is None and len(classes) != 2:
            raise ValueError(
                f"{type(estimator).__name__} knows {len(classes)} classes; say which one's probability is judged: "
                f"pos_label={classes[0]!r}."
            )
        pos_label = classes[1] if pos_label is None else pos_label
        if pos_label not in classes.tolist():
            raise ValueError(
                f"pos_label={pos_label!r} is no class; choose one of {', '.join(map(repr, classes.tolist()))}."
            )
        column = classes.tolist().index(pos_label)
        options.setdefault("name", type(estimator).__name__)
        return cls.from_predictions(y, estimator.predict_proba(X)[:, column], pos_label=pos_label, **options)

    @classmethod
    def from_predictions(
        cls,
        y: ArrayLike,
        probabilities: ArrayLike,
        *,
        pos_label: Any = None,
        bins: int | None = None,
        confidence: float | None = 0.95,
        n_simulations: int = 500,
        sample_weight: ArrayLike | None = None,
        random_state: int | None = 0,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> ReliabilityDisplay:
        """Compute frequencies and draw them.

        Parameters
        ----------
        y : array-like of shape (n,)
            0 and 1 (False and True), or anything if `pos_label` is given.
        probabilities : array-like of shape (n,)
            Of the event ``y == pos_label``.
        pos_label : class or None
            None: 1.
        bins : int or None
            None: isotonic regression. A number: frequencies in so many bins of equal width.
        confidence : float or None, default=0.95
            Of the pointwise band; None: no band.
        n_simulations : int, default=500
            Data sets drawn from the forecasts for the band.
        sample_weight : array-like of shape (n,) or None
            Frequencies; whole numbers if there is a band.
        random_state : int or None, default=0
            Of the simulation.
        name : str or None
            For the legend.
        ax : matplotlib Axes or None

        Raises
        ------
        ValueError
            Shapes or weights do not fit, or probabilities are none.
        """
        outcome = np.asarray(y) if pos_label is None else np.asarray(y) == pos_label
        if np.ndim(probabilities) != 1:
            raise ValueError(
                f"probabilities has shape {np.shape(probabilities)}; give the column of one class, and its pos_label."
            )
        codes, p = check_probabilities(outcome, probabilities)
        weight = counts(sample_weight, len(p))
        rows = weight > 0
        codes, p, weight = codes[rows].astype(np.float64), p[rows], weight[rows]
        frequency = recalibrated(p, codes, bins, weight)
        # Rows of one forecast, or of one bin, make a point.
        _, first, group = np.unique(
            p if bins is None else bin_of(p, bins), return_index=True, return_inverse=True
        )
        forecasts = np.bincount(group, weights=weight * p) / np.bincount(group, weights=weight)
        low = high = None
        if confidence is not None:
            low, high = consistency_band(
                p, group, weight, isotonic=bins is None, confidence=confidence, n_simulations=n_simulations,
                random_state=random_state,
            )  # fmt: skip
        histogram = (
            np.bincount(bin_of(p, HISTOGRAM_BINS), weights=weight, minlength=HISTOGRAM_BINS) / weight.sum()
        )
        parts = brier_decomposition(codes, p, bins=bins, sample_weight=weight)
        event = "" if pos_label is None else f" of {pos_label}"
        display = cls(
            forecasts, frequency[first], low, high, histogram=histogram, parts=parts, bins=bins,
            confidence=confidence, event=event, name=name,
        )  # fmt: skip
        return display.plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> ReliabilityDisplay:
        """Draw the diagram.

        Parameters
        ----------
        ax : matplotlib Axes or None
            None: on a new figure.

        Returns
        -------
        self
        """
        ax = axes_for(ax, figsize=(5, 5))
        isotonic = self.bins is None
        if self.histogram is not None:
            edges = np.linspace(0, 1, len(self.histogram) + 1)
            heights = self.histogram / self.histogram.max() * HISTOGRAM_HEIGHT
            options = {"color": BLUE, "alpha": 0.3, "edgecolor": "white", "label": "share of forecasts"}
            ax.bar(edges[:-1], heights, np.diff(edges), align="edge", **options)
        if self.low is not None and self.high is not None:
            label = f"{100 * self.confidence:g}% band, pointwise,\nif calibrated"
            if isotonic:
                ax.fill_between(
                    self.forecasts, self.low, self.high, color=GREY, alpha=0.45, linewidth=0, label=label
                )
            else:
                ax.vlines(
                    self.forecasts, self.low, self.high, color=GREY, linewidth=5, alpha=0.6, label=label
                )
        ax.plot([0, 1], [0, 1], color=BLACK, linestyle="--", linewidth=1, label="calibrated")
        marker = {} if isotonic and len(self.forecasts) > 30 else {"marker": "o", "markersize": 4}
        ax.plot(self.forecasts, self.frequencies, color=BLUE, linewidth=1.8, label=self.name, **marker)
        if self.parts is not None:
            score, miscalibration, discrimination, uncertainty = self.parts
            ax.text(
                0.97,
                HISTOGRAM_HEIGHT + 0.03,
                f"Brier score {score:.3f}\nmiscalibration {miscalibration:.3f}\ndiscrimination {discrimination:.3f}\n"
                f"uncertainty {uncertainty:.3f}",
                ha="right",
                va="bottom",
                fontsize="small",
            )
        ax.set(
            xlabel=f"Forecast probability{self.event}",
            ylabel=f"Observed frequency{self.event}",
            xlim=(0, 1),
            ylim=(0, 1),
            aspect="equal",
        )
        ax.legend(loc="upper left", frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
