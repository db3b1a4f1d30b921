"""The network of a fitted estimator of one graph, with what it reads."""

from __future__ import annotations

from typing import Any, NamedTuple

from sklearn.utils.validation import check_is_fitted
from torch import nn

from deepstat.estimators.graphs.graph_estimator import GraphEstimator
from deepstat.estimators.graphs.graph_tensors import graph_tensors
from deepstat.estimators.graphs.pair_estimator import PairEstimator
from deepstat.estimators.network_estimator import predict_device
from deepstat.graph.graph import Graph
from deepstat.layers.graph.graph_data import GraphData


class NetworkOnGraph(NamedTuple):
    """A graph network ``network(data.features, data.edges)``, its data, and the graph that these are of.

    Attributes
    ----------
    network : nn.Module
    data : GraphData
    graph : Graph
    """

    network: nn.Module
    data: GraphData
    graph: Graph


def network_on_graph(estimator: Any, graph: Graph | None = None, member: int = 0) -> NetworkOnGraph:
    """Return what a prediction of the estimator runs.

    Parameters
    ----------
    estimator : fitted estimator of nodes or pairs
    graph : Graph or None
        None: the estimator's.
    member : int
        Which network.

    Raises
    ------
    TypeError
        The estimator has no network of one graph.
    ValueError
        There is no such member.

    Examples
    --------
    >>> from deepstat import NodeRegressor
    >>> path = Graph([[0, 1], [1, 2]])
    >>> model = NodeRegressor(graph=path, structural_features="identity", max_epochs=1, random_state=0)
    >>> found = network_on_graph(model.fit([0, 2], [0.0, 1.0]))
    >>> found.network(found.data.features, found.data.edges).shape
    torch.Size([3, 1])
    """
    if not isinstance(estimator, GraphEstimator):
        raise TypeError(
            f"{type(estimator).__name__} has no network of one graph: give an estimator of nodes or of pairs."
        )
    check_is_fitted(estimator, "members_")
    there = estimator if graph is None else estimator.on(graph)
    own = there._message_graph() if isinstance(there, PairEstimator) else there._known_graph(there.graph)
    if not 0 <= member < len(there.networks_):
        raise ValueError(
            f"member={member} is none: the estimator has {len(there.networks_)}, counted from 0."
        )
    data = graph_tensors(own, there.schema_, there.members_[0].flat.dtype, predict_device(there.device))  # type: ignore[arg-type]
    return NetworkOnGraph(there.networks_[member].network, data, own)  # type: ignore[arg-type]
