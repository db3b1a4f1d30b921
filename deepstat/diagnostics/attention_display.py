"""Picture of who attends to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.attention_coefficients import Attention, attention_coefficients
from deepstat.diagnostics.axes import axes_for, frame
from deepstat.diagnostics.draw_edges import widths
from deepstat.diagnostics.network_on_graph import network_on_graph
from deepstat.diagnostics.node_positions import node_positions
from deepstat.graph.graph import Graph

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Area of a node, and of one that holds its name.
POINT, NAMED = 60.0, 260.0


class AttentionDisplay:
    """The half of an edge next to a node shows how much that node attends to the other end; its own colour, to itself.

    Around one node: all that it attends to, on a circle, in the order of the coefficients from the top clockwise.

    Coefficients say how a layer weighs what it is sent, not what matters for the prediction: what is sent counts as
    well, and so do the other layers (Jain and Wallace 2019). They sum to one at each node, so on the whole graph nodes
    of many neighbours look pale; ``relative=True`` multiplies by the number of neighbours.

    Make it with :meth:`from_estimator`.

    Parameters
    ----------
    positions : ndarray of shape (n, 2)
    source, target : ndarray of int64, shape (m,)
    values : ndarray of shape (m,)
        Of the attention of `target` to `source`.
    whole : bool
        Whether lines are drawn whole instead of the half next to the target.
    labels : sequence of length n or None
    name : str
        Of the values, for the bar.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After ``plot``.

    References
    ----------
    Jain and Wallace (2019), Attention is not explanation, NAACL.

    Examples
    --------
    >>> from deepstat import NodeClassifier
    >>> graph = Graph([[0, 1, 2, 2], [1, 2, 0, 3]])
    >>> model = NodeClassifier(
    ...     graph=graph, structural_features="identity", architecture="gat", max_epochs=5, random_state=0
    ... ).fit([0, 3], ["a", "b"])
    >>> display = AttentionDisplay.from_estimator(model, node=2)
    >>> sorted(display.labels), bool(np.isclose(display.values.sum(), 1))
    ([0, 1, 2, 3], True)
    """

    def __init__(
        self,
        positions: NDArray[np.float64],
        source: NDArray[np.int64],
        target: NDArray[np.int64],
        values: NDArray[np.float64],
        *,
        whole: bool = False,
        labels: Any = None,
        name: str = "Attention",
    ) -> None:
        self.positions, self.source, self.target, self.values = positions, source, target, values
        self.whole, self.labels, self.name = whole, labels, name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        node: Any = None,
        *,
        graph: Graph | None = None,
        layer: int = 0,
        head: int | None = None,
        member: int = 0,
        relative: bool = False,
        positions: ArrayLike | None = None,
        layout: str = "spring",
        labels: bool = False,
        ax: Axes | None = None,
    ) -> AttentionDisplay:
        """Compute coefficients and draw them.

        Parameters
        ----------
        estimator : fitted estimator of nodes or of pairs
            With an attention architecture.
        node : name of a node, its id where the graph has no names, or None
            None: the whole graph.
        graph : Graph or None
            None: the estimator's.
        layer : int, default=0
            Which attention operator, from the features on; -1: the last.
        head : int or None
            None: the mean over heads.
        member : int, default=0
            Which network, of several.
        relative : bool, default=False
            Multiply coefficients by the number of arcs into the node: 1 is what a mean over neighbours would give.
        positions, layout
            Of the whole graph, see :func:`deepstat.diagnostics.node_positions.node_positions`.
        labels : bool, default=False
            Whether nodes of the whole graph are named.
        ax : matplotlib Axes or None

        Raises
        ------
        TypeError
            The network has no attention.
        ValueError
            There is no such node, layer, head or member.
        """
        found = attention_coefficients(estimator, graph=graph, layer=layer, member=member)
        n_heads = found.coefficients.shape[1]
        if head is not None and not 0 <= head < n_heads:
            raise ValueError(f"head={head} is none: the layer has {n_heads}, counted from 0.")
        values = found.coefficients.mean(axis=1) if head is None else found.coefficients[:, head]
        own = network_on_graph(estimator, graph, member).graph
        if relative:
            values = values * np.bincount(found.target, minlength=own.n_nodes)[found.target]
        names = np.arange(own.n_nodes) if own.node_names is None else own.node_names
        title = "Attention / attention spread evenly" if relative else "Attention"
        if node is not None:
            return cls._around(found, values, int(own.positions([node])[0]), names, title).plot(ax=ax)
        place = node_positions(own, positions, layout)
        named = names.tolist() if labels else None
        return cls(place, found.source, found.target, values, labels=named, name=title).plot(ax=ax)

    @classmethod
    def _around(
        cls, found: Attention, values: NDArray[np.float64], node: int, names: NDArray[Any], title: str
    ) -> AttentionDisplay:
        arcs = np.flatnonzero(found.target == node)
        arcs = arcs[np.argsort(-values[arcs], kind="stable")]
        others = found.source[arcs]
        others = others[np.sort(np.unique(others, return_index=True)[1])]  # parallel arcs lead to one place
        others = others[others != node]
        angle = np.pi / 2 - 2 * np.pi * np.arange(len(others)) / max(len(others), 1)
        nodes = np.concatenate([[node], others])
        place = np.concatenate([np.zeros((1, 2)), np.column_stack([np.cos(angle), np.sin(angle)])])
        rank = np.zeros(len(names), dtype=np.int64)
        rank[nodes] = np.arange(len(nodes))
        labels = names[nodes].tolist()
        return cls(place, rank[found.source[arcs]], rank[found.target[arcs]], values[arcs], whole=True,
                   labels=labels, name=title)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> AttentionDisplay:
        """Draw the coefficients.

        Parameters
        ----------
        ax : matplotlib Axes or None
            None: on a new figure.

        Returns
        -------
        self
        """
        ax = axes_for(ax, figsize=(6, 5))
        from matplotlib.collections import LineCollection

        between = self.source != self.target
        start, end = self.positions[self.target[between]], self.positions[self.source[between]]
        ends = np.stack([start, end if self.whole else (start + end) / 2], axis=1)
        top = max(float(self.values.max(initial=0.0)), 1e-12)
        shade: dict[str, Any] = {"cmap": "viridis_r", "clim": (0.0, top)}
        lines = LineCollection(
            ends, array=self.values[between], linewidths=widths(self.values[between], len(ends)), **shade
        )  # type: ignore[arg-type]
        ax.add_collection(lines)
        itself = np.zeros(len(self.positions))
        np.add.at(itself, self.target[~between], self.values[~between])
        size = POINT if self.labels is None else NAMED
        look = {"s": size, "edgecolors": "black", "linewidths": 0.6, "zorder": 3}
        seen = np.isin(np.arange(len(itself)), self.target)  # of the others nothing is known here
        ax.scatter(*self.positions[~seen].T, color="white", **look)
        ax.scatter(*self.positions[seen].T, c=itself[seen], cmap="viridis_r", vmin=0.0, vmax=top, **look)
        for place, label, own, known in zip(self.positions, self.labels or (), itself, seen, strict=False):
            ink = "white" if known and own > 0.5 * top else "black"
            ax.annotate(str(label), place, ha="center", va="center", fontsize="x-small", color=ink, zorder=4)
        ax.figure.colorbar(lines, ax=ax, shrink=0.75, label=self.name)  # type: ignore[union-attr]
        frame(ax, self.positions)
        self.ax_, self.figure_ = ax, ax.figure
        return self
