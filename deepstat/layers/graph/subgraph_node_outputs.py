"""From a network of nodes to a network of node ids that trains on subgraphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepstat.graph.sampling.subgraph import Subgraph
from deepstat.layers.draws_rows import DrawsRows
from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.node_outputs import NodeOutputs
from deepstat.layers.graph.sampled_arcs import SampledArcs
from deepstat.layers.graph.sampled_features import sampled_features

# What was counted for so many sets of rows is kept: fits in turn, each of its own fold.
N_KEPT = 4


@dataclass(frozen=True, eq=False)
class SubgraphSampler:
    """How to draw subgraphs, and what the whole graph's arcs carry.

    Attributes
    ----------
    prepare : callable
        ``prepare(nodes) -> batches`` for the distinct nodes that have a loss, with ``batches.n_steps`` of an epoch and
        ``batches.draw(seed, step) -> Subgraph``.
    arcs : SampledArcs
    whole_graph : bool
        Whether arcs are weighted by ``arc_factor`` and normalised by degrees in the whole graph; otherwise the
        subgraph is a graph of its own.
    """

    prepare: Callable[[np.ndarray], Any]
    arcs: SampledArcs
    whole_graph: bool = True
    kept: list[tuple[np.ndarray, Any]] = field(default_factory=list, repr=False)

    def batches(self, ids: np.ndarray) -> Any:
        """Return the batches of a fit to some rows; made once for them."""
        for known, batches in self.kept:
            if np.array_equal(known, ids):
                return batches
        self.kept.append((ids, self.prepare(np.unique(ids))))
        if len(self.kept) > N_KEPT:
            self.kept.pop(0)
        return self.kept[-1][1]

    def __deepcopy__(self, memo: Any) -> SubgraphSampler:
        return self


class SubgraphNodeOutputs(NodeOutputs, DrawsRows):
    """Each training step looks at a subgraph and learns from the rows that are in it; predictions at the whole graph.

    A row's loss is multiplied by one over the probability that its node is in a subgraph, so the mean loss of a step
    is unbiased for that of all rows, as far as their outputs are. The subgraph of a step is a function of the member's
    seed and of the step, as dropout's noise is.

    Parameters
    ----------
    network : nn.Module
        ``forward(features, edges)``.
    data : GraphData
    sampler : SubgraphSampler

    References
    ----------
    Zeng, H. et al. (2020). GraphSAINT: graph sampling based inductive learning method. ICLR.
    Chiang, W.-L. et al. (2019). Cluster-GCN: an efficient algorithm for training deep and large graph convolutional
    networks. KDD.
    """

    def __init__(self, network: nn.Module, data: GraphData, sampler: SubgraphSampler) -> None:
        super().__init__(network, data)
        self.sampler = sampler
        self.clock = Dropout(0.0)  # training tells such layers the seed and the step
        self.drawn: Subgraph | None = None
        whole = [type(own).__name__ for own in network.modules() if getattr(own, "reads_whole_graph", False)]
        if whole:
            raise ValueError(
                f"{whole[0]} reads all nodes at once, which a subgraph does not have: choose another architecture or "
                "normalization, or sampler=None."
            )

    def on(self, data: GraphData) -> NodeOutputs:
        """Return the same network, sharing its weights, on the whole of another graph."""
        return NodeOutputs(self.network, data).train(self.training)

    def steps_an_epoch(self, x: Tensor) -> int:
        """Return how many subgraphs have, in the mean, as many of the rows as there are."""
        return int(self.sampler.batches(x[:, 0].cpu().numpy()).n_steps)

    def draw_rows(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Draw a subgraph; return the rows in it, or one of factor zero, and their factors."""
        ids = x[:, 0].cpu().numpy()
        self.drawn = drawn = self.sampler.batches(ids).draw(int(self.clock.seed), int(self.clock.step))
        place = self._places(drawn)[ids]
        rows = np.flatnonzero(place >= 0)
        if len(rows):
            factor = drawn.node_factor[place[rows]]
        else:  # a mean of no row is no number
            rows, factor = np.zeros(1, dtype=np.int64), np.zeros(1)
        return torch.as_tensor(rows, device=x.device), torch.as_tensor(factor, device=x.device)

    def forward(self, x: Tensor) -> Tensor:
        """Map ids (m, 1) to outputs (m, k); zeros for a node that is not in the subgraph drawn."""
        drawn, self.drawn = self.drawn, None
        if not self.training or drawn is None:
            return super().forward(x)
        own = self.sampler
        factor = drawn.arc_factor if own.whole_graph else None
        like = next(self.network.parameters())
        edges = own.arcs.edges(drawn, factor, like, known_degrees=own.whole_graph)
        out = self.network(sampled_features(self.data.features, drawn.nodes), edges)
        place = self._places(drawn)[x[:, 0].cpu().numpy()]
        if place.min() < 0:
            out = torch.cat([out, out.new_zeros(1, out.shape[1])])
            place = np.where(place < 0, len(drawn.nodes), place)
        return out.index_select(0, torch.as_tensor(place, device=out.device))

    def _places(self, drawn: Subgraph) -> np.ndarray:
        """Return (n,) positions of all nodes of the graph in the subgraph, -1 for those that are not in it."""
        place = np.full(len(self.sampler.arcs.degree), -1)
        place[drawn.nodes] = np.arange(len(drawn.nodes))
        return place
