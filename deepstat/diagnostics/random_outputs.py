"""What graph networks with random weights say of graphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from deepstat.data.graph_inputs import GraphInputs
from deepstat.estimators.components import Resolved, record_of, resolve_architecture
from deepstat.estimators.graphs.graph_tensors import graph_tensors, learn_graph
from deepstat.estimators.network import build_network
from deepstat.graph.disjoint_union import disjoint_union
from deepstat.graph.graph import Graph
from deepstat.layers.graph.dense import dense
from deepstat.training.seed import mix

N_OUTPUTS = 4
# Of biases, which recipes start at zero: without them a network of ReLU units is linear in constant features.
BIAS_SCALE = 0.5
CPU = torch.device("cpu")


def random_outputs(
    architecture: Any,
    graphs: Sequence[Graph],
    params: Mapping[str, Any] | None = None,
    *,
    random_state: int = 0,
) -> Iterator[list[NDArray[np.float64]]]:
    """Yield, without end, what a network with fresh random weights returns for each of some graphs.

    In float64 and prediction mode; biases are drawn too. The graphs are put side by side, so that types of edges mean
    the same in all; those without node features get one constant feature.

    Parameters
    ----------
    architecture : str, Architecture or callable
        A registered name, a record, or a recipe ``recipe(inputs, n_outputs, **params)`` of networks of nodes.
    graphs : sequence of Graph
        All directed or none, with the same columns of features.
    params : mapping or None
        Options of the architecture.
    random_state : int, default=0

    Yields
    ------
    list of ndarray of shape (n_nodes, 4), or (1, 4) of architectures of whole graphs
        One for each graph.

    Raises
    ------
    ValueError
        An architecture of tables, or graphs that cannot be put side by side.

    Examples
    --------
    >>> path, star = Graph([[0, 1], [1, 2]]), Graph([[0, 0, 0], [1, 2, 3]])
    >>> [each.shape for each in next(random_outputs("gin", [path, star]))]
    [(3, 4), (4, 4)]
    """
    takes = "graphs" if record_of("architecture", architecture).takes == "graphs" else "graph"  # type: ignore[attr-defined]
    resolved = resolve_architecture(architecture, params, takes)[0]
    union, number = disjoint_union([_with_features(graph) for graph in graphs])
    coding = learn_graph(union, ("node",), "none", None)
    data = graph_tensors(union, coding, torch.float64, CPU)
    graph_of_node = torch.as_tensor(number)
    edges = replace(data.edges, node_graph=graph_of_node, n_graphs=len(graphs), structure={}, derived={})
    features = dense(data.features) if takes == "graphs" else data.features
    rows = np.arange(1, len(graphs)) if takes == "graphs" else np.cumsum([g.n_nodes for g in graphs])[:-1]
    draw = 0
    while True:
        network = _draw(resolved, coding.described, mix(random_state, draw))
        with torch.no_grad():
            out = network(features, edges).numpy()
        yield np.split(out, rows)
        draw += 1


def _with_features(graph: Graph) -> Graph:
    return graph if graph.node_features is not None else graph.with_features(np.ones((graph.n_nodes, 1)))


def _draw(resolved: Resolved, inputs: GraphInputs, seed: int) -> nn.Module:
    """Build a network and move its vectors, biases among them, from where recipes start them."""
    network = build_network(resolved, inputs, N_OUTPUTS, seed=seed, dtype=torch.float64, device=CPU)
    draws = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter += BIAS_SCALE * torch.randn(parameter.shape, dtype=torch.float64, generator=draws)
    return network.eval()
