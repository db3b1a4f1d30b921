"""What the recipes of graph networks share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.check_options import check_choice, check_counts, check_dropout
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.drop_edge import DropEdge
from deepstat.layers.graph.graph_stack import SKIPS, GraphStack
from deepstat.layers.graph.jumping_knowledge import JumpingKnowledge
from deepstat.layers.graph.typed_features import TypeEncoder

NORMALIZATIONS = ("none", "batch", "layer", "pair")
JUMPING = ("none", "concat", "max", "attention")
# Common width of node types that have features of their own.
TYPE_WIDTH = 64


def build_stack(
    inputs: GraphInputs,
    n_outputs: int,
    operator: Callable[..., nn.Module],
    last: Callable[..., nn.Module] | None = None,
    *,
    hidden_layer_sizes: Sequence[int],
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    dropout: float = 0.0,
    normalization: str = "none",
    skip: str = "none",
    jumping: str = "none",
    drop_edge: float = 0.0,
    penalise: str = "all",
) -> nn.Module:
    """Build operators one after the other, of the hidden widths and then of the outputs.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    operator : callable
        ``operator(n_in, n_out, *, n_types, n_edge_features)``: a layer.
    last : callable or None
        The same for the layer that gives the outputs; None: like the hidden ones.
    hidden_layer_sizes : sequence of int
    activation, activation_params : callable, mapping or None
    dropout : float
        Of each operator's inputs.
    normalization : {"none", "batch", "layer", "pair"}
        After each hidden operator.
    skip : {"none", "residual", "dense"}
        See :class:`deepstat.layers.graph.graph_stack.GraphStack`.
    jumping : {"none", "concat", "max", "attention"}
        How the hidden layers are joined before an affine map to the outputs; "none": the last operator gives them.
    drop_edge : float
        Share of the edges left out at each step, see :class:`deepstat.layers.graph.drop_edge.DropEdge`.
    penalise : {"all", "first"}
        Whether `l1` and `l2` act on the weights of all operators or of the first alone.

    Returns
    -------
    nn.Module
        ``forward(features, edges) -> (n, n_outputs)``.

    Examples
    --------
    >>> from deepstat.layers.graph.gcn import GCN
    >>> len(build_stack(GraphInputs(n_numeric=3), 2, GCN, hidden_layer_sizes=(8, 8)).operators)
    3
    """
    check_counts("hidden_layer_sizes", hidden_layer_sizes)
    check_dropout("dropout", dropout)
    check_dropout("drop_edge", drop_edge)
    check_choice("normalization", normalization, NORMALIZATIONS)
    check_choice("skip", skip, SKIPS)
    check_choice("jumping", jumping, JUMPING)
    check_choice("penalise", penalise, ("all", "first"))
    if jumping != "none" and not hidden_layer_sizes:
        raise ValueError(
            f"jumping={jumping!r} joins hidden layers: give hidden_layer_sizes, or jumping='none'."
        )
    width = TYPE_WIDTH if inputs.type_widths else inputs.n_features
    of_edges = {"n_types": inputs.n_edge_types, "n_edge_features": inputs.n_edge_features}
    widths = [int(size) for size in hidden_layer_sizes]
    operators = []
    for size in widths:
        operators.append(operator(width, size, **of_edges))
        width = size + (width if skip == "dense" else 0)
    joined = None
    if jumping == "none":
        operators.append((last or operator)(width, n_outputs, **of_edges))
        widths.append(n_outputs)
    else:
        joined = JumpingKnowledge(widths, n_outputs, how=jumping)
    stack = GraphStack(
        operators,
        widths,
        activation=activation,
        activation_params=activation_params,
        dropout=dropout,
        normalization=normalization,
        skip=skip,
        jumping=joined,
        edge_mask=DropEdge(drop_edge) if drop_edge else None,
        unpenalised=penalise == "first",
    )
    return TypedStack(TypeEncoder(inputs.type_widths, TYPE_WIDTH), stack) if inputs.type_widths else stack


class TypedStack(nn.Module):
    """An encoder of typed features, then a network of the nodes.

    Parameters
    ----------
    encoder, network : nn.Module

    Examples
    --------
    >>> from deepstat.layers.graph.gcn import GCN
    >>> TypedStack(TypeEncoder((2, 3), 4), GCN(4, 1)).encoder.maps[1].in_features
    3
    """

    def __init__(self, encoder: nn.Module, network: nn.Module) -> None:
        super().__init__()
        self.encoder, self.network = encoder, network

    def forward(self, x: Any, edges: Any) -> Any:
        """Return (n, k)."""
        return self.network(self.encoder(x), edges)
