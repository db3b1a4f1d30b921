"""What the recipes of graph attention networks share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs


@takes_options_of(build_stack, hidden_layer_sizes=(64,), activation=torch.nn.functional.elu, dropout=0.6)
def build_attention(
    inputs: GraphInputs,
    n_outputs: int,
    operator: Callable[..., nn.Module],
    *,
    heads: int = 8,
    output_heads: int = 1,
    attention_dropout: float = 0.6,
    self_loops: bool = True,
    **stack: Any,
) -> nn.Module:
    """Build operators of several heads; the defaults are those of Velickovic et al. (2018) for citation graphs.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    operator : callable
        ``operator(n_in, n_out, *, heads, concat, attention_dropout, self_loops, n_types, n_edge_features)``.
    heads : int
        Of hidden layers, side by side: their widths must be multiples of it.
    output_heads : int
        Of the last layer, averaged.
    attention_dropout : float
        Probability of dropping a coefficient of attention.
    self_loops : bool
        Whether a node attends to itself.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    Examples
    --------
    >>> from deepstat.layers.graph.gat import GAT
    >>> len(build_attention(GraphInputs(n_numeric=3), 2, GAT, hidden_layer_sizes=(8, 8)).operators)
    3
    """
    own = partial(operator, attention_dropout=attention_dropout, self_loops=self_loops)
    last = partial(own, heads=output_heads, concat=False)
    return build_stack(inputs, n_outputs, partial(own, heads=heads), last, **stack)
