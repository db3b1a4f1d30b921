"""The linear predictor of classical models."""

from __future__ import annotations

from torch import nn

from deepstat.data.inputs import Inputs
from deepstat.layers.column_encoder import ColumnEncoder


def linear(inputs: Inputs, n_outputs: int) -> nn.Module:
    """Build one affine map of the numeric columns and of the indicators of all levels of categorical columns.

    With the indicators of all levels and an intercept the coefficients are not unique (the predictions are);
    classical solvers drop a level of each column.

    Parameters
    ----------
    inputs : Inputs
    n_outputs : int

    Returns
    -------
    nn.Module
        With children `encoder`, where there are categorical columns, and `linear` (``nn.Linear``), whose
        columns are the numeric ones and then levels 1 to L of each categorical column.

    References
    ----------
    Nelder and Wedderburn (1972), Generalized linear models.

    Examples
    --------
    >>> linear(Inputs(n_numeric=2, cardinalities=(3, 40)), 1).linear
    Linear(in_features=45, out_features=1, bias=True)
    """
    encoder = ColumnEncoder(inputs, one_hot_max=None)
    network = nn.Sequential()
    if not encoder.identity:
        network.add_module("encoder", encoder)
    network.add_module("linear", nn.Linear(encoder.n_features, n_outputs))
    return network
