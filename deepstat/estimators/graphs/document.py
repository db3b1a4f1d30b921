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


def document(cls: type, auto_loss: str = "") -> None:
    """Fill the shared paragraphs into the docstring of a graph estimator, with its own defaults."""
    assert cls.__doc__ is not None
    cls.__doc__ = cls.__doc__.replace("{graph}", GRAPH).replace("{shared}", shared_without(cls))
    document_shared(cls, auto_loss)
