"""The methods by name: what they compute, what they may be told, and how many coordinates they give by themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from deepstat.embedding.deepwalk import deepwalk
from deepstat.embedding.graph_autoencoder import graph_autoencoder
from deepstat.embedding.infomax import infomax
from deepstat.embedding.node2vec import node2vec
from deepstat.embedding.skip_gram import skip_gram
from deepstat.embedding.variational_graph_autoencoder import variational_graph_autoencoder
from deepstat.errors import unknown
from deepstat.graph.embeddings.matrix_factorisation import matrix_factorisation
from deepstat.graph.embeddings.spectral_embedding import spectral_embedding
from deepstat.graph.graph import Graph

# What an estimator says of every method that takes it, and a caller of no single one.
SURROUNDINGS = ("device", "dtype", "random_state", "verbose")


@dataclass(frozen=True)
class EmbeddingMethod:
    """One way to embed nodes.

    Attributes
    ----------
    function : callable
        ``function(graph, n_components, **options) -> (n, n_components)``, or, where it reads features,
        ``function(data, inputs, n_components, **options) -> encoder``.
    n_components : int
        Coordinates where nobody says how many.
    reads_features : bool
        Whether the result is a network of node features that can be shown other graphs.
    scales_sparse : bool
        Whether sparse features are divided by their sums where nobody says how to scale.
    at_most : callable or None
        ``at_most(graph)``: coordinates that there are.
    passes_to : callable or None
        Which function further options are of.
    fixed : mapping
        Options that the name stands for.

    Examples
    --------
    >>> sorted(METHODS["netmf"].options)
    ['n_negative', 'window']
    """

    function: Callable[..., Any]
    n_components: int
    reads_features: bool = False
    scales_sparse: bool = True
    at_most: Callable[[Graph], int] | None = None
    passes_to: Callable[..., Any] | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> set[str]:
        """Names of all keyword parameters."""
        functions = [self.function] if self.passes_to is None else [self.function, self.passes_to]
        return {
            name
            for function in functions
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        }

    @property
    def options(self) -> set[str]:
        """Names of the parameters that are the method's own affair."""
        return self.parameters - set(SURROUNDINGS) - set(self.fixed)

    def choose_n_components(self, graph: Graph) -> int:
        """Return the coordinates where nobody says how many: the method's, or as many as the graph has.

        Examples
        --------
        >>> METHODS["netmf"].choose_n_components(Graph([[0], [1]]))
        2
        """
        return (
            self.n_components if self.at_most is None else max(1, min(self.n_components, self.at_most(graph)))
        )

    def bind(self, name: str, options: Mapping[str, Any], **surroundings: Any) -> Callable[..., Any]:
        """Return the function with its options, and with those of the surroundings that it takes.

        Parameters
        ----------
        name : str
            Of the method, for the sentence.
        options : mapping
        **surroundings
            ``device``, ``dtype``, ``random_state``, ``verbose``.

        Raises
        ------
        UnknownName
            An option that the method does not have.

        Examples
        --------
        >>> METHODS["laplacian"].bind("laplacian", {}, random_state=0).keywords
        {'kind': 'laplacian'}
        """
        for option in options:
            if option not in self.options:
                raise unknown(f"option of {name!r}", option, self.options)
        taken = {key: value for key, value in surroundings.items() if key in self.parameters}
        return partial(self.function, **self.fixed, **options, **taken)


def _nodes(graph: Graph) -> int:
    return graph.n_nodes


def _nodes_but_one(graph: Graph) -> int:
    return graph.n_nodes - 1


METHODS = {
    "node2vec": EmbeddingMethod(node2vec, 128, passes_to=skip_gram),
    "deepwalk": EmbeddingMethod(deepwalk, 128, passes_to=skip_gram),
    "netmf": EmbeddingMethod(matrix_factorisation, 128, at_most=_nodes),
    "laplacian": EmbeddingMethod(spectral_embedding, 16, at_most=_nodes_but_one, fixed={"kind": "laplacian"}),
    "adjacency": EmbeddingMethod(spectral_embedding, 16, at_most=_nodes, fixed={"kind": "adjacency"}),
    "graph_autoencoder": EmbeddingMethod(graph_autoencoder, 16, reads_features=True, scales_sparse=False),
    "variational_graph_autoencoder": EmbeddingMethod(
        variational_graph_autoencoder, 16, reads_features=True, scales_sparse=False
    ),
    "infomax": EmbeddingMethod(infomax, 512, reads_features=True),
}
