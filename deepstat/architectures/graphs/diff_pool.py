"""DiffPool: nodes are pooled by a soft assignment that a graph operator computes."""

from __future__ import annotations

from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_pooled import build_pooled
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs


@takes_options_of(build_pooled, sizes=(10,), operator="graph_sage", readout="max")
def diff_pool(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    link_weight: float = 1.0,
    entropy_weight: float = 1.0,
    **levels: Any,
) -> nn.Module:
    """Build operators with soft assignments to ever fewer clusters between them.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    link_weight, entropy_weight : float
        Weights of two terms added to the loss: how badly clusters say which nodes are linked, and how undecided the
        assignment is. See :class:`deepstat.layers.pooling.diff_pool.DiffPool`.
    **levels
        Options of :func:`deepstat.architectures.graphs.build_pooled.build_pooled`.

    Returns
    -------
    nn.Module

    References
    ----------
    Ying, You, Morris, Ren, Hamilton and Leskovec (2018), Hierarchical graph representation learning with differentiable
    pooling, NeurIPS.

    Examples
    --------
    >>> len(diff_pool(GraphInputs(n_numeric=3), 2).poolings)
    1
    """
    pooling_params = {"link_weight": link_weight, "entropy_weight": entropy_weight}
    return build_pooled(inputs, n_outputs, "diff_pool", pooling_params, **levels)
