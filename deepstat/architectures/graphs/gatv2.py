"""Graph attention network with dynamic attention."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_attention import build_attention
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gatv2 import GATv2


@takes_options_of(build_attention)
def gatv2(inputs: GraphInputs, n_outputs: int, *, share_weights: bool = False, **options: Any) -> nn.Module:
    """Build a graph attention network whose ranking of neighbours may differ from node to node.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    share_weights : bool
        Whether both ends of an edge are mapped by the same weights.
    **options
        Options of :func:`deepstat.architectures.graphs.build_attention.build_attention`.

    Returns
    -------
    nn.Module

    References
    ----------
    Brody, Alon and Yahav (2022), How attentive are graph attention networks?, ICLR.

    Examples
    --------
    >>> network = gatv2(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    operator = partial(GATv2, share_weights=share_weights)
    return build_attention(inputs, n_outputs, operator, **options)
