"""Skip-gram on walks with a memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.embedding.skip_gram import skip_gram
from deepstat.graph.graph import Graph
from deepstat.graph.walks.node2vec_walks import node2vec_walks


def node2vec(
    graph: Graph,
    n_components: int = 128,
    *,
    p: float = 1.0,
    q: float = 0.5,
    length: int = 80,
    n_walks: int = 10,
    random_state: int = 0,
    **options: Any,
) -> np.ndarray:
    """Embed the nodes that are near one another on second-order walks near one another.

    The walks are the paper's, with the p and q by which it finds communities; p = 1 and q = 2 find roles instead.

    Parameters
    ----------
    graph : Graph
        Directed edges are walked along alone.
    n_components : int, default=128
    p : float, default=1.0
        Above one the walk turns back less often.
    q : float, default=0.5
        Below one it goes outwards more often.
    length : int, default=80
        Nodes of a walk.
    n_walks : int, default=10
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
    Grover and Leskovec (2016), node2vec: scalable feature learning for networks, KDD.

    Examples
    --------
    >>> graph = Graph([[0, 0, 1, 2, 3, 3, 4], [1, 2, 2, 3, 4, 5, 5]])
    >>> node2vec(graph, 2, q=2.0, n_walks=5, length=10, window=2).shape
    (6, 2)
    """
    walks = node2vec_walks(graph, p=p, q=q, length=length, n_walks=n_walks, random_state=random_state)
    return skip_gram(walks, graph.n_nodes, n_components, random_state=random_state, **options)[0]
