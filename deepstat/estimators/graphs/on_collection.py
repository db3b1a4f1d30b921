"""An architecture with a collection of graphs around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from deepstat.data.collection_inputs import CollectionInputs
from deepstat.layers.graph.graph_outputs import GraphOutputs


@dataclass(frozen=True)
class OnCollection:
    """A recipe whose networks read numbers of graphs.

    Attributes
    ----------
    recipe : callable
        Of a network of graphs, ``forward(features, edges)``.
    collection : GraphCollection or None
    """

    recipe: Callable[..., nn.Module]
    collection: Any = None

    def __call__(self, inputs: CollectionInputs, n_outputs: int, **options: Any) -> nn.Module:
        """Build the network."""
        return GraphOutputs(self.recipe(inputs, n_outputs, **options), self.collection, inputs)
