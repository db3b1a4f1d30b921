"""Graph convolutional network."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gcn import GCN


@takes_options_of(build_stack, hidden_layer_sizes=(16,), dropout=0.5, penalise="first")
def gcn(inputs: GraphInputs, n_outputs: int, *, self_loops: bool = True, **stack: Any) -> nn.Module:
    """Build a graph convolutional network; the defaults are the paper's.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    self_loops : bool
        Whether a node is its own neighbour.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Kipf and Welling (2017), Semi-supervised classification with graph convolutional networks, ICLR.

    Examples
    --------
    >>> [tuple(p.shape) for p in gcn(GraphInputs(n_numeric=3), 2).parameters()]
    [(16,), (16, 3), (2,), (2, 16)]
    """
    return build_stack(inputs, n_outputs, partial(GCN, self_loops=self_loops), **stack)
