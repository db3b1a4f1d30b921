"""GraphSAGE of whole graphs."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_readout import build_readout
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.graph_sage import GraphSAGE


@takes_options_of(build_readout, hidden_layer_sizes=(32, 32, 32), readout="max", head_layer_sizes=(32,))
def sage_readout(
    inputs: GraphInputs, n_outputs: int, *, aggregator: str = "mean", **readout: Any
) -> nn.Module:
    """Build operators of GraphSAGE, a readout of every layer, and a hidden layer; as in Errica et al. (2020).

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    aggregator : {"mean", "max", "sum"}
        Of a node's neighbours.
    **readout
        Options of :func:`deepstat.architectures.graphs.build_readout.build_readout`.

    Returns
    -------
    nn.Module

    References
    ----------
    Hamilton, Ying and Leskovec (2017), Inductive representation learning on large graphs, NeurIPS. Errica, Podda,
    Bacciu and Micheli (2020), A fair comparison of graph neural networks for graph classification, ICLR.

    Examples
    --------
    >>> sage_readout(GraphInputs(n_numeric=3), 2, hidden_layer_sizes=(8, 8)).head[0]
    Linear(in_features=16, out_features=32, bias=True)
    """
    return build_readout(inputs, n_outputs, partial(GraphSAGE, aggregator=aggregator), **readout)
