"""Operators one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.errors import unknown
from deepstat.layers.activation import make_activation
from deepstat.layers.graph.dense import dense
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_dropout import NodeDropout
from deepstat.layers.graph.of_targets import of_targets
from deepstat.layers.graph.pair_norm import PairNorm
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.normalization import make_normalization

SKIPS = ("none", "residual", "dense")


class GraphStack(nn.Module):
    """Operators with dropout before each of them, and normalisation and activation after each but the last.

    Parameters
    ----------
    operators : sequence of nn.Module
        ``forward(x, edges) -> (n, width)``.
    widths : sequence of int
        Output width of each operator.
    activation : callable
    activation_params : mapping or None
    dropout : float
        Probability of dropping an entry of an operator's inputs, the node features included.
    normalization : {"none", "batch", "layer", "pair"}
    skip : {"none", "residual", "dense"}
        "residual" adds an operator's inputs to its outputs where the widths agree; "dense" hands each operator's
        outputs on together with its inputs (the operators must be built for it).
    jumping : nn.Module or None
        Joins the outputs of all operators into the result (:class:`JumpingKnowledge`); None: those of the last.
    edge_mask : nn.Module or None
        Changes the edges for each pass (:class:`DropEdge`).
    unpenalised : bool
        Whether penalties on weights leave out all operators but the first, as Kipf and Welling (2017) do.

    References
    ----------
    Kipf and Welling (2017), Semi-supervised classification with graph convolutional networks; Li, Mueller, Thabet and
    Ghanem (2019), DeepGCNs: can GCNs go as deep as CNNs?

    Examples
    --------
    >>> from deepstat.layers.graph.gcn import GCN
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> GraphStack([GCN(3, 4), GCN(4, 2)], [4, 2])(torch.eye(2, 3), edges).shape
    torch.Size([2, 2])
    """

    def __init__(
        self,
        operators: Sequence[nn.Module],
        widths: Sequence[int],
        *,
        activation: Callable[..., Any] = torch.relu,
        activation_params: Mapping[str, Any] | None = None,
        dropout: float = 0.0,
        normalization: str = "none",
        skip: str = "none",
        jumping: nn.Module | None = None,
        edge_mask: nn.Module | None = None,
        unpenalised: bool = False,
    ) -> None:
        super().__init__()
        if skip not in SKIPS:
            raise unknown("skip", skip, SKIPS)
        n = len(operators)
        inner = widths if jumping is not None else widths[:-1]
        self.operators = nn.ModuleList(operators)
        self.norms = nn.ModuleList(_norm(normalization, width) for width in inner)
        self.activations = nn.ModuleList(make_activation(activation, activation_params) for _ in inner)
        self.dropouts = nn.ModuleList(NodeDropout(dropout) if dropout else nn.Identity() for _ in range(n))
        self.skip, self.jumping, self.edge_mask = skip, jumping, edge_mask
        later = [f"operators.{i}" for i in range(1, n)] + ([] if jumping is None else ["jumping"])
        self.unpenalised = tuple(later) if unpenalised else ()

    def forward(self, x: Tensor | SparseMatrix, edges: Edges | tuple[Edges, ...]) -> Tensor:
        """Return (n, k); edges may be one for each operator."""
        layers = edges if isinstance(edges, tuple) else (edges,) * len(self.operators)
        if self.edge_mask is not None:
            masked = {id(own): self.edge_mask(own) for own in layers}  # one mask for all layers of one graph
            layers = tuple(masked[id(own)] for own in layers)
        state: Any = x
        outputs: list[Any] = []
        for i, (operator, edges) in enumerate(zip(self.operators, layers, strict=True)):
            before = state
            state = operator(self.dropouts[i](state), edges)
            if edges.n_targets is not None:  # of a sampled batch: the next layer needs no more
                before, *outputs = (of_targets(edges, own) for own in (before, *outputs))
            if i < len(self.activations):
                norm = self.norms[i]
                state = self.activations[i](norm(state, edges) if isinstance(norm, PairNorm) else norm(state))
                if self.skip == "residual" and before.shape == state.shape:
                    state = state + dense(before)
            outputs.append(state)
            if i < len(self.activations) and self.skip == "dense":
                state = torch.cat([dense(before), state], dim=1)
        return state if self.jumping is None else self.jumping(outputs)


def _norm(name: str, width: int) -> nn.Module:
    if name == "pair":
        return PairNorm()
    return make_normalization(name, width) or nn.Identity()
