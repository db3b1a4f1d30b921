"""How much nodes attend to their neighbours."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from deepstat.diagnostics.network_on_graph import network_on_graph
from deepstat.graph.graph import Graph
from deepstat.layers.graph.with_self_loops import with_self_loops


class Attention(NamedTuple):
    """Coefficients of attention on the arcs of a graph; those into a node sum to one.

    Attributes
    ----------
    source, target : ndarray of int64, shape (m,)
        Node `target` attends to node `source`.
    coefficients : ndarray of shape (m, heads)
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    coefficients: NDArray[np.float64]


def attention_coefficients(
    estimator: Any, *, graph: Graph | None = None, layer: int = 0, member: int = 0
) -> Attention:
    """Return the coefficients of a fitted attention network.

    Parameters
    ----------
    estimator : fitted estimator of nodes or of pairs
        With ``architecture="gat"`` or another one whose operators have a method ``attention(x, edges)``.
    graph : Graph or None
        None: the estimator's.
    layer : int, default=0
        Which attention operator, from the features on; -1: the last.
    member : int, default=0
        Which network, of several.

    Raises
    ------
    TypeError
        The network has no attention.
    ValueError
        It has fewer layers of it.

    Examples
    --------
    >>> from deepstat import NodeRegressor
    >>> path = Graph([[0, 1], [1, 2]])
    >>> model = NodeRegressor(
    ...     graph=path, structural_features="constant", architecture="gat", max_epochs=1, random_state=0
    ... )
    >>> found = attention_coefficients(model.fit([0, 2], [0.0, 1.0]))  # all nodes look alike
    >>> found.target, found.coefficients[:, 0].round(3)
    (array([0, 0, 1, 1, 1, 2, 2]), array([0.5  , 0.5  , 0.333, 0.333, 0.333, 0.5  , 0.5  ]))
    """
    network, data, _ = network_on_graph(estimator, graph, member)
    operators = [module for module in network.modules() if callable(getattr(module, "attention", None))]
    if not operators:
        raise TypeError(
            f"The network of this {type(estimator).__name__} has no attention: fit it with architecture='gat'."
        )
    if not -len(operators) <= layer < len(operators):
        raise ValueError(
            f"layer={layer} is none: the network has {len(operators)} with attention, counted from 0."
        )
    operator: Any = operators[layer]
    seen: list[Any] = []
    hook = operator.register_forward_pre_hook(lambda module, inputs: seen.append(inputs))
    try:
        with torch.no_grad():
            network(data.features, data.edges)
            x, edges = seen[-1]
            coefficients = operator.attention(x, edges)
    finally:
        hook.remove()
    edges = with_self_loops(edges) if getattr(operator, "self_loops", False) else edges
    return Attention(
        edges.source.cpu().numpy(), edges.target.cpu().numpy(), coefficients.cpu().double().numpy()
    )
