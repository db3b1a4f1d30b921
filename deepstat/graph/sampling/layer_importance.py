"""Layer-wise importance sampling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.graph.sampling.arcs_into import arcs_into
from deepstat.graph.sampling.check_arcs import check_arcs
from deepstat.graph.sampling.check_count import check_count
from deepstat.graph.sampling.check_generator import check_generator
from deepstat.graph.sampling.local_ids import LocalIds
from deepstat.graph.sampling.weighted_block import WeightedBlock

KINDS = ("fastgcn", "ladies")
Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class LayerImportance:
    """Sample the sources of a whole layer at once: those of large weight more often.

    The m sources of a layer are drawn with replacement with probabilities q proportional to the squared norms of
    columns of the matrix A of arc weights (parallel arcs are entries of their own): of all of A (``"fastgcn"``), or
    of its rows of the layer's targets (``"ladies"``), which wastes no draw on nodes that send nothing to them. A
    source drawn c times sends with the weight ``A[i, u] * c / (m * q[u])``. The targets of a layer are the seeds and
    all sources drawn so far: batches grow by at most the sum of the sizes and not by their product.

    What is unbiased: for one layer, given its inputs H, the sum over sampled arcs of ``weight * factor * H`` is
    unbiased for the rows of A H of the targets. What follows a nonlinear activation, and so the network's output
    and its gradient, is not. Rows that are divided by the sum of the sampled weights, as LADIES' authors do to
    lower the variance, are not either; here they are left as they are.

    Parameters
    ----------
    pointers : array-like of int of shape (n + 1,)
        Where the arcs into each node begin (``graph.arcs.pointers``).
    sources : array-like of int of shape (n_arcs,)
        Where each comes from.
    weight : array-like of shape (n_arcs,)
        The matrix by which the network propagates, normalised as it does.
    kind : {"ladies", "fastgcn"}

    Raises
    ------
    ValueError
        Unknown kind, a weight that is not finite, an id out of range, or arrays that do not fit together.

    References
    ----------
    Chen, J., Ma, T. and Xiao, C. (2018). FastGCN: fast learning with graph convolutional networks via importance
    sampling. ICLR.
    Zou, D. et al. (2019). Layer-dependent importance sampling for training deep and large graph convolutional
    networks. NeurIPS.

    Examples
    --------
    A star: node 0 hears 1 (loud), 2 and 3. Both draws for the seed are of the loud one, of probability 16 / 18.

    >>> pointers, sources = np.array([0, 3, 4, 5, 6]), np.array([1, 2, 3, 0, 0, 0])
    >>> sampler = LayerImportance(pointers, sources, np.array([4.0, 1, 1, 1, 1, 1]))
    >>> [block] = sampler.sample([0], [2], np.random.default_rng(0))
    >>> block.nodes, block.arc, block.factor
    (array([0, 1]), array([0]), array([1.125]))
    """

    def __init__(
        self, pointers: ArrayLike, sources: ArrayLike, weight: ArrayLike, *, kind: str = "ladies"
    ) -> None:
        self.pointers, self.sources = check_arcs(pointers, sources, weight)
        self.weight = np.asarray(weight)
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; choose one of {', '.join(KINDS)}.")
        self.kind = kind
        n_nodes = len(self.pointers) - 1
        self._local, self._candidates = LocalIds(n_nodes), LocalIds(n_nodes)
        self._cumulative = np.empty(0)
        if kind == "fastgcn":
            if len(self.sources) and (self.sources.min() < 0 or self.sources.max() >= n_nodes):
                raise ValueError(
                    f"sources have ids out of range; the graph has {n_nodes} nodes, numbered from 0."
                )
            squares = np.square(self.weight, dtype=np.float64)
            self._cumulative = np.cumsum(np.bincount(self.sources, squares, minlength=n_nodes))

    def sample(self, seeds: ArrayLike, sizes: Sequence[int], rng: np.random.Generator) -> list[WeightedBlock]:
        """Sample the layers for one batch.

        Parameters
        ----------
        seeds : array-like of int of shape (b,)
            Distinct ids of the nodes to predict.
        sizes : sequence of int
            Number of draws for a layer: first for the last one, then outwards.
        rng : numpy.random.Generator

        Returns
        -------
        list of WeightedBlock
            One for each layer in the order of computation: from the outermost to the seeds.

        Raises
        ------
        ValueError
            A seed is repeated or out of range, or a size is not positive.
        TypeError
            `rng` is not a generator.
        """
        check_generator(rng)
        wanted = [check_count("a size", size) for size in sizes]
        self._local.begin(seeds)
        blocks: list[WeightedBlock] = []
        targets = self._local.nodes
        draw = self._draw_from_all if self.kind == "fastgcn" else self._draw_from_neighbors
        for size in wanted:
            arc, degree = arcs_into(self.pointers, targets)
            sending, factor = draw(arc, size, rng)
            source = self._local.add(self.sources[arc[sending]])
            target = np.repeat(np.arange(len(targets)), degree)[sending]
            nodes = self._local.nodes
            blocks.append(WeightedBlock(nodes, len(targets), source, target, arc[sending], factor))
            targets = nodes
        return blocks[::-1]

    def _draw_from_all(self, arc: Ids, size: int, rng: np.random.Generator) -> tuple[Ids, Floats]:
        """Return which of the arcs have a source that was drawn, and their factors."""
        drawn, times, probability = _draw(self._cumulative, size, rng)
        self._candidates.begin(drawn)
        where = self._candidates.find(self.sources[arc])
        sending = np.flatnonzero(where >= 0)
        return sending, (times / (size * probability))[where[sending]]

    def _draw_from_neighbors(self, arc: Ids, size: int, rng: np.random.Generator) -> tuple[Ids, Floats]:
        """Return which of the arcs have a source that was drawn, and their factors."""
        self._candidates.begin()
        where = self._candidates.add(self.sources[arc])
        squares = np.square(self.weight[arc], dtype=np.float64)
        n_candidates = len(self._candidates.nodes)
        drawn, times, probability = _draw(
            np.cumsum(np.bincount(where, squares, minlength=n_candidates)), size, rng
        )
        factor = np.zeros(n_candidates)
        factor[drawn] = times / (size * probability)
        sending = np.flatnonzero(factor[where])
        return sending, factor[where[sending]]


def _draw(cumulative: Floats, size: int, rng: np.random.Generator) -> tuple[Ids, Ids, Floats]:
    """Draw with replacement; return what was drawn, how often, and its probability in one draw."""
    total = cumulative[-1] if len(cumulative) else 0.0
    if total == 0.0:  # no target hears anything
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    # From the right: a value on a boundary goes to the interval after it, never to an empty one.
    draws = np.searchsorted(cumulative, rng.random(size) * total, side="right")
    drawn, times = np.unique(draws, return_counts=True)
    width = cumulative[drawn] - np.where(drawn > 0, cumulative[drawn - 1], 0.0)
    return drawn, times, width / total
