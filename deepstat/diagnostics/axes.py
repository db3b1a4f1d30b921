"""Axes to draw on, and the colours of all plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito (2008): told apart with any colour vision, and in grey by their lightness.
BLUE, VERMILION, GREY, BLACK = "#0072B2", "#D55E00", "#9A9A9A", "#000000"


def axes_for(ax: Axes | None, **options: Any) -> Axes:
    """Return `ax`, or axes on a new figure.

    Parameters
    ----------
    ax : matplotlib Axes or None
    **options
        Of the new figure (``figsize``).

    Raises
    ------
    ImportError
        matplotlib is missing.

    Examples
    --------
    >>> axes_for(None).get_title()
    ''
    """
    if ax is not None:
        return ax
    return new_figure(1, 1, **options)[0, 0]


def new_figure(rows: int, columns: int, **options: Any) -> Any:
    """Return an array (rows, columns) of axes on a new figure.

    Parameters
    ----------
    rows, columns : int
    **options
        Of ``matplotlib.pyplot.subplots``.

    Raises
    ------
    ImportError
        matplotlib is missing.

    Examples
    --------
    >>> new_figure(1, 2).shape
    (1, 2)
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Plots need matplotlib: run pip install matplotlib.") from error
    return plt.subplots(rows, columns, squeeze=False, layout="constrained", **options)[1]


def frame(ax: Axes, positions: NDArray[np.float64]) -> None:
    """Take the lines and ticks off axes and leave room around points, also where these stand in one line.

    Parameters
    ----------
    ax : matplotlib Axes
    positions : ndarray of shape (n, 2)

    Examples
    --------
    >>> ax = axes_for(None)
    >>> frame(ax, np.array([[0.0, 0.0], [2.0, 0.0]]))
    >>> [round(float(end), 2) for end in ax.get_ylim()]
    [-0.4, 0.4]
    """
    corners = positions if len(positions) else np.zeros((1, 2))
    low, high = corners.min(axis=0), corners.max(axis=0)
    half = (high - low) / 2
    room = np.maximum(half + 0.12 * half.max(), 0.4 * half.max()) if half.any() else np.ones(2)
    for setter, middle, reach in zip((ax.set_xlim, ax.set_ylim), (low + high) / 2, room, strict=True):
        setter(middle - reach, middle + reach)
    ax.set_aspect("equal")
    ax.set_axis_off()
