"""Subgraphs of several parts of a partition."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.graph.sampling.check_arcs import check_arcs
from deepstat.graph.sampling.check_count import check_count
from deepstat.graph.sampling.check_generator import check_generator
from deepstat.graph.sampling.induced_arcs import induced_arcs
from deepstat.graph.sampling.local_ids import LocalIds
from deepstat.graph.sampling.subgraph import Subgraph


class ClusterSubgraphs:
    """Go through a graph in batches of several parts joined at random, with all arcs between them (Cluster-GCN).

    In an epoch each node is in one batch. Two parts meet with probability ``(n_joined - 1) / (P - 1)``, so an arc
    between parts has the inverse of it as its factor, an arc inside a part 1.

    What is unbiased: with these factors and ``n_joined > 1``, given the inputs of one layer, the sum of messages into a
    node over random epochs; what follows a nonlinear activation is not. The paper leaves the factors out: its sums
    lack, in the mean, the share of arcs between parts that do not meet, small if the partition cuts few, and vary
    less. With ``n_joined=1`` arcs between parts never take part, and no factor can make up for it.

    Parameters
    ----------
    pointers : array-like of int of shape (n + 1,)
        Where the arcs into each node begin (``graph.arcs.pointers``).
    sources : array-like of int of shape (n_arcs,)
        Where each comes from.
    part : array-like of int of shape (n,)
        Number of the part of each node, as by `partition`.
    n_joined : int
        Parts of a batch. Divides the number of parts, so that all pairs meet equally often.

    Raises
    ------
    ValueError
        `n_joined` does not divide the number of parts, `part` does not number them from 0, or the arrays do not fit.

    References
    ----------
    Chiang, W.-L. et al. (2019). Cluster-GCN: an efficient algorithm for training deep and large graph convolutional
    networks. KDD.

    Examples
    --------
    A path of four nodes, each a part of its own, taken in twos.

    >>> pointers, sources = np.array([0, 1, 3, 5, 6]), np.array([1, 0, 2, 1, 3, 2])
    >>> sampler = ClusterSubgraphs(pointers, sources, [0, 1, 2, 3], 2)
    >>> one, two = sampler.epoch(np.random.default_rng(2))
    >>> np.sort(np.concatenate([one.nodes, two.nodes]))
    array([0, 1, 2, 3])
    >>> one.nodes, one.source, one.arc_factor
    (array([3, 2]), array([1, 0]), array([3., 3.]))
    """

    def __init__(self, pointers: ArrayLike, sources: ArrayLike, part: ArrayLike, n_joined: int) -> None:
        self.pointers, self.sources = check_arcs(pointers, sources)
        part = np.asarray(part)
        n_nodes = len(self.pointers) - 1
        if part.shape != (n_nodes,) or (part.dtype.kind not in "iu" and n_nodes):
            raise ValueError(
                f"part is {part.dtype} of shape {part.shape}; give an integer for each of {n_nodes} nodes."
            )
        self.n_joined = check_count("n_joined", n_joined)
        sizes = np.bincount(part) if n_nodes and part.min() >= 0 else np.zeros(1, dtype=np.int64)
        if not sizes.all():
            raise ValueError("part must number the parts from 0, with at least one node in each.")
        self.n_parts = len(sizes)
        if self.n_parts % self.n_joined:
            raise ValueError(
                f"n_joined is {n_joined}; give a divisor of the number of parts, {self.n_parts}."
            )
        self.part = part
        self._members = np.split(np.argsort(part, kind="stable"), np.cumsum(sizes)[:-1])
        self._local = LocalIds(n_nodes)

    def epoch(self, rng: np.random.Generator) -> Iterator[Subgraph]:
        """Go once through all nodes.

        Parameters
        ----------
        rng : numpy.random.Generator
            Which parts are joined.

        Yields
        ------
        Subgraph
            ``n_parts / n_joined`` of them.

        Raises
        ------
        TypeError
            `rng` is not a generator.
        """
        for parts in self.join(rng):
            yield self.subgraph(parts)

    def join(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw which parts are joined in an epoch.

        Parameters
        ----------
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of int of shape (n_parts / n_joined, n_joined)

        Raises
        ------
        TypeError
            `rng` is not a generator.
        """
        check_generator(rng)
        return rng.permutation(self.n_parts).reshape(-1, self.n_joined)

    def subgraph(self, parts: NDArray[np.integer]) -> Subgraph:
        """Return some parts with all arcs between them.

        Parameters
        ----------
        parts : ndarray of int of shape (n_joined,)
            Distinct.

        Returns
        -------
        Subgraph
        """
        self._local.begin(np.concatenate([self._members[part] for part in parts]))
        nodes = self._local.nodes
        source, target, arc = induced_arcs(self.pointers, self.sources, self._local)
        part = self.part[nodes]
        across = (self.n_parts - 1) / max(self.n_joined - 1, 1)
        arc_factor = np.where(part[source] == part[target], 1.0, across)
        node_factor = np.full(len(nodes), self.n_parts / self.n_joined)
        return Subgraph(nodes, source, target, arc, node_factor, arc_factor)
