"""Graph attention network."""

from __future__ import annotations

from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_attention import build_attention
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gat import GAT


@takes_options_of(build_attention)
def gat(inputs: GraphInputs, n_outputs: int, **options: Any) -> nn.Module:
    """Build a graph attention network; the defaults are the paper's for citation graphs.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    **options
        Options of :func:`deepstat.architectures.graphs.build_attention.build_attention`.

    Returns
    -------
    nn.Module

    References
    ----------
    Velickovic, Cucurull, Casanova, Romero, Lio and Bengio (2018), Graph attention networks, ICLR.

    Examples
    --------
    >>> network = gat(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    return build_attention(inputs, n_outputs, GAT, **options)
