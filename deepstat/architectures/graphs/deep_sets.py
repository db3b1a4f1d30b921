"""Deep sets: nodes without edges."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.deep_sets import DeepSets


@takes_options_of(build_stack, hidden_layer_sizes=(64,), dropout=0.5)
def deep_sets(inputs: GraphInputs, n_outputs: int, *, pool: str = "mean", **stack: Any) -> nn.Module:
    """Build a network of sets: each node sees itself and a pool of all nodes, whatever the edges.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    pool : {"mean", "sum", "max"}
        Over all nodes of a graph.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov and Smola (2017), Deep sets, NeurIPS.

    Examples
    --------
    >>> network = deep_sets(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    return build_stack(inputs, n_outputs, partial(DeepSets, pool=pool), **stack)
