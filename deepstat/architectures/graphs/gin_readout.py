"""Graph isomorphism network of whole graphs."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_readout import build_readout
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.gin import GIN


@takes_options_of(build_readout, hidden_layer_sizes=(32, 32, 32, 32, 32), jumping="inputs", dropout=0.5)
def gin_readout(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    normalization: str = "batch",
    learn_eps: bool = False,
    **readout: Any,
) -> nn.Module:
    """Build a graph isomorphism network; the defaults are the paper's: five operators, sums of every layer read out.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    normalization : {"none", "batch", "layer"}
        Inside the multilayer perceptron of each operator, and of its outputs.
    learn_eps : bool
        Whether a node's own weight among its neighbours is trained.
    **readout
        Options of :func:`deepstat.architectures.graphs.build_readout.build_readout`.

    Returns
    -------
    nn.Module

    References
    ----------
    Xu, Hu, Leskovec and Jegelka (2019), How powerful are graph neural networks?, ICLR.

    Examples
    --------
    >>> gin_readout(GraphInputs(n_numeric=3), 2, hidden_layer_sizes=(8, 8)).head
    Sequential(
      (0): Dropout(p=0.5)
      (1): Linear(in_features=19, out_features=2, bias=True)
    )
    """
    operator = partial(GIN, normalization=normalization, learn_eps=learn_eps)
    return build_readout(inputs, n_outputs, operator, normalization=normalization, **readout)
