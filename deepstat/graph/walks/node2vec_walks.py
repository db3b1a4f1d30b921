"""Second-order random walks."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from deepstat.graph.walks.out_arcs import OutArcs
from deepstat.graph.walks.starts import starts

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph

# Proposals before the walkers still rejected are served by listing all their arcs. The proposals are independent,
# so stopping after any number of them changes no probability, only the cost.
PROPOSALS = 16


def _bias(out: OutArcs, before: np.ndarray, after: np.ndarray, p: float, q: float) -> np.ndarray:
    """Return 1/p for a step back to `before`, 1 for a step to where `before` leads too, 1/q for one further away."""
    near = np.where(out.has_arc(before, after), 1.0, 1.0 / q)
    return np.where(after == before, 1.0 / p, near)


def _draw_by_listing(
    out: OutArcs, before: np.ndarray, current: np.ndarray, p: float, q: float, generator: np.random.Generator
) -> np.ndarray:
    """Return the next node of each walker from a list of all its arcs; memory grows with the sum of degrees."""
    degree = out.degree(current)
    end = np.cumsum(degree)
    first = end - degree
    walker = np.repeat(np.arange(len(current)), degree)
    arc = np.arange(len(walker)) - first[walker] + out.pointers[current][walker]
    mass = _bias(out, before[walker], out.target[arc], p, q)
    if out.weight is not None:
        mass = mass * out.weight[arc]
    mass = np.cumsum(mass / np.add.reduceat(mass, first)[walker])
    below = np.where(first > 0, mass[first - 1], 0.0)
    height = below + generator.random(len(current)) * (mass[end - 1] - below)
    return out.target[arc[np.clip(np.searchsorted(mass, height, side="right"), first, end - 1)]]


def _draw(
    out: OutArcs, before: np.ndarray, current: np.ndarray, p: float, q: float, generator: np.random.Generator
) -> np.ndarray:
    """Return the next node of each walker: propose by weight, accept in proportion to the bias, propose again."""
    after = np.empty(len(current), dtype=np.int64)
    waiting = np.arange(len(current))
    highest = max(1.0, 1.0 / q)
    # Where the return is the likeliest of all, what it has above the others is a proposal of its own: one node
    # then does not lower the acceptance of its neighbours (Yang et al., 2019, call it folding).
    returns = np.zeros(len(current))
    if 1.0 / p > highest:
        excess = out.share(current, before) * (1.0 / p - highest)
        returns = excess / (excess + highest)
    for _ in range(PROPOSALS):
        origin = before[waiting]
        proposed = out.target[out.draw(current[waiting], generator)]
        chance = np.minimum(_bias(out, origin, proposed, p, q) / highest, 1.0)
        back = generator.random(len(waiting)) < returns[waiting]
        accepted = back | (generator.random(len(waiting)) < chance)
        after[waiting] = np.where(back, origin, proposed)
        waiting = waiting[~accepted]
        if not len(waiting):
            return after
    after[waiting] = _draw_by_listing(out, before[waiting], current[waiting], p, q, generator)
    return after


def node2vec_walks(
    graph: Graph,
    nodes: Any = None,
    *,
    p: float = 1.0,
    q: float = 1.0,
    length: int = 40,
    n_walks: int = 10,
    random_state: int | np.random.Generator | None = None,
) -> np.ndarray:
    r"""Walk with a memory of one step: p holds back from returning, q from leaving the neighbourhood.

    A walker that came from t to v goes on to x with probability proportional to :math:`\alpha(t, x)\, w_{vx}`,
    where

    .. math:: \alpha(t, x) = 1/p \text{ if } x = t, \quad 1 \text{ if an edge leads from } t \text{ to } x,
       \quad 1/q \text{ otherwise.}

    The first step is by weight alone. Large p and small q explore, small p and large q stay near; p = q = 1 is
    :func:`~deepstat.graph.walks.uniform_walks.uniform_walks`. Nothing is tabulated for pairs of edges: a step
    is proposed by weight and accepted in proportion to alpha (memory of the order of the edges, where the
    published tables take the sum over edges of the degrees); walkers rejected many times are served exactly
    from a list of their edges.

    Parameters
    ----------
    graph : Graph
    nodes : array-like of node ids or names, default None
        Where walks start; None: at every node.
    p, q : float, default 1
        Positive and finite.
    length : int, default 40
        Nodes of a walk, the first one included.
    n_walks : int, default 10
        Walks from each node.
    random_state : int, numpy.random.Generator or None

    Returns
    -------
    ndarray of shape (n_walks * n_starting_nodes, length), int64
        Node ids. A walk that comes to a node that no edge leaves ends there: -1 fills the row.

    Raises
    ------
    ValueError
        If p or q is not positive and finite, `length` or `n_walks` is no positive integer, or a node is not in
        the graph.

    References
    ----------
    Grover and Leskovec (2016), "node2vec: scalable feature learning for networks", KDD, section 3.2;
    Yang, Zhang, Chen, Ma, Liu and Lin (2019), "KnightKing: a fast distributed graph random walk engine", SOSP, for
    walks by rejection.

    Examples
    --------
    On a cycle a walker that hardly ever returns goes round:

    >>> from deepstat.graph.graph import Graph
    >>> cycle = Graph([[0, 1, 2, 3], [1, 2, 3, 0]])
    >>> node2vec_walks(cycle, [0], p=1e9, length=6, n_walks=2, random_state=0).tolist()
    [[0, 3, 2, 1, 0, 3], [0, 1, 2, 3, 0, 1]]
    """
    for name, value in (("p", p), ("q", q)):
        if not isinstance(value, Real) or not 0 < value < np.inf:
            raise ValueError(f"{name}={value!r} is not allowed: give a positive finite number.")
    generator = np.random.default_rng(random_state)
    current = starts(graph, nodes, length, n_walks)
    out = OutArcs(graph)
    walks = np.full((len(current), length), -1, dtype=np.int64)
    walks[:, 0] = current
    walkers = np.arange(len(current))
    for step in range(1, length):
        going = out.degree(current) > 0
        walkers, current = walkers[going], current[going]
        if step == 1:
            current = out.target[out.draw(current, generator)]
        else:
            current = _draw(out, walks[walkers, step - 2], current, float(p), float(q), generator)
        walks[walkers, step] = current
    return walks
