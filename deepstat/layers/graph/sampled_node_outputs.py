"""From a network of nodes to a network of node ids that looks at a sample of the graph in each training step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.node_outputs import NodeOutputs
from deepstat.layers.graph.sampled_arcs import SampledArcs
from deepstat.layers.graph.sampled_features import sampled_features


@dataclass(frozen=True, eq=False)
class Sampler:
    """How to draw the arcs of a batch, and what the whole graph's arcs carry.

    Attributes
    ----------
    draw : callable
        ``draw(seeds, rng) -> list of blocks``, from the outermost layer to the seeds.
    surroundings : callable
        ``surroundings(seeds) -> list of blocks`` with all neighbours.
    n_layers, n_arcs : int
        Blocks drawn, and arcs of the graph.
    arcs : SampledArcs
    """

    draw: Callable[..., Sequence[Any]]
    surroundings: Callable[..., Sequence[Any]]
    n_layers: int
    n_arcs: int
    arcs: SampledArcs

    @property
    def mean_degree(self) -> float:
        """Neighbours of a node, in the mean."""
        return float(self.n_arcs / max(len(self.arcs.degree), 1))

    def __deepcopy__(self, memo: Any) -> Sampler:
        return self


class SampledNodeOutputs(NodeOutputs):
    """In training the outputs of a batch are computed from a sample of its surroundings.

    Otherwise from all of them: those of a few nodes, or the whole graph where these would be most of it.

    The arcs of a batch are a function of the member's seed and of the step, as dropout's noise is.

    Parameters
    ----------
    network : nn.Module
        ``forward(features, edges)``, with one entry of `edges` for each of its layers.
    data : GraphData
    sampler : Sampler
    """

    def __init__(self, network: nn.Module, data: GraphData, sampler: Sampler) -> None:
        super().__init__(network, data)
        self.sampler = sampler
        self.clock = Dropout(0.0)  # training tells such layers the seed and the step
        operators = getattr(network, "operators", ())
        far = [type(each).__name__ for each in operators if not getattr(each, "one_hop", False)]
        far += [
            type(each).__name__ for each in network.modules() if getattr(each, "reads_whole_graph", False)
        ]
        if far:
            raise ValueError(
                f"{far[0]} looks further than a node's neighbours, so a batch of it cannot be sampled: choose another "
                "architecture or normalization, or sampler=None."
            )
        n_layers = len(operators)
        if n_layers != sampler.n_layers:
            raise ValueError(
                f"The sampler draws {sampler.n_layers} layer(s) and the network has {n_layers or 'no list of'} "
                "operators: give one size for each."
            )

    def on(self, data: GraphData) -> NodeOutputs:
        """Return the same network, sharing its weights, on the whole of another graph."""
        return NodeOutputs(self.network, data).train(self.training)

    def forward(self, x: Tensor) -> Tensor:
        """Map ids (m, 1) to outputs (m, k)."""
        ids = x[:, 0].cpu().numpy()
        seeds, place = np.unique(ids, return_inverse=True)
        own = self.sampler
        if self.training:
            blocks = own.draw(seeds, np.random.default_rng([int(self.clock.seed), int(self.clock.step)]))
        elif len(seeds) * own.mean_degree**own.n_layers < len(own.arcs.degree):
            blocks = own.surroundings(seeds)
        else:
            return super().forward(x)
        like = next(self.network.parameters())
        edges = tuple(
            own.arcs.edges(block, block.factor, like, n_targets=block.n_targets) for block in blocks
        )
        out = self.network(sampled_features(self.data.features, blocks[0].nodes), edges)
        return out.index_select(0, torch.as_tensor(place, device=out.device))
