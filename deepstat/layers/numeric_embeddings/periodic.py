"""Periodic embeddings of numeric columns, by the options of their layer."""

from __future__ import annotations

from torch import nn

from deepstat.data.inputs import Inputs
from deepstat.layers.numeric_embeddings.check_counts import check_counts
from deepstat.layers.periodic import PeriodicEmbedding


def periodic(
    inputs: Inputs,
    *,
    n_frequencies: int = 16,
    n_outputs: int = 8,
    sigma: float = 0.1,
    relu: bool = True,
    phase: bool = False,
    dense: bool = False,
) -> nn.Module:
    """Build a :class:`deepstat.layers.periodic.PeriodicEmbedding` of the numeric columns, with its options.

    Examples
    --------
    >>> periodic(Inputs(n_numeric=3), n_outputs=3, relu=False, phase=True, dense=True).n_features_out
    12
    """
    check_counts("periodic", n_frequencies=n_frequencies, n_outputs=n_outputs)
    return PeriodicEmbedding(inputs.n_numeric, n_frequencies, n_outputs, sigma, relu, phase, dense)
