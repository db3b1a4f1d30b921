"""The paragraphs that graph estimators share."""

from __future__ import annotations

from deepstat.estimators.parameters import document as document_shared
from deepstat.estimators.parameters import shared_without

GRAPH = """\
graph : Graph
        All nodes of it take part in the messages.
    feature_scaling : {"auto", "row", "standard", "none"}, default="auto"
        "row" divides each node's features by their sum, "standard" standardises columns; learned from the graph of the
        fit. "auto": "row" for sparse features, "standard" for dense ones.
    structural_features : tuple of str, str or None
        Columns made of the graph, beside or instead of the node features: "identity" (a column for each node),
        "constant", "one_hot_degree", "degree", "laplacian_eigenvectors", "random_walk"."""

SAMPLER = """\
sampler : {"neighbors", "layers"} or None
        For graphs too large to look at as a whole in each step: batches of nodes with a sample of their surroundings.
        "neighbors": some neighbours of each node (Hamilton et al. 2017); "layers": nodes important to the whole batch
        (Chen et al. 2018, Zou et al. 2019). Predictions look at the whole graph.
    sampler_params : dict or None
        ``sizes`` (from the nodes of the batch outwards, one for each operator), ``replace``, ``kind``."""

GRAPHS = """\
feature_scaling : {"auto", "standard", "row", "none"}, default="auto"
        "standard" standardises each column over all nodes of the training graphs, "row" divides each node's features by
        their sum. "auto": "standard", but columns of zeros and ones, which say what a node is, stay as they are.
    structural_features : tuple of str, str or None
        Columns made of the graphs, beside or instead of the node features: "constant", "one_hot_degree" (a column for
        each degree up to the largest of the training graphs, or 64), "degree", "random_walk"."""


def document(cls: type, auto_loss: str = "") -> None:
    """Fill the shared paragraphs into the docstring of a graph estimator, with its own defaults."""
    assert cls.__doc__ is not None
    cls.__doc__ = (
        cls.__doc__.replace("{graph}", GRAPH).replace("{sampler}", SAMPLER).replace("{graphs}", GRAPHS)
    )
    cls.__doc__ = cls.__doc__.replace("{shared}", shared_without(cls))
    document_shared(cls, auto_loss)
