"""What a graph network says of nodes inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from deepstat.diagnostics.network_on_graph import network_on_graph
from deepstat.estimators.graphs.pair_estimator import PairEstimator
from deepstat.graph.graph import Graph
from deepstat.layers.graph.graph_stack import GraphStack


def hidden_states(
    estimator: Any, X: Any, *, graph: Graph | None = None, member: int = 0
) -> NDArray[np.float64]:
    """Return the last hidden layer at nodes; of an estimator of pairs, the embedding that its decoder reads.

    Parameters
    ----------
    estimator : fitted estimator of nodes or of pairs
    X : array-like of shape (m,)
        Names of nodes, or their ids where the graph has no names.
    graph : Graph or None
        Where they are; None: the estimator's.
    member : int, default=0
        Which network, of several.

    Returns
    -------
    ndarray of shape (m, width)

    Raises
    ------
    TypeError
        The estimator has no network of one graph, or that has no hidden layer.

    Examples
    --------
    >>> from deepstat import NodeRegressor
    >>> path = Graph([[0, 1], [1, 2]])
    >>> model = NodeRegressor(graph=path, structural_features="identity", max_epochs=1, random_state=0)
    >>> hidden_states(model.fit([0, 2], [0.0, 1.0]), [0, 1]).shape
    (2, 16)
    """
    network, data, own = network_on_graph(estimator, graph, member)
    rows = own.positions(np.ravel(X) if own.node_names is None else X)
    with torch.no_grad():
        if isinstance(estimator, PairEstimator):
            states = network(data.features, data.edges)
        else:
            layer, seen = _last_layer(estimator, network), []
            hook = layer.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
            try:
                network(data.features, data.edges)
            finally:
                hook.remove()
            states = seen[-1]
    return states.cpu().double().numpy()[rows]


def _last_layer(estimator: Any, network: nn.Module) -> nn.Module:
    """Return the module that maps the last hidden layer to the outputs."""
    stacks = [module for module in network.modules() if isinstance(module, GraphStack)]
    stack = stacks[-1] if stacks else None
    if stack is not None and stack.jumping is not None:
        return stack.jumping.out  # type: ignore[return-value]
    if stack is None or len(stack.operators) < 2:
        raise TypeError(
            f"The network of this {type(estimator).__name__} has no hidden layer to look at: use an architecture of "
            "several operators, such as 'gcn' with hidden_layer_sizes=(16,)."
        )
    return stack.operators[-1]
