"""Lines between the nodes of a drawn graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepstat.diagnostics.axes import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Points; the width of an edge is between them.
THIN, THICK = 0.3, 3.0


def widths(weight: NDArray[np.float64] | None, n: int) -> NDArray[np.float64]:
    """Return the width of each line, in points: in proportion to weights, and never quite nothing.

    Examples
    --------
    >>> widths(np.array([0.0, 1.0, 2.0]), 3)
    array([0.3 , 1.65, 3.  ])
    """
    if weight is None or n == 0:
        return np.full(n, 0.8)
    return THIN + (THICK - THIN) * weight / max(float(weight.max()), 1e-300)


def draw_edges(
    ax: Axes,
    positions: NDArray[np.float64],
    edges: NDArray[np.int64],
    *,
    weight: NDArray[np.float64] | None = None,
    values: NDArray[np.float64] | None = None,
    directed: bool = False,
    size: float = 45.0,
    label: str | None = None,
) -> None:
    """Draw lines, as wide as their weight, coloured by values; directed ones with a head past their middle.

    Parameters
    ----------
    ax : matplotlib Axes
    positions : ndarray of shape (n, 2)
    edges : ndarray of shape (2, e)
        A self-loop is a ring around its node.
    weight, values : ndarray of shape (e,) or None
    directed : bool
    size : float
        Area of a node, in square points, which the ring of a self-loop goes around.
    label : str or None
        Of the bar of the values.

    Examples
    --------
    >>> from deepstat.diagnostics.axes import axes_for
    >>> ax = axes_for(None)
    >>> draw_edges(ax, np.eye(2), np.array([[0], [1]]))
    >>> ax.collections[0].get_segments()[0].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    from matplotlib.collections import LineCollection, PolyCollection

    source, target = edges
    loop = source == target
    ends = positions[edges].swapaxes(0, 1)  # (e, 2, 2): edge, end, coordinate
    width = widths(weight, edges.shape[1])
    look: dict[str, Any] = {"zorder": 1}
    if values is None:
        look["color"] = GREY
    else:
        look.update(cmap="viridis", clim=(float(values.min(initial=0.0)), float(values.max(initial=0.0))))

    def shade(rows: NDArray[np.bool_]) -> dict[str, Any]:
        return look if values is None else {**look, "array": values[rows]}

    lines = LineCollection(ends[~loop], linewidths=width[~loop], **shade(~loop))  # type: ignore[arg-type]
    ax.add_collection(lines)
    if directed:
        heads = PolyCollection(_heads(ends[~loop]), linewidths=0, **shade(~loop))  # type: ignore[arg-type]
        ax.add_collection(heads)
    if loop.any():
        ring = {"s": 2.5 * size, "facecolors": "none", "linewidths": width[loop], "zorder": 1}
        ax.scatter(*positions[source[loop]].T, edgecolors=GREY, **ring)
    if values is not None:
        ax.figure.colorbar(lines, ax=ax, shrink=0.75, label=label)  # type: ignore[union-attr]


def _heads(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return triangles (e, 3, 2) that point from the first end of each line to the second, past its middle."""
    along = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    unit = np.divide(along, length, out=np.zeros_like(along), where=length > 0)
    across = unit[:, ::-1] * (-1.0, 1.0)
    size = 0.02 * np.ptp(ends.reshape(-1, 2), axis=0).max(initial=0.0) if len(ends) else 0.0
    tip = ends[:, 0] + 0.6 * along + size * unit
    back = tip - 2.0 * size * unit
    return np.stack([tip, back + 0.8 * size * across, back - 0.8 * size * across], axis=1)
