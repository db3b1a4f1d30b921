"""Samplers of the surroundings of a batch, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from deepstat.errors import unknown
from deepstat.graph.graph import Graph
from deepstat.graph.sampling.layer_importance import LayerImportance
from deepstat.graph.sampling.local_ids import LocalIds
from deepstat.graph.sampling.neighbors import sample_neighbors
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.sampled_node_outputs import Sampler

# Options with their defaults: sizes from the nodes predicted for outwards, one for each operator.
SAMPLERS: dict[str, dict[str, Any]] = {
    "neighbors": {"sizes": (15, 10), "replace": False},
    "layers": {"sizes": (512, 512), "kind": "ladies"},
}


def make_sampler(graph: Graph, data: GraphData, name: str, params: Mapping[str, Any] | None) -> Sampler:
    """Return the sampler of a graph.

    Parameters
    ----------
    graph : Graph
    data : GraphData
        Its tensors, whose edge features and types the batches take.
    name : {"neighbors", "layers"}
    params : mapping or None
        ``sizes``, and ``replace`` (neighbors) or ``kind`` (layers).

    Examples
    --------
    >>> make_sampler(Graph([[0], [1]]), None, "neighbors", {"sizes": (5,)}).n_layers
    1
    """
    if name not in SAMPLERS:
        raise unknown("sampler", name, SAMPLERS)
    options = {**SAMPLERS[name], **(params or {})}
    for key in options:
        if key not in SAMPLERS[name]:
            raise unknown(f"option of the sampler {name!r}:", key, SAMPLERS[name])
    sizes, arcs = tuple(options["sizes"]), graph.arcs
    around = partial(sample_neighbors, arcs.pointers, arcs.source, local_ids=LocalIds(graph.n_nodes))
    if name == "neighbors":
        draw = partial(_draw, partial(around, replace=options["replace"]), sizes)
    else:
        weight = _shares(graph)
        layers = LayerImportance(arcs.pointers, arcs.source, weight, kind=options["kind"])
        draw = partial(_draw, layers.sample, sizes)
    known = None if data is None else data.edges
    return Sampler(
        draw,
        partial(
            _draw, around, [None] * len(sizes), rng=np.random.default_rng(0)
        ),  # takes all: nothing is drawn
        len(sizes),
        len(arcs),
        arcs.weight,
        _degrees(graph),
        None if known is None or known.features is None else known.features,
        None if known is None or known.type is None else known.type,
        1 if known is None else known.n_types,
    )


def _draw(sample: Callable[..., Any], sizes: Any, seeds: Any, rng: np.random.Generator) -> Any:
    return sample(seeds, sizes, rng)


def _degrees(graph: Graph) -> np.ndarray:
    """Return weighted in-degrees (n,)."""
    arcs = graph.arcs
    if arcs.weight is None:
        return np.diff(arcs.pointers).astype(np.float64)
    return np.bincount(arcs.target, arcs.weight, minlength=graph.n_nodes)


def _shares(graph: Graph) -> np.ndarray:
    """Return the symmetrically normalised weights of all arcs, by which sources are drawn."""
    arcs, degree = graph.arcs, _degrees(graph)
    root = np.divide(1.0, np.sqrt(degree), out=np.zeros_like(degree), where=degree > 0)
    own = root[arcs.source] * root[arcs.target]
    return own if arcs.weight is None else own * arcs.weight
