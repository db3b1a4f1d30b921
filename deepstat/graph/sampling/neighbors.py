"""Node-wise neighbour sampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.graph.sampling.arc_ranges import arc_ranges
from deepstat.graph.sampling.arcs_into import arcs_into
from deepstat.graph.sampling.block import Block
from deepstat.graph.sampling.check_arcs import check_arcs
from deepstat.graph.sampling.check_count import check_count
from deepstat.graph.sampling.check_generator import check_generator
from deepstat.graph.sampling.distinct_integers import distinct_integers
from deepstat.graph.sampling.local_ids import LocalIds

Ids = NDArray[np.int64]


def sample_neighbors(
    pointers: ArrayLike,
    sources: ArrayLike,
    seeds: ArrayLike,
    sizes: Sequence[int | None],
    rng: np.random.Generator,
    *,
    replace: bool = False,
    local_ids: LocalIds | None = None,
) -> list[Block]:
    """Sample for each node of a batch a few of the arcs into it, then a few into those they come from, and so on.

    A layer's targets are all nodes found so far, so that each is computed from its own last state too. Each layer
    draws anew, independently for each target.

    What is unbiased: for one layer, given its inputs, the sampled sum of (weighted) messages times
    ``block.scale`` is unbiased for the sum over all arcs; the unscaled mean over sampled arcs is unbiased for
    the mean over all. What follows a nonlinear activation, a maximum, a softmax over neighbours, and so the
    network's output and its gradient, is not: its bias shrinks as the sizes grow.

    Parameters
    ----------
    pointers : array-like of int of shape (n + 1,)
        Where the arcs into each node begin (``graph.arcs.pointers``).
    sources : array-like of int of shape (n_arcs,)
        Where each comes from (``graph.arcs.source``).
    seeds : array-like of int of shape (b,)
        Distinct ids of the nodes to predict.
    sizes : sequence of int or None
        How many arcs a node keeps: first for the seeds (the last layer), then outwards. -1 or None keeps all.
    rng : numpy.random.Generator
    replace : bool
        Draw arcs with replacement. Without it a node with no more arcs than the size keeps all, and all subsets
        are equally likely for the others.
    local_ids : LocalIds or None
        A table kept from batch to batch (``LocalIds(n)``), which spares writing 4 n bytes for each.

    Returns
    -------
    list of Block
        One for each layer in the order of computation: from the outermost to the seeds.

    Raises
    ------
    ValueError
        A seed is repeated or out of range, a size is not positive, or the arrays do not fit together.
    TypeError
        `rng` is not a generator.

    References
    ----------
    Hamilton, W. L., Ying, R. and Leskovec, J. (2017). Inductive representation learning on large graphs. NeurIPS.

    Examples
    --------
    A ring of six nodes; one neighbour of two for the seed, then all.

    >>> pointers = np.arange(0, 13, 2)
    >>> sources = np.array([1, 5, 0, 2, 1, 3, 2, 4, 3, 5, 0, 4])
    >>> outer, inner = sample_neighbors(pointers, sources, [3], [1, None], np.random.default_rng(0))
    >>> inner.nodes, inner.scale
    (array([3, 4]), array([2.]))
    >>> outer.nodes, outer.n_targets
    (array([3, 4, 2, 5]), 2)
    >>> outer.nodes[outer.source], outer.target, outer.scale
    (array([2, 4, 3, 5]), array([0, 0, 1, 1]), array([1., 1.]))
    """
    pointers, sources = check_arcs(pointers, sources)
    check_generator(rng)
    wanted = [_size(size) for size in sizes]
    n_nodes = len(pointers) - 1
    local = LocalIds(n_nodes) if local_ids is None else local_ids
    if local.n_nodes != n_nodes:
        raise ValueError(
            f"local_ids is for {local.n_nodes} nodes but the graph has {n_nodes}; give LocalIds({n_nodes})."
        )
    local.begin(seeds)
    blocks: list[Block] = []
    targets = local.nodes
    for size in wanted:
        arc, sampled, degree = _draw(pointers, targets, size, rng, replace=replace)
        source = local.add(sources[arc])
        target = np.repeat(np.arange(len(targets)), sampled)
        scale = np.where(degree > 0, degree / np.maximum(sampled, 1), 1.0)
        nodes = local.nodes
        blocks.append(Block(nodes, len(targets), source, target, arc, scale))
        targets = nodes
    return blocks[::-1]


def _size(size: Any) -> int | None:
    """Return a positive number of arcs, or None for all."""
    if size is None or (not isinstance(size, bool) and size == -1):
        return None
    return check_count("a size", size, more=", or -1 or None for all neighbours")


def _draw(
    pointers: NDArray[np.integer], targets: Ids, size: int | None, rng: np.random.Generator, *, replace: bool
) -> tuple[Ids, Ids, Ids]:
    """Draw arcs into each target; return their positions, how many each has drawn, and how many there are."""
    if size is None:
        arc, degree = arcs_into(pointers, targets)
        return arc, degree, degree
    start, degree = arc_ranges(pointers, targets)
    long = np.flatnonzero(degree > (0 if replace else size))
    sampled = degree.copy()
    sampled[long] = size
    if replace:
        # A float below 1 times an integer n below 2 ** 53 rounds to less than n.
        offset = (rng.random((len(long), size)) * degree[long, None]).astype(np.int64)
    else:
        offset = distinct_integers(degree[long], size, rng)
    # Arcs of short lists are consecutive; those of long ones are then written over.
    end = np.cumsum(sampled)
    arc = np.arange(end[-1] if len(end) else 0) + np.repeat(start - (end - sampled), sampled)
    arc[(end[long] - size)[:, None] + np.arange(size)] = start[long, None] + offset
    return arc, sampled, degree
