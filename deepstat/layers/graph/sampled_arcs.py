"""What the arcs of a graph carry, for batches that have some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges


@dataclass(frozen=True, eq=False)
class SampledArcs:
    """What the whole graph's arcs carry, from which the edges of a batch are made.

    Attributes
    ----------
    degree : ndarray of shape (n,)
        Weighted in-degrees in the whole graph.
    weight : ndarray of shape (e,) or None
        Of all arcs.
    features, type : Tensor or None
        Of all arcs.
    n_types : int

    Examples
    --------
    >>> from deepstat.graph.sampling.neighbors import sample_neighbors
    >>> [block] = sample_neighbors([0, 2, 2, 2], [1, 2], [0], [1], np.random.default_rng(0))
    >>> edges = SampledArcs(np.array([2.0, 0.0, 0.0])).edges(block, block.factor, torch.zeros(1), n_targets=1)
    >>> edges.weight, edges.degree
    (tensor([2.]), tensor([2., 0.]))
    """

    degree: np.ndarray
    weight: np.ndarray | None = None
    features: Tensor | None = None
    type: Tensor | None = None
    n_types: int = 1

    def edges(
        self,
        drawn: Any,
        factor: np.ndarray | None,
        like: Tensor,
        *,
        n_targets: int | None = None,
        known_degrees: bool = True,
    ) -> Edges:
        """Return the edges of a block or a subgraph.

        Parameters
        ----------
        drawn : Block, WeightedBlock or Subgraph
        factor : ndarray of shape (m,) or None
            What the weights are multiplied by.
        like : Tensor
            Of the dtype of the weights, on their device.
        n_targets : int or None
        known_degrees : bool
            Whether degrees are those of the whole graph, not those of these edges.
        """
        weight = None if self.weight is None else self.weight[drawn.arc]
        if factor is not None:
            weight = factor if weight is None else factor * weight

        def tensor(values: Any, dtype: torch.dtype) -> Tensor:
            return torch.as_tensor(values, device=like.device).to(dtype)

        arc = torch.as_tensor(drawn.arc, device=like.device)
        return Edges(
            tensor(drawn.source, torch.int64),
            tensor(drawn.target, torch.int64),
            len(drawn.nodes),
            weight=None if weight is None else tensor(weight, like.dtype),
            features=None if self.features is None else self.features.index_select(0, arc),
            type=None if self.type is None else self.type.index_select(0, arc),
            n_types=self.n_types,
            degree=tensor(self.degree[drawn.nodes], like.dtype) if known_degrees else None,
            n_targets=n_targets,
        )

    def __deepcopy__(self, memo: Any) -> SampledArcs:
        return self
