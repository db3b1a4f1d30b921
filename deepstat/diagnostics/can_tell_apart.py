"""What a graph network can see: whether random weights give two graphs different outputs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.diagnostics.random_outputs import random_outputs
from deepstat.estimators.components import record_of
from deepstat.graph.graph import Graph

# Differences, relative to the outputs: rounding in float64 leaves about 1e-14 of them.
TOLERANCE = 1e-9


def can_tell_apart(
    architecture: Any,
    graph_1: Graph,
    graph_2: Graph,
    params: Mapping[str, Any] | None = None,
    *,
    nodes: tuple[Any, Any] | None = None,
    n_draws: int = 5,
    random_state: int = 0,
) -> bool:
    """Say whether networks with random weights give two graphs, or two of their nodes, different outputs.

    The outputs of all nodes are added up, or those of one node of each graph are taken; an architecture of whole graphs
    reads them out in its own way. Graphs without node features get one constant feature; add others by
    ``graph.with_features(structural_features(graph, [...]))``.

    A yes is a proof: these weights do it. A no is evidence and no proof: each of `n_draws` networks gave outputs equal
    to 1e-9 of their size, and others of the same layers can hardly do better, but wider or deeper ones may: graphs
    that differ only many steps from each node need as many layers. What colour refinement cannot separate
    (:func:`deepstat.graph.weisfeiler_leman.wl_test.wl_test` with ``direction="in"`` says True), no message-passing
    network can, of whatever depth and weights: that no is a proof.

    A yes about the graphs, and not about the numbers of their nodes, needs features and networks that do not depend
    on these. Laplacian eigenvectors are arbitrary in their signs, and in rotations where eigenvalues repeat;
    probabilities of return have no such freedom. Networks that choose nodes ("top_k", "graph_unet") choose among equal
    ones by number.

    Parameters
    ----------
    architecture : str, Architecture or callable
        A registered name, a record, or a recipe ``recipe(inputs, n_outputs, **params)`` of networks of nodes.
    graph_1, graph_2 : Graph
        Both directed or both not, with the same columns of features.
    params : mapping or None
        Options of the architecture.
    nodes : pair of node ids or names, or None
        A node of the first and one of the second graph: whether their outputs differ; None: the sums over all nodes.
    n_draws : int, default=5
        Networks to try.
    random_state : int, default=0

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        An architecture of tables; graphs that cannot be put side by side; nodes that are not there; nodes asked of an
        architecture of whole graphs; no draw.

    References
    ----------
    Xu, Hu, Leskovec and Jegelka (2019), How powerful are graph neural networks?, ICLR. Morris, Ritzert, Fey, Hamilton,
    Lenssen, Rattan and Grohe (2019), Weisfeiler and Leman go neural, AAAI.

    Examples
    --------
    No message passing sees triangles: all these nodes have two neighbours that have two neighbours.

    >>> from deepstat.graph.structural_features import structural_features
    >>> triangles = Graph([[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3]])
    >>> hexagon = Graph([[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 0]])
    >>> can_tell_apart("gin", triangles, hexagon)
    False
    >>> walks = [each.with_features(structural_features(each, ["random_walk"])) for each in (triangles, hexagon)]
    >>> can_tell_apart("gin", *walks)
    True

    A mean over neighbours does not see how many there are.

    >>> path, star = Graph([[0, 1, 2], [1, 2, 3]]), Graph([[0, 0, 0], [1, 2, 3]])
    >>> can_tell_apart("mean_aggregation", path, star), can_tell_apart("gin", path, star)
    (False, True)
    """
    if n_draws < 1:
        raise ValueError(f"n_draws={n_draws} is not allowed: give one or more.")
    if nodes is not None and len(nodes) != 2:
        raise ValueError(f"nodes={nodes!r} must be a pair: a node of the first graph and one of the second.")
    graphs = graph_1, graph_2
    rows = None
    if nodes is not None:
        if record_of("architecture", architecture).takes == "graphs":  # type: ignore[attr-defined]
            raise ValueError(
                f"nodes={nodes!r} asks for outputs of nodes, and architecture={architecture!r} has one for each graph: "
                "leave nodes out."
            )
        rows = [graph.positions([node]) for graph, node in zip(graphs, nodes, strict=True)]
    draws = random_outputs(architecture, graphs, params, random_state=random_state)
    return any(_differ(outputs, rows) for outputs in islice(draws, n_draws))


def _differ(outputs: list[NDArray[np.float64]], rows: list[NDArray[np.int64]] | None) -> bool:
    size = max(float(np.abs(each).sum(0).max()) for each in outputs)
    if rows is not None:
        outputs = [each[row] for each, row in zip(outputs, rows, strict=True)]
    one, other = (each.sum(0) for each in outputs)
    return bool(np.abs(one - other).max() > TOLERANCE * size)
