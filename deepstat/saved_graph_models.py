"""What a file holds of models that describe the nodes of one graph: their names and what was found of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from deepstat.errors import FileError
from deepstat.estimators.graphs.embedding_encoder import embedding_encoder
from deepstat.estimators.graphs.graph_clusterer import GraphClusterer
from deepstat.estimators.graphs.graph_coding import GraphCoding
from deepstat.estimators.graphs.node_embedder import NodeEmbedder
from deepstat.graph.graph import Graph
from deepstat.model_container import from_json, to_json
from deepstat.model_file import check_graph_document, no_larger_than

GRAPH_MODELS: dict[str, type[NodeEmbedder] | type[GraphClusterer]] = {
    "NodeEmbedder": NodeEmbedder,
    "GraphClusterer": GraphClusterer,
}
FITTED = {"NodeEmbedder": "embedding_", "GraphClusterer": "labels_"}


def describe_graph_model(
    estimator: NodeEmbedder | GraphClusterer,
) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Return the document and the tensors of a fitted model; links and features of its graph are not among them.

    Parameters
    ----------
    estimator : NodeEmbedder or GraphClusterer
        Fitted.

    Raises
    ------
    FileError
        A parameter, or a name of a node, cannot be saved.

    Examples
    --------
    >>> graph = Graph([["a"], ["b"]], node_names=["a", "b"])
    >>> model = NodeEmbedder(graph=graph, method="netmf", n_components=1).fit()
    >>> document, tensors = describe_graph_model(model)
    >>> document["names"], list(tensors)
    ({'values': ['a', 'b'], 'is_object': False}, ['embedding'])
    """
    params = {name: value for name, value in estimator.get_params(deep=False).items() if name != "graph"}
    document: dict[str, Any] = {
        "estimator": type(estimator).__name__,
        "params": {name: to_json(name, value) for name, value in params.items()},
        "n_nodes": estimator.graph_.n_nodes,
        "names": _names(estimator.graph_),
    }
    if isinstance(estimator, GraphClusterer):
        document["modularity"] = float(estimator.modularity_)
        return document, {"labels": torch.tensor(estimator.labels_)}
    coding, encoder = estimator._coding, estimator.encoder_
    document["fit"] = {name: to_json(name, value) for name, value in estimator._recipe.items()}
    document["coding"] = None if coding is None else {"type": "GraphCoding", **coding.to_json()}
    tensors = {"embedding": torch.tensor(estimator.embedding_)}
    if encoder is not None:
        tensors |= {f"encoder/{name}": value for name, value in encoder.state_dict().items()}
    return document, tensors


def restore_graph_model(document: dict[str, Any], tensors: dict[str, torch.Tensor]) -> Any:
    """Return the fitted model of a document and its tensors.

    Its ``graph_`` has the nodes alone; the parameter ``graph`` is None.

    Parameters
    ----------
    document : dict
    tensors : dict of Tensor

    Raises
    ------
    FileError
        The document is damaged.
    ValueError
        The tensors do not belong to it.

    Examples
    --------
    >>> model = NodeEmbedder(graph=Graph([[0], [1]]), method="netmf", n_components=1).fit()
    >>> again = restore_graph_model(*describe_graph_model(model))
    >>> bool((again.transform([1, 0]) == model.transform([1, 0])).all())
    True
    """
    check_graph_document(document)
    estimator = GRAPH_MODELS[document["estimator"]](
        **{name: from_json(value) for name, value in document["params"].items()}
    )
    estimator._validate_params()
    names = document["names"]
    if names is not None:
        names = np.array(names["values"], dtype=object if names["is_object"] else None)
    nodes = np.empty((2, 0), dtype=np.int64)
    estimator.graph_, estimator.n_features_in_ = (
        Graph(nodes, n_nodes=document["n_nodes"], node_names=names),
        1,
    )
    restore = _restore_clusterer if isinstance(estimator, GraphClusterer) else _restore_embedder
    restore(estimator, document, tensors)
    return estimator


def _restore_clusterer(
    estimator: GraphClusterer, document: dict[str, Any], tensors: dict[str, torch.Tensor]
) -> None:
    labels = tensors["labels"]
    if set(tensors) != {"labels"} or labels.dtype != torch.int64 or labels.shape != (document["n_nodes"],):
        raise ValueError("the labels are not one whole number a node")
    estimator.labels_ = labels.numpy()
    known = np.unique(estimator.labels_)
    if not np.array_equal(known, np.arange(len(known))):
        raise ValueError("the labels do not number the clusters")
    estimator.n_clusters_, estimator.modularity_ = len(known), document["modularity"]


def _restore_embedder(
    estimator: NodeEmbedder, document: dict[str, Any], tensors: dict[str, torch.Tensor]
) -> None:
    embedding = tensors["embedding"]
    if (
        embedding.dtype not in (torch.float32, torch.float64)
        or embedding.dim() != 2
        or len(embedding) != document["n_nodes"]
    ):
        raise ValueError("the vectors are not one row of numbers a node")
    estimator._recipe = {name: from_json(value) for name, value in document["fit"].items()}
    estimator._coding = estimator.encoder_ = None
    weights = {name.removeprefix("encoder/"): value for name, value in tensors.items() if name != "embedding"}
    if document["coding"] is None:
        if weights:
            raise ValueError("there are weights of a network and nothing that it reads")
    else:
        estimator._coding = GraphCoding.from_json(document["coding"])
        params = estimator._recipe["method_params"]
        with no_larger_than(sum(value.numel() for value in weights.values()), params):
            encoder = embedding_encoder(
                estimator._recipe["method"], estimator._coding.described, embedding.shape[1], params
            )
        expected = {name: (value.shape, value.dtype) for name, value in encoder.state_dict().items()}
        if expected != {name: (value.shape, value.dtype) for name, value in weights.items()}:
            raise ValueError("The weights do not fit the network that the settings describe.")
        encoder.load_state_dict(weights)
        estimator.encoder_ = encoder
    estimator.embedding_ = embedding.numpy()
    estimator.embedding_.flags.writeable = False


def _names(graph: Graph) -> dict[str, Any] | None:
    """Return the names of the nodes as JSON, None where they have none."""
    if graph.node_names is None:
        return None
    names, kind = graph.node_names.tolist(), graph.node_names.dtype.kind
    strange = next((name for name in names if type(name) not in (str, int, float, bool)), None)
    if strange is not None or kind not in "OUiufb":
        raise FileError(
            f"A node named {(names[0] if strange is None else strange)!r} cannot be saved: name nodes by text or "
            "numbers."
        )
    return {"values": names, "is_object": kind == "O"}
