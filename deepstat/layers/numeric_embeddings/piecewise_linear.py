"""Piecewise linear embeddings of numeric columns: where the bins lie."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.data.inputs import Inputs
from deepstat.errors import unknown
from deepstat.layers.capped_edges import capped_edges
from deepstat.layers.numeric_embeddings.check_counts import check_counts
from deepstat.layers.piecewise_linear import PiecewiseLinearEmbedding
from deepstat.layers.quantile_edges import quantile_edges
from deepstat.layers.tree_edges import tree_edges

BINS = ("quantile", "capped", "target")


def piecewise_linear(
    inputs: Inputs,
    *,
    n_bins: int = 16,
    n_outputs: int = 8,
    relu: bool = False,
    dense: bool = False,
    bins: str = "quantile",
    min_leaf: int = 16,
) -> nn.Module:
    """Build a :class:`deepstat.layers.piecewise_linear.PiecewiseLinearEmbedding` with bins learned from the sample.

    Parameters
    ----------
    inputs : Inputs
        Without a sample, or with bins of a target that is not there, the edges are evenly spaced in ±3.
    n_bins : int
        Bins of each column.
    n_outputs : int
        Outputs for each column.
    relu : bool
        Whether to apply max(0, ·) to the outputs.
    dense : bool
        Whether the columns themselves are outputs too, so that straight lines need no bins.
    bins : {"quantile", "capped", "target"}
        "quantile": bins that hold equal shares of the rows. "capped": the same, but no value counts for more than one
        bin, for columns with frequent values (:func:`deepstat.layers.capped_edges.capped_edges`). "target": the leaves
        of a regression tree of the target on the column alone (:func:`deepstat.layers.tree_edges.tree_edges`), narrow
        where the target changes.
    min_leaf : int
        Least number of rows in a leaf of that tree.

    Examples
    --------
    >>> inputs = Inputs(1, sample=torch.tensor([[0.0], [1.0], [2.0], [6.0]]), target=torch.eye(4)[:, 3:])
    >>> for bins in BINS:
    ...     print(piecewise_linear(inputs, n_bins=2, bins=bins, min_leaf=1).start.flatten().tolist())
    [0.0, 1.5]
    [0.0, 1.5]
    [0.0, 4.0]
    """
    check_counts("piecewise_linear", n_bins=n_bins, n_outputs=n_outputs, min_leaf=min_leaf)
    if bins not in BINS:
        raise unknown("bins of numeric_embedding 'piecewise_linear':", str(bins), BINS)
    return PiecewiseLinearEmbedding(_edges(inputs, n_bins, bins, min_leaf), n_outputs, relu, dense)


def _edges(inputs: Inputs, n_bins: int, bins: str, min_leaf: int) -> Tensor:
    target = inputs.target if inputs.has_sample and bins == "target" else None
    if not inputs.has_sample or (bins == "target" and target is None):
        # Columns are standardised; a saved network overwrites these.
        return torch.linspace(-3.0, 3.0, n_bins + 1).repeat(inputs.n_numeric, 1)
    sample = inputs.sample[:, : inputs.n_numeric]
    if bins == "capped":
        return capped_edges(sample, n_bins, inputs.weight)
    if target is None:
        return quantile_edges(sample, n_bins, inputs.weight)
    return tree_edges(sample, target, n_bins, min_leaf=min_leaf, weight=inputs.weight)
