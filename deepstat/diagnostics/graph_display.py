"""Picture of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.axes import axes_for, frame
from deepstat.diagnostics.draw_edges import draw_edges
from deepstat.diagnostics.draw_nodes import draw_nodes, read_colors
from deepstat.diagnostics.node_positions import node_positions
from deepstat.graph.graph import Graph

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Area of a node, and of one that holds its name.
POINT, NAMED = 45.0, 240.0


class GraphDisplay:
    """Nodes as points coloured by class or number, edges as lines as wide as their weight.

    Make it with :meth:`from_graph`.

    Parameters
    ----------
    positions : ndarray of shape (n, 2)
    edges : ndarray of int, shape (2, e)
    color : ndarray of shape (n,) or None
        Of the nodes: floats are numbers, all else are classes, None and NaN unknown.
    edge_weight, edge_color : ndarray of shape (e,) or None
        Widths and colours of edges, numbers.
    directed : bool
    labels : sequence of length n or None
        Written into the nodes.
    name : str or None
        Of the colours of nodes, for their legend or bar.
    edge_name : str or None
        Of the colours of edges.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After ``plot``.

    Examples
    --------
    >>> display = GraphDisplay.from_graph(Graph([[0, 1, 2], [1, 2, 0]]), color=["a", "a", "b"], labels=True)
    >>> [text.get_text() for text in display.ax_.texts]
    ['0', '1', '2']
    """

    def __init__(
        self,
        positions: NDArray[np.float64],
        edges: NDArray[np.int64],
        *,
        color: NDArray[Any] | None = None,
        edge_weight: NDArray[np.float64] | None = None,
        edge_color: NDArray[np.float64] | None = None,
        directed: bool = False,
        labels: Any = None,
        name: str | None = None,
        edge_name: str | None = None,
    ) -> None:
        self.positions, self.edges, self.color = positions, edges, color
        self.edge_weight, self.edge_color, self.directed = edge_weight, edge_color, directed
        self.labels, self.name, self.edge_name = labels, name, edge_name

    @classmethod
    def from_graph(
        cls,
        graph: Graph,
        *,
        color: ArrayLike | None = None,
        edge_color: ArrayLike | None = None,
        positions: ArrayLike | None = None,
        layout: str = "spring",
        labels: bool = False,
        name: str | None = None,
        edge_name: str | None = None,
        ax: Axes | None = None,
    ) -> GraphDisplay:
        """Place the nodes and draw.

        Parameters
        ----------
        graph : Graph
            Its edge weights are the widths of the lines.
        color : array-like of shape (n,) or None
            Classes or, as floats, numbers of the nodes; None and NaN are unknown and grey.
        edge_color : array-like of shape (e,) or None
            Numbers of the edges, in the order of ``graph.edges``.
        positions : array-like of shape (n, 2) or None
            None: by `layout`.
        layout : {"spring", "spectral"}, default="spring"
            See :func:`deepstat.diagnostics.node_positions.node_positions`.
        labels : bool, default=False
            Whether to write names of nodes, or ids where they have none, into the points.
        name, edge_name : str or None
            What the colours of nodes and of edges are.
        ax : matplotlib Axes or None

        Raises
        ------
        ValueError
            Colours or positions do not fit the graph, or it is too large for the layout.
        """
        shades = None
        if edge_color is not None:
            shades = np.asarray(edge_color, dtype=np.float64)
            if shades.shape != (graph.n_edges,) or not np.isfinite(shades).all():
                raise ValueError(
                    f"edge_color has shape {shades.shape}: give a finite number for each of the {graph.n_edges} edges."
                )
        named = range(graph.n_nodes) if graph.node_names is None else graph.node_names.tolist()
        display = cls(
            node_positions(graph, positions, layout),
            graph.edges,
            color=read_colors(color, graph.n_nodes),
            edge_weight=graph.edge_weight,
            edge_color=shades,
            directed=graph.directed,
            labels=list(named) if labels else None,
            name=name,
            edge_name=edge_name,
        )
        return display.plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> GraphDisplay:
        """Draw the graph.

        Parameters
        ----------
        ax : matplotlib Axes or None
            None: on a new figure.

        Returns
        -------
        self
        """
        ax = axes_for(ax, figsize=(6, 5))
        size = POINT if self.labels is None else NAMED
        draw_edges(
            ax, self.positions, self.edges, weight=self.edge_weight, values=self.edge_color, directed=self.directed,
            size=size, label=self.edge_name,
        )  # fmt: skip
        draw_nodes(ax, self.positions, self.color, size=size, label=self.name)
        from matplotlib.patheffects import withStroke

        ink: dict[str, Any] = {
            "color": "white",
            "path_effects": [withStroke(linewidth=1.2, foreground="black")],
        }
        for place, label in zip(self.positions, self.labels or (), strict=False):
            ax.annotate(str(label), place, ha="center", va="center", fontsize="x-small", zorder=4, **ink)
        frame(ax, self.positions)
        self.ax_, self.figure_ = ax, ax.figure
        return self
