"""Random-walk subgraphs, each a function of a seed and a step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from deepstat.graph.sampling.random_walk_subgraphs import RandomWalkSubgraphs
from deepstat.graph.sampling.subgraph import Subgraph

# The paper samples before training until each node has been met so often, in the mean.
MEETINGS = 50


class WalkBatches:
    """The training batches of GraphSAINT: walks begin at the nodes that have a loss.

    Parameters
    ----------
    pointers, sources : array-like of int of shapes (n + 1,), (n_arcs,)
    nodes : array-like of int of shape (m,)
        Distinct; those that have a loss.
    n_roots, walk_length : int
    n_presamples : int or None
        Subgraphs in which nodes and arcs are counted; None: as many as have each node 50 times, were all equally
        likely and no node found twice.

    Attributes
    ----------
    n_steps : int
        Subgraphs that together have as many of the nodes, repeats included, as there are.

    References
    ----------
    Zeng, H. et al. (2020). GraphSAINT: graph sampling based inductive learning method. ICLR.

    Examples
    --------
    A ring of six nodes; a walk of one step has two of them.

    >>> sources = np.array([1, 5, 0, 2, 1, 3, 2, 4, 3, 5, 0, 4])
    >>> batches = WalkBatches(np.arange(0, 13, 2), sources, np.arange(6), n_roots=1, walk_length=1)
    >>> batches.n_steps, len(batches.draw(seed=0, step=0).nodes), batches.subgraphs.n_presamples
    (3, 2, 150)
    """

    def __init__(
        self,
        pointers: ArrayLike,
        sources: ArrayLike,
        nodes: ArrayLike,
        *,
        n_roots: int,
        walk_length: int,
        n_presamples: int | None = None,
    ) -> None:
        n_nodes = len(np.asarray(pointers)) - 1
        if n_presamples is None:
            n_presamples = -(-MEETINGS * n_nodes // min(n_nodes, n_roots * (walk_length + 1)))
        # The counts are estimates of constants of the graph: any seed serves, and one shares them between fits.
        self.subgraphs = RandomWalkSubgraphs(
            pointers,
            sources,
            np.random.default_rng(0),
            n_roots=n_roots,
            walk_length=walk_length,
            n_presamples=n_presamples,
            roots=nodes,
        )
        roots = self.subgraphs.roots
        together = self.subgraphs.node_counts[roots].sum() / n_presamples
        self.n_steps = max(1, round(len(roots) / together))

    def draw(self, seed: int, step: int) -> Subgraph:
        """Return the subgraph of a step."""
        return self.subgraphs.sample(np.random.default_rng([seed, step]))
