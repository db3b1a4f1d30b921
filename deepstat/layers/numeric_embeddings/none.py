"""Numeric columns as they are."""

from __future__ import annotations

from torch import nn

from deepstat.data.inputs import Inputs


def none(inputs: Inputs) -> nn.Module:
    """Build the layer that changes nothing; networks leave it out.

    Examples
    --------
    >>> none(Inputs(n_numeric=3)).n_features_out
    3
    """
    layer = nn.Identity()
    layer.n_features_out = inputs.n_numeric  # type: ignore[assignment]  # a plain number, no parameter
    return layer
