"""Whether a graph network follows its nodes: renumbered nodes must get the same outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.data.graph_inputs import GraphInputs
from deepstat.estimators.components import record_of, resolve_architecture
from deepstat.estimators.network import build_network
from deepstat.layers.graph.edges import Edges
from deepstat.records import Architecture

N_FEATURES, N_OUTPUTS = 3, 2
# Numbers of nodes and of arcs: alone, without arcs, small, with parallel arcs and loops.
SIZES = ((1, 0), (4, 0), (5, 8), (12, 40), (30, 60))


def check_permutation_equivariance(
    architecture: Any,
    params: Mapping[str, Any] | None = None,
    *,
    n_edge_features: int = 0,
    n_edge_types: int = 1,
    tol: float = 1e-9,
    seed: int = 0,
) -> None:
    """Check that renumbering the nodes renumbers the outputs, ``f(P X, P A P') = P f(X, A)``.

    On random directed graphs, weighted, with loops and parallel edges, in float64 and prediction mode.

    Parameters
    ----------
    architecture : str, Architecture, callable or nn.Module
        A registered name, a record, a recipe of graph networks ``recipe(inputs, n_outputs)``; or a module of three
        node features with ``forward(features, edges)``.
    params : mapping or None
        Options of the architecture.
    n_edge_features, n_edge_types : int
        What edges carry in the check.
    tol : float, default=1e-9
        Largest difference, relative to the outputs.
    seed : int, default=0

    Raises
    ------
    AssertionError
        The outputs depend on the numbers of the nodes.

    References
    ----------
    Bronstein, Bruna, Cohen and Velickovic (2021), Geometric deep learning, section 5.3.

    Examples
    --------
    >>> check_permutation_equivariance("gcn")
    >>> class OnAdjacency(nn.Module):  # reads the rows of the adjacency matrix as if nodes had a place
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.weight = nn.Parameter(torch.randn(30, 2, generator=torch.Generator().manual_seed(0)))
    ...     def forward(self, x, edges):
    ...         rows = edges.matrix.with_values(edges.weight).to_dense()
    ...         return rows @ self.weight[: edges.n_nodes].to(rows)
    >>> check_permutation_equivariance(OnAdjacency())
    Traceback (most recent call last):
        ...
    AssertionError: OnAdjacency is not equivariant: with 5 nodes renumbered its outputs differ by 4.3e+00.
    """
    _check(architecture, params, n_edge_features, n_edge_types, tol, seed, invariant=False)


def check_permutation_invariance(
    architecture: Any,
    params: Mapping[str, Any] | None = None,
    *,
    n_edge_features: int = 0,
    n_edge_types: int = 1,
    tol: float = 1e-9,
    seed: int = 0,
) -> None:
    """Check that renumbering the nodes leaves what is said of a graph as it is, ``f(P X, P A P') = f(X, A)``.

    Parameters
    ----------
    architecture : str, Architecture, callable or nn.Module
        As for :func:`check_permutation_equivariance`, of networks with an output row for each graph.
    params, n_edge_features, n_edge_types, tol, seed
        As there.

    Raises
    ------
    AssertionError
        The outputs depend on the numbers of the nodes.

    Examples
    --------
    >>> class Sum(nn.Module):
    ...     def forward(self, x, edges):
    ...         return x.sum(0, keepdim=True)
    >>> check_permutation_invariance(Sum())
    """
    _check(architecture, params, n_edge_features, n_edge_types, tol, seed, invariant=True)


def _check(
    architecture: Any,
    params: Mapping[str, Any] | None,
    n_edge_features: int,
    n_edge_types: int,
    tol: float,
    seed: int,
    *,
    invariant: bool,
) -> None:
    inputs = GraphInputs(N_FEATURES, n_edge_features=n_edge_features, n_edge_types=n_edge_types)
    network, name = _network(architecture, params, inputs, seed)
    draws = torch.Generator().manual_seed(seed)
    for n_nodes, n_arcs in SIZES:
        x = torch.randn(n_nodes, N_FEATURES, dtype=torch.float64, generator=draws)
        graph = _Arcs.draw(n_nodes, n_arcs, inputs, draws)
        order = torch.randperm(n_nodes, generator=draws)  # node order[i] becomes node i
        with torch.no_grad():
            before = network(x, graph.edges(torch.arange(n_nodes)))
            after = network(x[order], graph.edges(order.argsort()))
        expected = before if invariant else before[order]
        word = "invariant" if invariant else "equivariant"
        if after.shape != expected.shape:
            raise AssertionError(
                f"{name} returns shape {tuple(before.shape)}, and {tuple(after.shape)} with its {n_nodes} nodes "
                "renumbered."
            )
        difference = float((after - expected).abs().max()) if after.numel() else 0.0
        if not difference <= tol * max(1.0, float(expected.abs().max()) if expected.numel() else 1.0):
            raise AssertionError(
                f"{name} is not {word}: with {n_nodes} nodes renumbered its outputs differ by {difference:.1e}."
            )


class _Arcs:
    """Random arcs and what they carry."""

    def __init__(
        self, source: Tensor, target: Tensor, weight: Tensor, features: Any, kind: Any, n: int, t: int
    ):
        self.source, self.target, self.weight = source, target, weight
        self.features, self.kind, self.n_nodes, self.n_types = features, kind, n, t

    @classmethod
    def draw(cls, n_nodes: int, n_arcs: int, inputs: GraphInputs, draws: torch.Generator) -> _Arcs:
        ends = torch.randint(0, n_nodes, (2, n_arcs), generator=draws)
        weight = torch.rand(n_arcs, dtype=torch.float64, generator=draws) + 0.5
        features = kind = None
        if inputs.n_edge_features:
            features = torch.randn(n_arcs, inputs.n_edge_features, dtype=torch.float64, generator=draws)
        if inputs.n_edge_types > 1:
            kind = torch.randint(0, inputs.n_edge_types, (n_arcs,), generator=draws)
        return cls(*ends, weight, features, kind, n_nodes, inputs.n_edge_types)

    def edges(self, number: Tensor) -> Edges:
        """Return the arcs with node i called number[i], sorted by target."""
        source, target = number[self.source], number[self.target]
        order = torch.argsort(target * self.n_nodes + source, stable=True)
        carried = (None if own is None else own[order] for own in (self.weight, self.features, self.kind))
        return Edges(source[order], target[order], self.n_nodes, *carried, n_types=self.n_types)


def _network(
    architecture: Any, params: Mapping[str, Any] | None, inputs: GraphInputs, seed: int
) -> tuple[Callable[..., Tensor], str]:
    if isinstance(architecture, nn.Module):
        return architecture.double().eval(), type(architecture).__name__
    takes = "graph"
    if isinstance(architecture, Architecture):
        takes = architecture.takes
    elif isinstance(architecture, str):
        takes = record_of("architecture", architecture).takes  # type: ignore[attr-defined]
    resolved, _ = resolve_architecture(architecture, params, takes)
    network = build_network(
        resolved, inputs, N_OUTPUTS, seed=seed, dtype=torch.float64, device=torch.device("cpu")
    )
    return network.eval(), f"architecture {resolved.record.name!r}"
