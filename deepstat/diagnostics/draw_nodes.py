"""Points of a plot, coloured by class or by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepstat.diagnostics.axes import BLUE, GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito (2008), without black, which is for lines; then darker shades of the first ones.
PALETTE = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#7F7F7F", "#00395A", "#7A3600",
)  # fmt: skip


def read_colors(color: Any, n: int, name: str = "color") -> NDArray[Any] | None:
    """Return one class or number for each of n points, checked.

    Parameters
    ----------
    color : array-like of shape (n,) or None
    n : int
    name : str
        For the error.

    Raises
    ------
    ValueError
        There are too few or too many, or more classes than can be told apart.

    Examples
    --------
    >>> read_colors([0.5, 1], 2), read_colors(["a", None], 2)
    (array([0.5, 1. ]), array(['a', None], dtype=object))
    """
    if color is None:
        return None
    values = np.asarray(color) if not isinstance(color, (list, tuple)) else _as_array(color)
    if values.shape != (n,):
        raise ValueError(
            f"{name} has shape {values.shape}: give one class or number for each of the {n} points."
        )
    if values.dtype.kind != "f" and len(classes_of(values)) > len(PALETTE):
        raise ValueError(
            f"{name} holds {len(classes_of(values))} classes and {len(PALETTE)} can be told apart: join some, or give "
            "numbers (floats)."
        )
    return values


def _as_array(values: Any) -> NDArray[Any]:
    plain = all(isinstance(value, (bool, int, float, np.generic)) for value in values)
    return np.array(values, dtype=None if plain else object)


def classes_of(values: NDArray[Any]) -> list[Any]:
    """Return the sorted classes among values; None stands for an unknown one.

    Examples
    --------
    >>> classes_of(np.array(["b", None, "a"], dtype=object))
    ['a', 'b']
    """
    return sorted({value for value in values.tolist() if value is not None})


def draw_nodes(
    ax: Axes,
    positions: NDArray[np.float64],
    color: NDArray[Any] | None,
    *,
    size: float,
    label: str | None = None,
) -> None:
    """Draw points with a legend of their classes, or a bar of their numbers.

    Points of unknown class (None) or number (NaN) are grey.

    Parameters
    ----------
    ax : matplotlib Axes
    positions : ndarray of shape (n, 2)
    color : ndarray of shape (n,) or None
        Floats are numbers, all else are classes.
    size : float
        Area of a point, in square points.
    label : str or None
        Of the bar, or the title of the legend.

    Examples
    --------
    >>> from deepstat.diagnostics.axes import axes_for
    >>> ax = axes_for(None)
    >>> draw_nodes(ax, np.zeros((2, 2)), np.array(["a", "b"]), size=20)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['a', 'b']
    """
    look: dict[str, Any] = {"s": size, "edgecolors": "white", "linewidths": 0.6, "zorder": 3}
    if color is None:
        ax.scatter(*positions.T, color=BLUE, **look)
    elif color.dtype.kind == "f":
        ax.scatter(*positions[np.isnan(color)].T, color=GREY, **look)
        known = ~np.isnan(color)
        drawn = ax.scatter(*positions[known].T, c=color[known], cmap="viridis", **look)
        ax.figure.colorbar(drawn, ax=ax, shrink=0.75, label=label)  # type: ignore[union-attr]
    else:
        listed = color.tolist()
        unknown = np.array([value is None for value in listed], dtype=bool)
        ax.scatter(*positions[unknown].T, color=GREY, **look)
        for own, shade in zip(classes_of(color), PALETTE, strict=False):
            chosen = np.array([value == own for value in listed], dtype=bool)
            ax.scatter(*positions[chosen].T, color=shade, label=str(own), **look)
        ax.legend(frameon=False, title=label, fontsize="small")
