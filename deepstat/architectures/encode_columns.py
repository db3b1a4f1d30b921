"""The first layer of recipes for tables: its options, checked once."""

from __future__ import annotations

from typing import Any

from deepstat.architectures.check_options import check_count
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.inputs import Inputs
from deepstat.layers.column_encoder import ColumnEncoder


@takes_options_of(ColumnEncoder)
def encode_columns(inputs: Inputs, **columns: Any) -> ColumnEncoder:
    """Return the layer that embeds the columns of a table.

    Parameters
    ----------
    inputs : Inputs
    **columns
        Those of :class:`deepstat.layers.column_encoder.ColumnEncoder`.

    Raises
    ------
    ValueError
        If a number of levels or of trained numbers makes no sense.

    Examples
    --------
    >>> encode_columns(Inputs(n_numeric=2, cardinalities=(3,))).n_features
    5
    """
    check_count("embedding_dim", columns["embedding_dim"])
    check_count("one_hot_max", columns["one_hot_max"], least=0)
    return ColumnEncoder(inputs, **columns)
