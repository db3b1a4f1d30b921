"""Samplers of the surroundings of a batch, and of subgraphs, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from deepstat.errors import unknown
from deepstat.graph.graph import Graph
from deepstat.graph.sampling.check_count import check_count
from deepstat.graph.sampling.cluster_batches import ClusterBatches
from deepstat.graph.sampling.cluster_subgraphs import ClusterSubgraphs
from deepstat.graph.sampling.layer_importance import LayerImportance
from deepstat.graph.sampling.local_ids import LocalIds
from deepstat.graph.sampling.neighbors import sample_neighbors
from deepstat.graph.sampling.partition import partition
from deepstat.graph.sampling.walk_batches import WalkBatches
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.sampled_arcs import SampledArcs
from deepstat.layers.graph.sampled_node_outputs import Sampler
from deepstat.layers.graph.subgraph_node_outputs import SubgraphSampler

# Options with their defaults: sizes from the nodes predicted for outwards, one for each operator; subgraphs as the
# papers have them for graphs of some 100,000 nodes.
SAMPLERS: dict[str, dict[str, Any]] = {
    "neighbors": {"sizes": (15, 10), "replace": False},
    "layers": {"sizes": (512, 512), "kind": "ladies"},
    "random_walks": {"n_roots": 2000, "walk_length": 2, "n_presamples": None},
    "clusters": {"n_parts": 50, "n_joined": 5, "rescale": False},
}
SUBGRAPHS = ("random_walks", "clusters")
_PARTS: WeakKeyDictionary[Graph, dict[int, np.ndarray]] = WeakKeyDictionary()


def make_sampler(
    graph: Graph, data: GraphData, name: str, params: Mapping[str, Any] | None
) -> Sampler | SubgraphSampler:
    """Return the sampler of a graph.

    Parameters
    ----------
    graph : Graph
    data : GraphData
        Its tensors, whose edge features and types the batches take.
    name : {"neighbors", "layers", "random_walks", "clusters"}
    params : mapping or None
        ``sizes``, and ``replace`` (neighbors) or ``kind`` (layers); ``n_roots``, ``walk_length`` and ``n_presamples``
        (random_walks); ``n_parts``, ``n_joined`` and ``rescale`` (clusters).

    Raises
    ------
    ValueError
        Unknown name or option, or a number out of range.

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
    return _MAKERS[name](graph, _arcs(graph, data), options)


def _neighbors(graph: Graph, carried: SampledArcs, options: dict[str, Any]) -> Sampler:
    draw = partial(_around(graph), replace=options["replace"])
    return _sampler(graph, carried, draw, tuple(options["sizes"]))


def _layers(graph: Graph, carried: SampledArcs, options: dict[str, Any]) -> Sampler:
    arcs = graph.arcs
    layers = LayerImportance(arcs.pointers, arcs.source, _shares(graph), kind=options["kind"])
    return _sampler(graph, carried, layers.sample, tuple(options["sizes"]))


def _random_walks(graph: Graph, carried: SampledArcs, options: dict[str, Any]) -> SubgraphSampler:
    check_count("n_roots", options["n_roots"])
    check_count("walk_length", options["walk_length"], least=0)
    if options["n_presamples"] is not None:
        check_count("n_presamples", options["n_presamples"])
    return SubgraphSampler(partial(WalkBatches, graph.arcs.pointers, graph.arcs.source, **options), carried)


def _clusters(graph: Graph, carried: SampledArcs, options: dict[str, Any]) -> SubgraphSampler:
    n_parts, arcs = check_count("n_parts", options["n_parts"]), graph.arcs
    if n_parts % check_count("n_joined", options["n_joined"]):  # told before the partition is made
        raise ValueError(f"n_joined is {options['n_joined']}; give a divisor of n_parts, {n_parts}.")
    kept = _PARTS.setdefault(graph, {})  # a partition costs more than many batches: folds share it
    if n_parts not in kept:
        kept[n_parts] = partition(arcs.pointers, arcs.source, n_parts)
    subgraphs = ClusterSubgraphs(arcs.pointers, arcs.source, kept[n_parts], options["n_joined"])
    batches = ClusterBatches(subgraphs)
    return SubgraphSampler(lambda nodes: batches, carried, whole_graph=bool(options["rescale"]))


_MAKERS: dict[str, Callable[..., Sampler | SubgraphSampler]] = {
    "neighbors": _neighbors,
    "layers": _layers,
    "random_walks": _random_walks,
    "clusters": _clusters,
}


def _sampler(graph: Graph, carried: SampledArcs, sample: Callable[..., Any], sizes: Any) -> Sampler:
    everything = [None] * len(sizes)
    whole = partial(
        _draw, _around(graph), everything, rng=np.random.default_rng(0)
    )  # takes all: nothing is drawn
    return Sampler(partial(_draw, sample, sizes), whole, len(sizes), len(graph.arcs), carried)


def _around(graph: Graph) -> Callable[..., Any]:
    arcs = graph.arcs
    return partial(sample_neighbors, arcs.pointers, arcs.source, local_ids=LocalIds(graph.n_nodes))


def _draw(sample: Callable[..., Any], sizes: Any, seeds: Any, rng: np.random.Generator) -> Any:
    return sample(seeds, sizes, rng)


def _arcs(graph: Graph, data: GraphData | None) -> SampledArcs:
    """Return what a graph's arcs carry; `data` has it as tensors."""
    if data is None:
        return SampledArcs(_degrees(graph), graph.arcs.weight)
    known = data.edges
    return SampledArcs(_degrees(graph), graph.arcs.weight, known.features, known.type, known.n_types)


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
