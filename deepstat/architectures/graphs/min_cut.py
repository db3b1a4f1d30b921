"""MinCut: nodes are pooled by a soft assignment that cuts few edges."""

from __future__ import annotations

from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_pooled import build_pooled
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs


@takes_options_of(build_pooled, sizes=(10,))
def min_cut(
    inputs: GraphInputs,
    n_outputs: int,
    *,
    cut_weight: float = 1.0,
    orthogonality_weight: float = 1.0,
    **levels: Any,
) -> nn.Module:
    """Build operators with soft assignments to ever fewer clusters between them, trained to cut few edges.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    cut_weight, orthogonality_weight : float
        Weights of two terms added to the loss: the edges between clusters, and how far clusters overlap or differ in
        size. See :class:`deepstat.layers.pooling.min_cut.MinCut`.
    **levels
        Options of :func:`deepstat.architectures.graphs.build_pooled.build_pooled`.

    Returns
    -------
    nn.Module

    References
    ----------
    Bianchi, Grattarola and Alippi (2020), Spectral clustering with graph neural networks for graph pooling, ICML.

    Examples
    --------
    >>> len(min_cut(GraphInputs(n_numeric=3), 2).poolings)
    1
    """
    pooling_params = {"cut_weight": cut_weight, "orthogonality_weight": orthogonality_weight}
    return build_pooled(inputs, n_outputs, "min_cut", pooling_params, **levels)
