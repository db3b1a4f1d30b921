"""A graph on the device: what a network is given beside the rows to predict for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deepstat.layers.graph.edges import Edges


@dataclass(frozen=True, eq=False)
class GraphData:
    """Node features and edges, shared by all networks that look at one graph; copies are the data themselves.

    Attributes
    ----------
    features : Tensor or SparseMatrix of shape (n, p), or TypedFeatures
    edges : Edges
    """

    features: Any
    edges: Edges

    @property
    def entries(self) -> int:
        """Arcs, and numbers in the node features: by which a graph is small or large."""
        parts = getattr(self.features, "parts", (self.features,))
        return len(self.edges) + sum(
            len(part.values) if hasattr(part, "pointers") else part.numel() for part in parts
        )

    def __deepcopy__(self, memo: Any) -> GraphData:
        return self
