"""Subgraphs around random walks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.graph.sampling.arc_ranges import arc_ranges
from deepstat.graph.sampling.check_arcs import check_arcs
from deepstat.graph.sampling.check_count import check_count
from deepstat.graph.sampling.check_generator import check_generator
from deepstat.graph.sampling.induced_arcs import induced_arcs
from deepstat.graph.sampling.local_ids import LocalIds
from deepstat.graph.sampling.subgraph import Subgraph

Ids = NDArray[np.int64]


class RandomWalkSubgraphs:
    """Sample subgraphs: the nodes that a few random walks visit and all arcs between them (GraphSAINT).

    Walks begin at nodes drawn with replacement and step to a random neighbour whose messages the node receives, so in
    a directed graph they run against the arcs; a node without any stays where it is. How likely nodes and arcs are
    is counted in `n_presamples` subgraphs when the sampler is made: a node's factor is ``(N + 1) / (C + 1)`` with C
    the number of them that have it, an arc's ``(C + 1) / (D + 1)`` with D the number that have both its ends. The 1 is
    the subgraph in hand: it keeps the factors finite, and because it is exchangeable with the N others the
    estimates are unbiased in the mean over counts and draws, up to the share of nodes and arcs that N + 1
    subgraphs would all miss.

    What is unbiased, in that sense: the sum over sampled nodes of ``node_factor * f(v)`` for a fixed f, and for one
    layer with given inputs the sum over sampled arcs of ``node_factor * arc_factor * weight * x``. Given the counts
    each is only as good as they are: the relative error of a factor is of the order ``1 / sqrt(D)``. What follows a
    nonlinear activation is not unbiased.

    Parameters
    ----------
    pointers : array-like of int of shape (n + 1,)
        Where the arcs into each node begin (``graph.arcs.pointers``).
    sources : array-like of int of shape (n_arcs,)
        Where each comes from.
    rng : numpy.random.Generator
        For the counts.
    n_roots : int
        Walks of a subgraph.
    walk_length : int
        Steps of a walk.
    n_presamples : int
        N. The paper takes about 50 n over the number of nodes of a subgraph, so that each node is counted 50
        times. Their cost is that of as many batches; counts take four bytes a node and arc.
    roots : array-like of int or None
        Where walks may begin, such as the training nodes; all nodes by default. A node that no walk reaches from them
        is never sampled.

    Raises
    ------
    ValueError
        A number is not positive, a root is repeated or out of range, or the arrays do not fit together.
    TypeError
        `rng` is not a generator.

    References
    ----------
    Zeng, H. et al. (2020). GraphSAINT: graph sampling based inductive learning method. ICLR.

    Examples
    --------
    A ring of six nodes: a walk of one step has two neighbours, so a third of the nodes.

    >>> pointers = np.arange(0, 13, 2)
    >>> sources = np.array([1, 5, 0, 2, 1, 3, 2, 4, 3, 5, 0, 4])
    >>> rng = np.random.default_rng(0)
    >>> sampler = RandomWalkSubgraphs(pointers, sources, rng, n_roots=1, walk_length=1, n_presamples=3000)
    >>> subgraph = sampler.sample(rng)
    >>> len(subgraph.nodes), subgraph.source, subgraph.target
    (2, array([1, 0]), array([0, 1]))
    >>> np.abs(subgraph.node_factor - 3).max() < 0.2, np.abs(subgraph.arc_factor - 2).max() < 0.2
    (np.True_, np.True_)
    """

    def __init__(
        self,
        pointers: ArrayLike,
        sources: ArrayLike,
        rng: np.random.Generator,
        *,
        n_roots: int,
        walk_length: int,
        n_presamples: int,
        roots: ArrayLike | None = None,
    ) -> None:
        self.pointers, self.sources = check_arcs(pointers, sources)
        check_generator(rng)
        self.n_roots = check_count("n_roots", n_roots)
        self.walk_length = check_count("walk_length", walk_length, least=0)
        self.n_presamples = check_count("n_presamples", n_presamples)
        n_nodes = len(self.pointers) - 1
        self._local = LocalIds(n_nodes)
        self._local.begin(np.arange(n_nodes) if roots is None else roots, "roots")
        self.roots = self._local.nodes
        if len(self.roots) == 0:
            raise ValueError("There is no node to begin a walk at; give at least one root.")
        self.node_counts = np.zeros(n_nodes, dtype=np.int32)
        self.arc_counts = np.zeros(len(self.sources), dtype=np.int32)
        for _ in range(self.n_presamples):
            nodes, _, _, arc = self._draw(rng)
            self.node_counts[nodes] += 1
            self.arc_counts[arc] += 1

    def sample(self, rng: np.random.Generator) -> Subgraph:
        """Sample a subgraph.

        Parameters
        ----------
        rng : numpy.random.Generator

        Returns
        -------
        Subgraph
            Its nodes are in the order in which the walks found them.

        Raises
        ------
        TypeError
            `rng` is not a generator.
        """
        check_generator(rng)
        nodes, source, target, arc = self._draw(rng)
        node_count = self.node_counts[nodes] + 1.0
        node_factor = (self.n_presamples + 1) / node_count
        arc_factor = node_count[target] / (self.arc_counts[arc] + 1.0)
        return Subgraph(nodes, source, target, arc, node_factor, arc_factor)

    def _draw(self, rng: np.random.Generator) -> tuple[Ids, Ids, Ids, Ids]:
        """Walk; return the nodes, the ends of the arcs between them and their positions."""
        at = self.roots[rng.integers(len(self.roots), size=self.n_roots)]
        self._local.begin()
        self._local.add(at)
        for _ in range(self.walk_length):
            start, degree = arc_ranges(self.pointers, at)
            moving = degree > 0
            # A float below 1 times an integer n below 2 ** 53 rounds to less than n.
            step = (rng.random(len(at)) * degree).astype(np.int64)
            at = at.copy()
            at[moving] = self.sources[(start + step)[moving]]
            self._local.add(at)
        source, target, arc = induced_arcs(self.pointers, self.sources, self._local)
        return self._local.nodes, source, target, arc
