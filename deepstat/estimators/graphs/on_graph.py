"""An architecture with a graph around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from deepstat.data.graph_inputs import GraphInputs


@dataclass(frozen=True)
class OnGraph:
    """A recipe whose networks read ids. Equal ones make networks that train as one population.

    Attributes
    ----------
    recipe : callable
        Of a graph network, ``forward(features, edges)``.
    wrap : callable
        ``wrap(network, data)``: what turns ids into outputs.
    data : GraphData or None
    """

    recipe: Callable[..., nn.Module]
    wrap: Callable[..., nn.Module]
    data: Any

    def __call__(self, inputs: GraphInputs, n_outputs: int, **options: Any) -> nn.Module:
        """Build the network."""
        return self.wrap(self.recipe(inputs, n_outputs, **options), self.data)
