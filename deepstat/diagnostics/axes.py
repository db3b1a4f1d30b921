"""Axes to draw on, and the colours of all plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
