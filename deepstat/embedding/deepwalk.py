"""Skip-gram on uniform walks."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.embedding.skip_gram import skip_gram
from deepstat.graph.graph import Graph
from deepstat.graph.walks.uniform_walks import uniform_walks


def deepwalk(
    graph: Graph,
    n_components: int = 128,
    *,
    length: int = 40,
    n_walks: int = 80,
    random_state: int = 0,
    **options: Any,
) -> np.ndarray:
    """Embed the nodes that are near one another on uniform walks near one another; walks as in the paper.

    The paper trains by a hierarchical softmax, this by negative sampling.

    Parameters
    ----------
    graph : Graph
        Directed edges are walked along alone.
    n_components : int, default=128
    length : int, default=40
        Nodes of a walk.
    n_walks : int, default=80
        From each node.
    random_state : int
        Of walks and training.
    **options
        ``window``, ``n_negative``, ``negative_power``, ``learning_rate``, ``max_epochs``, ``batch_size``, ``device``,
        ``verbose``: see :func:`deepstat.embedding.skip_gram.skip_gram`.

    Returns
    -------
    ndarray of shape (n_nodes, n_components), float32

    References
    ----------
    Perozzi, Al-Rfou and Skiena (2014), DeepWalk: online learning of social representations, KDD.

    Examples
    --------
    >>> graph = Graph([[0, 0, 1, 2, 3, 3, 4], [1, 2, 2, 3, 4, 5, 5]])
    >>> deepwalk(graph, 2, n_walks=5, length=10, window=2).shape
    (6, 2)
    """
    walks = uniform_walks(graph, length=length, n_walks=n_walks, random_state=random_state)
    return skip_gram(walks, graph.n_nodes, n_components, random_state=random_state, **options)[0]
