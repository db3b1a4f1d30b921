"""The rows that a predictor of links is trained on, and the edges that messages may run along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.data.weights import check_weights
from deepstat.estimators.graphs.pair_codes import code_pairs, count_pairs, decode_pairs, sample_codes
from deepstat.graph.graph import Graph


@dataclass(frozen=True, eq=False)
class LinkRows:
    """Pairs with and without a link, those sampled last.

    Attributes
    ----------
    pairs : ndarray of int64, shape (m, 2)
        Ids.
    y : ndarray of int64, shape (m,)
        One for a link.
    weight : ndarray of shape (m,) or None
    carries : ndarray of bool, shape (n_edges,)
        Whether an edge of the graph is among the links, or is a self-loop, which is none.
    rate : ndarray of shape (2,)
        Share of non-links and of links among the rows, over their share in the population of pairs.
    """

    pairs: NDArray[np.int64]
    y: NDArray[np.int64]
    weight: NDArray[Any] | None
    carries: NDArray[np.bool_]
    rate: NDArray[np.float64]


def link_rows(
    graph: Graph,
    pairs: NDArray[np.int64],
    y: Any,
    sample_weight: Any,
    *,
    n_negatives: float,
    base_rate: float | None,
    rng: np.random.Generator,
) -> LinkRows:
    """Add pairs without a link to those given.

    Parameters
    ----------
    graph : Graph
    pairs : ndarray of int64, shape (m, 2)
        Ids of different nodes.
    y : array-like of shape (m,) or None
        One for a link, zero for none; None: all are links.
    sample_weight : array-like of shape (m,) or None
    n_negatives : float
        Rows without a link for each row with one. As many are drawn as those given fall short of.
    base_rate : float or None
        Share of links in the population of pairs; None: among all pairs of nodes of the graph.
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        y is no list of zeros and ones, there is no link or no non-link, or too few are left to draw.

    Examples
    --------
    >>> graph = Graph([[0, 1, 2], [1, 2, 3]])
    >>> rows = link_rows(graph, np.array([[0, 1], [1, 2]]), None, None, n_negatives=1.0, base_rate=None,
    ...                  rng=np.random.default_rng(0))
    >>> rows.y, rows.carries, rows.rate
    (array([1, 1, 0, 0]), array([ True,  True, False]), array([1., 1.]))
    """
    labels, weight = _read_links(y, len(pairs)), check_weights(sample_weight, len(pairs))
    if weight is not None:  # rows of weight zero are as good as absent
        pairs, labels, weight = pairs[weight > 0], labels[weight > 0], weight[weight > 0]
    n_links, n_others = (_total(weight, labels == label) for label in (1, 0))
    if not n_links:
        raise ValueError("y has no link: a predictor of links needs at least one pair with y=1.")

    n, ordered = graph.n_nodes, graph.directed
    edges = graph.edges.T
    is_pair = edges[:, 0] != edges[:, 1]
    edge_code = np.full(len(edges), -1, dtype=np.int64)
    edge_code[is_pair] = code_pairs(edges[is_pair], n, ordered)
    own_code = code_pairs(pairs, n, ordered)
    links = np.unique(own_code[labels == 1])
    linked = np.union1d(links, edge_code[is_pair])

    size = max(0, round(n_negatives * n_links - n_others))
    taken = np.union1d(linked, own_code)
    left = count_pairs(n, ordered) - len(taken)
    if size > left:
        raise ValueError(
            f"n_negatives={n_negatives:g} asks for {size} pairs without a link and the graph has "
            f"{left or 'none'} left to sample: lower n_negatives, or give non-links with y=0."
        )
    if not size and not n_others:
        raise ValueError(
            f"n_negatives={n_negatives:g} samples no pair without a link and y has none: raise n_negatives, or give "
            "non-links with y=0."
        )
    drawn = decode_pairs(sample_codes(taken, left + len(taken), size, rng), n)
    share = np.array([n_others + size, n_links]) / (n_others + size + n_links)
    base = _base_rate(base_rate, len(linked), left + len(taken))
    return LinkRows(
        pairs=np.concatenate([pairs, drawn]),
        y=np.concatenate([labels, np.zeros(size, dtype=np.int64)]),
        weight=None if weight is None else np.concatenate([weight, np.ones(size, dtype=weight.dtype)]),
        carries=~is_pair | np.isin(edge_code, links),
        rate=share / np.array([1.0 - base, base]),
    )


def _total(weight: NDArray[Any] | None, chosen: NDArray[np.bool_]) -> float:
    return float(chosen.sum() if weight is None else weight[chosen].sum())


def _base_rate(given: float | None, n_linked: int, n_pairs: int) -> float:
    if given is not None:
        return float(given)
    if n_linked == n_pairs:
        raise ValueError(
            "Every pair of nodes of the graph is a link, which leaves non-links no probability: give base_rate."
        )
    return n_linked / n_pairs


def _read_links(y: Any, n_rows: int) -> NDArray[np.int64]:
    if y is None:
        return np.ones(n_rows, dtype=np.int64)
    values = np.asarray(y)
    if values.shape != (n_rows,):
        raise ValueError(f"y has shape {values.shape} for {n_rows} pairs: give one 0 or 1 for each.")
    wrong = [value for value in values.tolist() if value not in (0, 1)]
    if wrong:
        raise ValueError(f"y holds {wrong[0]!r}: 1 is a link and 0 is none.")
    return values.astype(np.int64)
