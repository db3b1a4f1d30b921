"""Where the nodes of a drawn graph stand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.diagnostics.spring_layout import spring_layout
from deepstat.errors import unknown
from deepstat.graph.graph import Graph
from deepstat.graph.laplacian_eigenvectors import laplacian_eigenvectors

LAYOUTS = ("spring", "spectral")


def node_positions(graph: Graph, positions: Any = None, layout: str = "spring") -> NDArray[np.float64]:
    """Return coordinates (n, 2): those given, or a layout.

    Parameters
    ----------
    graph : Graph
    positions : array-like of shape (n, 2) or None
    layout : {"spring", "spectral"}
        "spring": see :func:`deepstat.diagnostics.spring_layout.spring_layout`; "spectral": two eigenvectors of the
        Laplacian, for graphs of any size.

    Raises
    ------
    ValueError
        The positions are no coordinates of the nodes, or the layout is unknown.

    Examples
    --------
    >>> node_positions(Graph([[0], [1]]), [[0, 0], [3, 4]])
    array([[0., 0.],
           [3., 4.]])
    """
    if positions is not None:
        given = np.asarray(positions, dtype=np.float64)
        if given.shape != (graph.n_nodes, 2) or not np.isfinite(given).all():
            raise ValueError(
                f"positions has shape {given.shape}: give two finite coordinates for each of the "
                f"{graph.n_nodes} nodes."
            )
        return given
    if layout not in LAYOUTS:
        raise unknown("layout", layout, LAYOUTS)
    return spring_layout(graph) if layout == "spring" else laplacian_eigenvectors(graph, 2)
