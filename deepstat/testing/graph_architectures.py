"""Conformance of architectures that read graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepstat.data.graph_inputs import GraphInputs
from deepstat.estimators.components import Resolved, resolve_architecture
from deepstat.estimators.network import build_network
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.pooling.take_auxiliary_loss import take_auxiliary_loss
from deepstat.records import Architecture
from deepstat.testing.claim import attempt, claim, no_global_noise
from deepstat.testing.networks import check_gradients, check_members, check_seed, check_weights
from deepstat.testing.permutation import check_permutation_equivariance, check_permutation_invariance

# What nodes and edges carry, and whether edges have weights.
CASES: tuple[tuple[GraphInputs, bool], ...] = (
    (GraphInputs(3), False),
    (GraphInputs(1), True),
    (GraphInputs(3, n_edge_features=2, n_edge_types=3), True),
)
# Numbers of nodes and of arcs: parallel arcs, loops and nodes without any; no arcs; a node alone.
SIZES = ((12, 40), (4, 0), (1, 0))
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Drawn:
    """Node features (n, p) and edges, float64."""

    x: Tensor
    edges: Edges

    def to(self, dtype: torch.dtype) -> tuple[Tensor, Edges]:
        """Return copies in a dtype, with nothing remembered."""
        weight, features = (
            None if own is None else own.to(dtype, copy=True)
            for own in (self.edges.weight, self.edges.features)
        )
        edges = replace(self.edges, weight=weight, features=features, structure={}, derived={})
        return self.x.to(dtype, copy=True), edges


def check_graph_architecture(record: Architecture) -> None:
    """Check that an architecture of graphs keeps the contract of :class:`deepstat.records.Architecture`.

    With its default options and with those of ``record.example``, on random directed graphs with and without edges,
    weights (zeros among them), edge features and types, in float32 and float64: a module that maps node features and
    edges to (n, n_outputs), or to (n_graphs, n_outputs) where the record takes "graphs", finite, with finite
    gradients; the seed alone decides the initial weights; weights saved and loaded predict the same; members batched
    by ``torch.func.vmap`` compute what each computes alone (unless the record says ``batched=False``); renumbered nodes
    get the same outputs; graphs of one batch do not see each other. A record that takes "graph" also reads sparse
    features, and a node's outputs do not change when a component without an edge to it is added, unless a module of the
    network says ``reads_whole_graph = True``, as :class:`deepstat.layers.graph.pair_norm.PairNorm` does.

    Parameters
    ----------
    record : Architecture

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> from deepstat.layers.graph.gcn import GCN
    >>> def one_layer(inputs, n_outputs):
    ...     return GCN(inputs.n_features, n_outputs)
    >>> check_graph_architecture(Architecture(name="one_layer", target=one_layer, takes="graph"))
    >>> class Centred(GCN):
    ...     def forward(self, x, edges):
    ...         out = super().forward(x, edges)
    ...         return out - out.mean(0)
    >>> centred = lambda inputs, n_outputs: Centred(inputs.n_features, n_outputs)
    >>> check_graph_architecture(Architecture(name="centred", target=centred, takes="graph"))
    Traceback (most recent call last):
        ...
    AssertionError: architecture 'centred' lets graphs of one batch see each other; read edges.node_graph.
    """
    for options in (None, dict(record.example)):
        with attempt(record, "to resolve"):
            resolved = resolve_architecture(record, options, record.takes)[0]
        for inputs, weighted in CASES:
            graphs = [draw(inputs, *size, weighted=weighted, seed=i) for i, size in enumerate(SIZES)]
            for n_outputs in (1, 3):
                network = _build(record, resolved, inputs, n_outputs)
                for given in [*graphs, side_by_side(graphs)]:
                    _check_output(record, network, given, n_outputs)
            network.double().eval()
            if record.takes == "graph":
                _check_sparse(record, network, graphs[0])
            _check_order(record, options, inputs)
            _check_batch(record, network, graphs)
            for given in (side_by_side(graphs), graphs[1]):
                _check_training(record, network, given)
            build = partial(_build, record, resolved, inputs, 3)
            whole = side_by_side(graphs).to(torch.float64)
            check_seed(record, build)
            check_weights(record, network, build(1), whole)
            if record.batched is not False:
                check_members(record, build, (whole, whole))


def draw(inputs: GraphInputs, n_nodes: int, n_arcs: int, *, weighted: bool, seed: int) -> Drawn:
    """Draw a directed graph whose last node receives nothing, and of which one receives weight zero alone.

    Examples
    --------
    >>> draw(GraphInputs(2), 5, 8, weighted=True, seed=0).edges.weight.shape
    torch.Size([8])
    """
    rng = np.random.default_rng(seed)
    target = np.sort(rng.integers(max(n_nodes - 1, 1), size=n_arcs))
    weight = rng.uniform(0.5, 2.0, n_arcs) * (target > 0)
    features = rng.normal(size=(n_arcs, inputs.n_edge_features))
    kind = rng.integers(inputs.n_edge_types, size=n_arcs)
    edges = Edges(
        torch.as_tensor(rng.integers(n_nodes, size=n_arcs)),
        torch.as_tensor(target),
        n_nodes,
        weight=torch.as_tensor(weight) if weighted else None,
        features=torch.as_tensor(features) if inputs.n_edge_features else None,
        type=torch.as_tensor(kind) if inputs.n_edge_types > 1 else None,
        n_types=inputs.n_edge_types,
    )
    return Drawn(torch.as_tensor(rng.normal(size=(n_nodes, inputs.n_features))), edges)


def side_by_side(graphs: Sequence[Drawn], *, as_batch: bool = True) -> Drawn:
    """Return graphs as one, a batch of which `node_graph` says whose each node is, or a single graph of components.

    Examples
    --------
    >>> one = draw(GraphInputs(2), 2, 1, weighted=True, seed=0)
    >>> side_by_side([one, one]).edges.node_graph
    tensor([0, 0, 1, 1])
    """
    sizes = [each.edges.n_nodes for each in graphs]
    starts = [0, *accumulate(sizes)]

    def joined(values: list[Any]) -> Any:
        return None if values[0] is None else torch.cat(values)

    edges = Edges(
        torch.cat([each.edges.source + start for each, start in zip(graphs, starts, strict=False)]),
        torch.cat([each.edges.target + start for each, start in zip(graphs, starts, strict=False)]),
        starts[-1],
        weight=joined([each.edges.weight for each in graphs]),
        features=joined([each.edges.features for each in graphs]),
        type=joined([each.edges.type for each in graphs]),
        n_types=graphs[0].edges.n_types,
    )
    if as_batch:
        number = torch.repeat_interleave(torch.tensor(sizes))
        edges = replace(edges, node_graph=number, n_graphs=len(graphs))
    return Drawn(torch.cat([each.x for each in graphs]), edges)


def _build(
    record: Architecture, resolved: Resolved, inputs: GraphInputs, n_outputs: int, seed: int = 0
) -> nn.Module:
    with attempt(
        record,
        f"to build for {inputs.n_features} features of nodes, {inputs.n_edge_features} of edges and "
        f"{inputs.n_edge_types} types of edges",
    ):
        return build_network(resolved, inputs, n_outputs, seed=seed, dtype=torch.float64, device=CPU)


def _check_output(record: Architecture, network: nn.Module, given: Drawn, n_outputs: int) -> None:
    n_nodes, n_arcs, n_graphs = given.edges.n_nodes, len(given.edges), given.edges.n_graphs
    count, what = (n_nodes, "nodes") if record.takes == "graph" else (n_graphs, "graphs")
    for dtype in (torch.float32, torch.float64):
        network.to(dtype).eval()
        x, edges = given.to(dtype)
        with attempt(record, f"on {n_nodes} nodes and {n_arcs} arcs in {dtype}"), no_global_noise(record):
            raw = network(x, edges)
        claim(record, isinstance(raw, Tensor), f"returns {type(raw).__name__}; return a tensor.")
        claim(
            record,
            tuple(raw.shape) == (count, n_outputs),
            f"returns shape {tuple(raw.shape)} for {count} {what} and {n_outputs} outputs; "
            f"return {(count, n_outputs)}.",
        )
        claim(record, raw.dtype == dtype, f"turns {dtype} into {raw.dtype}; keep the dtype.")
        claim(record, raw.isfinite().all(), f"returns numbers that are not finite for {n_nodes} nodes and {n_arcs} "
              "arcs.")  # fmt: skip
        fresh, same = given.to(dtype), torch.equal
        kept = same(x, fresh[0]) and all(
            mine is None or same(mine, own)
            for mine, own in zip(_carried(edges), _carried(fresh[1]), strict=True)
        )
        claim(record, kept, "changes its inputs in place; work on copies.")


def _carried(edges: Edges) -> tuple[Tensor | None, ...]:
    return edges.source, edges.target, edges.weight, edges.features, edges.type


def _check_sparse(record: Architecture, network: nn.Module, given: Drawn) -> None:
    x, edges = given.to(torch.float64)
    x = x * (x > 0)
    rows, columns = x.nonzero(as_tuple=True)
    matrix = SparseMatrix.from_entries(rows, columns, x[rows, columns], (x.shape[0], x.shape[1]))
    with (
        attempt(
            record,
            "on sparse node features; map them by deepstat.layers.graph.node_linear.NodeLinear, or make them dense:",
        ),
        torch.no_grad(),
    ):
        same = torch.allclose(network(matrix, edges), network(x, edges), rtol=1e-9, atol=1e-11)
    claim(record, same, "computes something else for sparse node features than for the same features dense.")


def _check_batch(record: Architecture, network: nn.Module, graphs: Sequence[Drawn]) -> None:
    """Compare the graphs of a batch, and components of one graph, with each of them alone."""
    with torch.no_grad():
        alone = torch.cat([network(*each.to(torch.float64)) for each in graphs])
        batch = network(*side_by_side(graphs).to(torch.float64))
        apart = torch.allclose(batch, alone, rtol=1e-9, atol=1e-11)
        claim(record, apart, "lets graphs of one batch see each other; read edges.node_graph.")
        if record.takes == "graphs" or any(
            getattr(module, "reads_whole_graph", False) for module in network.modules()
        ):
            return
        one = network(*side_by_side(graphs, as_batch=False).to(torch.float64))
    apart = torch.allclose(one, alone, rtol=1e-9, atol=1e-11)
    claim(record, apart, "computes a node from nodes that no edge leads from; if that is meant, say "
          "reads_whole_graph = True in the module that does so.")  # fmt: skip


def _check_order(record: Architecture, options: dict[str, Any] | None, inputs: GraphInputs) -> None:
    """Check that renumbered nodes get the same outputs."""
    if inputs.n_features == 1:  # the check below draws three
        return
    check = check_permutation_equivariance if record.takes == "graph" else check_permutation_invariance
    check(record, options, n_edge_features=inputs.n_edge_features, n_edge_types=inputs.n_edge_types)


def _check_training(record: Architecture, network: nn.Module, given: Drawn) -> None:
    network.train()
    with attempt(record, f"to be trained on {len(given.edges)} arcs"), no_global_noise(record):
        raw = network(*given.to(torch.float64))
        (raw.square().sum() + take_auxiliary_loss(network)).backward()
    check_gradients(record, network)
    network.eval()
