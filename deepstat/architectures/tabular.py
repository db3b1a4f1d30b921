"""The default network of tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.architectures.check_options import check_choice, check_counts, check_dropout
from deepstat.architectures.encode_columns import encode_columns
from deepstat.architectures.hidden_layers import hidden_layers
from deepstat.architectures.mlp import LinearSkip
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.inputs import Inputs
from deepstat.layers.feature_gate import FeatureGate
from deepstat.layers.normalization import NORMALIZATIONS
from deepstat.layers.ntk_linear import NTKLinear
from deepstat.layers.numeric_embeddings.piecewise_linear import piecewise_linear
from deepstat.layers.start_by_data import some_rows, start_by_data

AFFINE: dict[str, Callable[[int, int], nn.Module]] = {"standard": nn.Linear, "ntk": NTKLinear}
STARTS = ("random", "data")
# Numbers that the embeddings of all columns make together, beyond which each column gets fewer.
EMBEDDED = 1024
# Bins of a column, and of all columns together. They grow from so many rows on.
FEW_BINS, MOST_BINS, BINS_TOGETHER = 32, 128, 4096
MANY_ROWS = 4096


@takes_options_of(encode_columns, numeric_embedding=piecewise_linear, numeric_scaling="symlog")
def tabular(
    inputs: Inputs,
    n_outputs: int,
    *,
    hidden_layer_sizes: Sequence[int] = (128, 128),
    activation: Callable[..., Any] = torch.relu,
    activation_params: Mapping[str, Any] | None = None,
    dropout: float = 0.0,
    normalization: str = "none",
    parametrization: str = "standard",
    start: str = "random",
    gates: bool = False,
    skip: bool = False,
    **columns: Any,
) -> nn.Module:
    """Build the default network of tables: columns embedded by bins, then a perceptron.

    A multilayer perceptron learns smooth functions of standardised columns; boosted trees, which cut columns, are
    better where the target jumps or bends in a single column. An embedding by bins gives each column a basis of hinges,
    so that the network can do both. What each part adds is measured on the page about defaults.

    Parameters
    ----------
    inputs : Inputs
    n_outputs : int
    hidden_layer_sizes : sequence of int
        Widths of the hidden layers.
    activation, activation_params, dropout, normalization
        As for :func:`deepstat.architectures.mlp.mlp`.
    parametrization : {"standard", "ntk"}
        "ntk": weights of unit variance, divided by the root of the layer's width in use, see
        :class:`deepstat.layers.ntk_linear.NTKLinear`; it wants learning rates ten times as high.
    start : {"random", "data"}
        "data": hidden units start with unit variance over the training rows and bend at one of them, see
        :func:`deepstat.layers.start_by_data.start_by_data`.
    gates : bool
        Whether each encoded feature has a trained factor, see :class:`deepstat.layers.feature_gate.FeatureGate`.
    skip : bool
        Whether a linear map of the encoded columns is added to the outputs.
    numeric_embedding, numeric_embedding_params
        See :class:`deepstat.layers.column_encoder.ColumnEncoder`. The default is "piecewise_linear" with bins of equal
        shares (``bins="capped"``: no value takes more than one), ``relu=True`` and ``dense=True``; how many bins and
        outputs a column gets depends on the numbers of rows and columns, see :func:`bins_for`.
    embedding_dim, one_hot_max, category_encoding, numeric_scaling
        See :class:`deepstat.layers.column_encoder.ColumnEncoder`. Tails of numeric columns are compressed
        (``numeric_scaling="symlog"``): otherwise a few outliers rule the path beside the bins.

    Returns
    -------
    nn.Module

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features in tabular deep learning, NeurIPS.
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted trees on tabular
    data, NeurIPS.

    Examples
    --------
    >>> tabular(Inputs(n_numeric=3), 2)(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """
    check_counts("hidden_layer_sizes", hidden_layer_sizes)
    check_dropout("dropout", dropout)
    check_choice("normalization", normalization, NORMALIZATIONS)
    check_choice("parametrization", parametrization, AFFINE)
    check_choice("start", start, STARTS)
    if columns["numeric_embedding"] is piecewise_linear:
        given = columns["numeric_embedding_params"] or {}
        columns["numeric_embedding_params"] = {**bins_for(inputs.n_numeric, inputs.n_rows), **given}
    encoder = encode_columns(inputs, **columns)
    layers = hidden_layers(
        encoder.n_features,
        n_outputs,
        hidden_layer_sizes,
        activation=activation,
        activation_params=activation_params,
        dropout=dropout,
        normalization=normalization,
        affine=AFFINE[parametrization],
    )
    if start == "data" and inputs.has_sample:
        with torch.no_grad():
            rows = some_rows(inputs.sample)
            start_by_data(layers, encoder.to(rows.dtype)(rows))
    network: nn.Module = LinearSkip(layers, encoder.n_features, n_outputs) if skip else layers
    parts = [] if encoder.identity else [encoder]
    if gates:
        parts.append(FeatureGate(encoder.n_features))
    return nn.Sequential(*parts, network) if parts else network


def bins_for(n_numeric: int, n_rows: int = 0) -> dict[str, Any]:
    """Return the options of the default embedding for so many numeric columns and training rows.

    Each column gets 32 bins, 64 from 4,096 rows on and 128 from 8,192. Many columns bound bins and outputs, as the time
    of a step grows with all of them together: beyond 128 columns each gets less than 32, two at least.

    Examples
    --------
    >>> bins_for(8, 1000), bins_for(512)["n_outputs"]
    ({'bins': 'capped', 'n_bins': 32, 'n_outputs': 8, 'relu': True, 'dense': True}, 2)
    >>> [bins_for(8, n)["n_bins"] for n in (4_000, 5_000, 10_000, 20_000, 1_000_000)]
    [32, 64, 128, 128, 128]
    >>> [bins_for(p, 20_000)["n_bins"] for p in (16, 32, 50, 100)]
    [128, 128, 81, 40]
    >>> [bins_for(p, 1_000)["n_bins"] for p in (100, 256, 2_000)]
    [32, 16, 2]
    """
    doublings = (n_rows // MANY_ROWS).bit_length()
    most = max(2, min(MOST_BINS, BINS_TOGETHER // max(n_numeric, 1)))
    return {
        "bins": "capped",
        "n_bins": min(FEW_BINS * 2**doublings, most),
        "n_outputs": max(1, min(8, EMBEDDED // max(n_numeric, 1))),
        "relu": True,
        "dense": True,
    }
