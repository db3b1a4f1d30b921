"""Relational graph convolutional network."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.relational import Relational


@takes_options_of(build_stack, hidden_layer_sizes=(16,), dropout=0.5)
def relational(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    n_bases: int | None = None,
    n_blocks: int | None = None,
    **stack: Any,
) -> nn.Module:
    """Build a network with weights for each type of edge.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    n_bases : int or None
        The weights of all types are mixtures of so many; None: each type has its own.
    n_blocks : int or None
        The weights of a type are block-diagonal with so many blocks, in hidden layers; they must divide all widths.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Schlichtkrull, Kipf, Bloem, van den Berg, Titov and Welling (2018), Modeling relational data with graph
    convolutional networks, ESWC.

    Examples
    --------
    >>> network = relational(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    last = partial(Relational, n_bases=n_bases)
    return build_stack(inputs, n_outputs, partial(last, n_blocks=n_blocks), last, **stack)
