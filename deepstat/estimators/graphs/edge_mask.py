"""Edges taken out of propagation by weights of zero, so that networks of different sets of edges share a structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deepstat.graph.graph import Graph
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.graph_data import GraphData
from deepstat.training.seed import own_noise


def masked_weights(graph: Graph, edges: Edges, carries: NDArray[np.bool_], dtype: torch.dtype) -> Tensor:
    """Return the weights (n_arcs,) of the graph's arcs, zero in both directions of edges that carry no messages.

    Examples
    --------
    >>> graph = Graph([[0, 1], [1, 2]])
    >>> edges = Edges(*map(torch.tensor, (graph.arcs.source, graph.arcs.target)), n_nodes=3)
    >>> masked_weights(graph, edges, np.array([True, False]), torch.float32)
    tensor([1., 1., 0., 0.])
    """
    mask = torch.as_tensor(carries[graph.arcs.edge], device=edges.source.device).to(dtype)
    return mask if edges.weight is None else mask * edges.weight.to(dtype)


def weighs_edges(
    recipe: Callable[..., nn.Module],
    inputs: Any,
    width: int,
    options: Mapping[str, Any],
    data: GraphData,
    weight: Tensor,
) -> bool:
    """Say whether to a network an edge of weight zero is none, by trying it on the graph with and without them.

    What does not look at weights would see the links held out.

    Parameters
    ----------
    recipe : callable
        ``recipe(inputs, width, **options)``.
    inputs : GraphInputs
    width : int
    options : mapping
    data : GraphData
        With all edges.
    weight : Tensor of shape (e,)
        Zero for edges to be left out.
    """
    with own_noise(0, torch.device("cpu")):
        network = recipe(inputs, width, **options)
    network = network.to(device=weight.device, dtype=weight.dtype).eval()
    kept = torch.nonzero(weight)[:, 0]
    left = Edges(
        data.edges.source[kept],
        data.edges.target[kept],
        data.edges.n_nodes,
        weight=weight[kept],
        features=None if data.edges.features is None else data.edges.features[kept],
        type=None if data.edges.type is None else data.edges.type[kept],
        n_types=data.edges.n_types,
    )
    with torch.no_grad():
        masked = network(data.features, data.edges.with_weight(weight))
        without = network(data.features, left)
    tolerance = torch.finfo(weight.dtype).eps ** 0.5
    return bool((masked - without).abs().max() <= tolerance * without.abs().max())
