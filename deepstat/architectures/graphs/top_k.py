"""Networks that keep the nodes with the highest scores."""

from __future__ import annotations

from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_pooled import build_pooled
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs


@takes_options_of(build_pooled, sizes=(0.5,))
def top_k(inputs: GraphInputs, n_outputs: int, *, gate: str = "tanh", **levels: Any) -> nn.Module:
    """Build operators with a choice of nodes between them.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    gate : {"tanh", "sigmoid"}
        Of the score that a node is chosen by, and multiplied with.
    **levels
        Options of :func:`deepstat.architectures.graphs.build_pooled.build_pooled`.

    Returns
    -------
    nn.Module

    References
    ----------
    Cangea, Velickovic, Jovanovic, Kipf and Lio (2018), Towards sparse hierarchical graph classifiers. Gao and Ji
    (2019), Graph U-Nets, ICML.

    Examples
    --------
    >>> len(top_k(GraphInputs(n_numeric=3), 2).poolings)
    1
    """
    pooling_params = {"gate": gate}
    return build_pooled(inputs, n_outputs, "top_k", pooling_params, **levels)
