"""Graph convolutional network of whole graphs."""

from __future__ import annotations

from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_readout import build_readout
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gcn import GCN


@takes_options_of(build_readout, hidden_layer_sizes=(64, 64, 64), readout="mean", jumping="last", dropout=0.5)
def gcn_readout(inputs: GraphInputs, n_outputs: int, **readout: Any) -> nn.Module:
    """Build graph convolutions, a mean over nodes, and an affine map.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    **readout
        Options of :func:`deepstat.architectures.graphs.build_readout.build_readout`.

    Returns
    -------
    nn.Module

    References
    ----------
    Kipf and Welling (2017), Semi-supervised classification with graph convolutional networks, ICLR.

    Examples
    --------
    >>> len(gcn_readout(GraphInputs(n_numeric=3), 2).operators)
    3
    """
    return build_readout(inputs, n_outputs, GCN, **readout)
