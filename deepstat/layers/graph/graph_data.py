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

    def __deepcopy__(self, memo: Any) -> GraphData:
        return self
