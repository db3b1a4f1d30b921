"""Joined parts of a partition, each batch a function of a seed and a step."""

from __future__ import annotations

import numpy as np

from deepstat.graph.sampling.cluster_subgraphs import ClusterSubgraphs
from deepstat.graph.sampling.subgraph import Subgraph


class ClusterBatches:
    """The training batches of Cluster-GCN: in each epoch all parts once, joined anew.

    Parameters
    ----------
    subgraphs : ClusterSubgraphs

    Attributes
    ----------
    n_steps : int
        Batches of an epoch.

    References
    ----------
    Chiang, W.-L. et al. (2019). Cluster-GCN: an efficient algorithm for training deep and large graph convolutional
    networks. KDD.

    Examples
    --------
    >>> path = np.array([0, 1, 3, 5, 6]), np.array([1, 0, 2, 1, 3, 2])
    >>> batches = ClusterBatches(ClusterSubgraphs(*path, [0, 1, 2, 3], 2))
    >>> batches.n_steps
    2
    >>> sorted(int(node) for step in (4, 5) for node in batches.draw(seed=7, step=step).nodes)
    [0, 1, 2, 3]
    """

    def __init__(self, subgraphs: ClusterSubgraphs) -> None:
        self.subgraphs = subgraphs
        self.n_steps = subgraphs.n_parts // subgraphs.n_joined

    def draw(self, seed: int, step: int) -> Subgraph:
        """Return the subgraph of a step, counted from the first of the fit."""
        epoch, batch = divmod(step, self.n_steps)
        return self.subgraphs.subgraph(self.subgraphs.join(np.random.default_rng([seed, epoch]))[batch])
