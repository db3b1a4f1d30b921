"""GraphSAGE."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.graph_sage import GraphSAGE


@takes_options_of(build_stack, hidden_layer_sizes=(64,), dropout=0.5)
def graph_sage(
    inputs: GraphInputs, n_outputs: int, *, aggregator: str = "mean", unit_rows: bool = False, **stack: Any
) -> nn.Module:
    """Build a GraphSAGE network.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    aggregator : {"mean", "max", "sum"}
    unit_rows : bool
        Whether the rows of hidden layers are divided by their length.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Hamilton, Ying and Leskovec (2017), Inductive representation learning on large graphs, NeurIPS.

    Examples
    --------
    >>> network = graph_sage(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    last = partial(GraphSAGE, aggregator=aggregator)
    return build_stack(inputs, n_outputs, partial(last, unit_rows=unit_rows), last, **stack)
