"""Embedded nodes in the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.diagnostics.axes import axes_for
from deepstat.diagnostics.draw_nodes import draw_nodes, read_colors
from deepstat.diagnostics.hidden_states import hidden_states

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from deepstat.graph.graph import Graph


class EmbeddingDisplay:
    """Embeddings projected on their first two principal components, coloured by class or number.

    A projection: points far apart are far apart in the embedding, points side by side need not be near. The axes say
    how much of the variance they show.

    Make it with :meth:`from_estimator` or :meth:`from_embedding`.

    Parameters
    ----------
    coordinates : ndarray of shape (n, 2)
    shares : ndarray of shape (2,)
        Of the variance of the embedding along each axis.
    color : ndarray of shape (n,) or None
    name : str or None
        Of the colours, for their legend or bar.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After ``plot``.

    Examples
    --------
    >>> display = EmbeddingDisplay.from_embedding(np.diag([3.0, 2.0, 1.0]), ["a", "a", "b"])
    >>> display.coordinates.shape, display.ax_.get_xlabel()[:26]
    ((3, 2), 'First principal component ')
    """

    def __init__(
        self,
        coordinates: NDArray[np.float64],
        shares: NDArray[np.float64],
        *,
        color: NDArray[Any] | None = None,
        name: str | None = None,
    ) -> None:
        self.coordinates, self.shares, self.color, self.name = coordinates, shares, color, name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike | None = None,
        *,
        graph: Graph | None = None,
        member: int = 0,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> EmbeddingDisplay:
        """Embed nodes and draw them.

        Parameters
        ----------
        estimator : fitted estimator
            With ``transform``; or of nodes, whose last hidden layer is taken; or of pairs of nodes, whose embedding is
            taken.
        X : array-like of shape (m,)
            Names of nodes, or their ids where the graph has no names.
        y : array-like of shape (m,) or None
            Classes or, as floats, numbers; None and NaN are unknown and grey.
        graph : Graph or None
            Where the nodes are; None: the estimator's graph.
        member : int, default=0
            Which network, of several. Not of an estimator with ``transform``.
        name : str or None
            What y is.
        ax : matplotlib Axes or None

        Raises
        ------
        TypeError
            The estimator has no embedding of nodes.
        """
        if hasattr(estimator, "transform"):
            embedding = estimator.transform(X) if graph is None else estimator.transform(X, graph=graph)
        else:
            embedding = hidden_states(estimator, X, graph=graph, member=member)
        return cls.from_embedding(embedding, y, name=name, ax=ax)

    @classmethod
    def from_embedding(
        cls,
        embedding: ArrayLike,
        y: ArrayLike | None = None,
        *,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> EmbeddingDisplay:
        """Project an embedding and draw it.

        Parameters
        ----------
        embedding : array-like of shape (m, d)
        y : array-like of shape (m,) or None
        name : str or None
        ax : matplotlib Axes or None

        Raises
        ------
        ValueError
            The embedding is no matrix of at least two rows and columns, or y does not fit it.
        """
        values = np.asarray(embedding, dtype=np.float64)
        if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all():
            raise ValueError(
                f"The embedding has shape {values.shape}: give finite numbers, at least two rows and two columns."
            )
        color = read_colors(y, len(values), "y")
        centred = values - values.mean(axis=0)
        left, singular, _ = np.linalg.svd(centred, full_matrices=False)
        coordinates = left[:, :2] * singular[:2]
        first = np.abs(coordinates).argmax(axis=0)  # fixes the sign, which is arbitrary
        coordinates = coordinates * np.where(coordinates[first, [0, 1]] < 0, -1.0, 1.0)
        total = (singular**2).sum()
        shares = singular[:2] ** 2 / total if total > 0 else np.zeros(2)
        return cls(coordinates, shares, color=color, name=name).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> EmbeddingDisplay:
        """Draw the points.

        Parameters
        ----------
        ax : matplotlib Axes or None
            None: on a new figure.

        Returns
        -------
        self
        """
        ax = axes_for(ax, figsize=(6, 5))
        draw_nodes(ax, self.coordinates, self.color, size=36.0, label=self.name)
        one, two = (f"principal component ({share:.0%} of the variance)" for share in self.shares)
        ax.set(xlabel=f"First {one}", ylabel=f"Second {two}")
        ax.set_aspect("equal", adjustable="datalim")
        self.ax_, self.figure_ = ax, ax.figure
        return self
