"""From a network of nodes to a network of node ids that looks at a sample of the graph in each training step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.node_outputs import NodeOutputs
from deepstat.layers.graph.sparse_matrix import SparseMatrix


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
    weight : ndarray of shape (e,) or None
        Of all arcs.
    degree : ndarray of shape (n,)
        Weighted in-degrees in the whole graph.
    features, type : Tensor or None
        Of all arcs.
    n_types : int
    """

    draw: Callable[..., Sequence[Any]]
    surroundings: Callable[..., Sequence[Any]]
    n_layers: int
    n_arcs: int
    weight: np.ndarray | None
    degree: np.ndarray
    features: Tensor | None = None
    type: Tensor | None = None
    n_types: int = 1

    @property
    def mean_degree(self) -> float:
        """Neighbours of a node, in the mean."""
        return float(self.n_arcs / max(len(self.degree), 1))

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
        elif len(seeds) * own.mean_degree**own.n_layers < len(own.degree):
            blocks = own.surroundings(seeds)
        else:
            return super().forward(x)
        out = self.network(self._rows(blocks[0].nodes), tuple(self._edges(block) for block in blocks))
        return out.index_select(0, torch.as_tensor(place, device=out.device))  # type: ignore[no-any-return]

    def _rows(self, nodes: np.ndarray) -> Any:
        features = self.data.features
        index = torch.as_tensor(nodes, device=features.device)
        return (
            features.select_rows(index)
            if isinstance(features, SparseMatrix)
            else features.index_select(0, index)
        )

    def _edges(self, block: Any) -> Edges:
        own, features = self.sampler, self.data.features
        weight = block.factor if own.weight is None else block.factor * own.weight[block.arc]

        def tensor(values: Any, dtype: torch.dtype) -> Tensor:
            return torch.as_tensor(values, device=features.device).to(dtype)

        arc = torch.as_tensor(block.arc, device=features.device)
        return Edges(
            tensor(block.source, torch.int64),
            tensor(block.target, torch.int64),
            len(block.nodes),
            weight=tensor(weight, features.dtype),
            features=None if own.features is None else own.features.index_select(0, arc),
            type=None if own.type is None else own.type.index_select(0, arc),
            n_types=own.n_types,
            degree=tensor(own.degree[block.nodes], features.dtype),
            n_targets=block.n_targets,
        )
