"""From the encoded table to the features of a network's first affine map."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.data.inputs import Inputs
from deepstat.errors import unknown
from deepstat.layers.category_embedding import CategoryEmbedding
from deepstat.layers.periodic import PeriodicEmbedding
from deepstat.layers.piecewise_linear import PiecewiseLinearEmbedding
from deepstat.layers.quantile_edges import quantile_edges


def make_numeric_embedding(
    inputs: Inputs, name: str, params: Mapping[str, Any]
) -> tuple[nn.Module | None, int]:
    """Build the embedding of the numeric columns (None: leave them) and its number of outputs."""
    if name not in NUMERIC_EMBEDDINGS:
        raise unknown("numeric_embedding", name, NUMERIC_EMBEDDINGS)
    options = NUMERIC_EMBEDDINGS[name] | dict(params)
    for option, value in options.items():
        if option not in NUMERIC_EMBEDDINGS[name]:
            raise unknown(
                f"option of numeric_embedding {name!r}:", option, NUMERIC_EMBEDDINGS[name] or ["no option"]
            )
        if option.startswith("n_") and not (isinstance(value, int) and value >= 1):
            raise ValueError(f"{option} of numeric_embedding {name!r} is {value!r}; give a positive integer.")
    if name == "none" or inputs.n_numeric == 0:
        return None, inputs.n_numeric
    width = inputs.n_numeric * options["n_outputs"]
    if name == "periodic":
        return PeriodicEmbedding(inputs.n_numeric, **options), width
    n_bins = options.pop("n_bins")
    if inputs.sample is None:
        # Columns are standardised; a saved network overwrites these.
        edges = torch.linspace(-3.0, 3.0, n_bins + 1).repeat(inputs.n_numeric, 1)
    else:
        edges = quantile_edges(inputs.sample[:, : inputs.n_numeric], n_bins)
    return PiecewiseLinearEmbedding(edges, **options), width


def _options(embedding: type[nn.Module]) -> dict[str, Any]:
    parameters = signature(embedding).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


NUMERIC_EMBEDDINGS: dict[str, dict[str, Any]] = {
    "none": {},
    "periodic": _options(PeriodicEmbedding),
    "piecewise_linear": {"n_bins": 16} | _options(PiecewiseLinearEmbedding),
}
"""The options of each numeric embedding with their defaults."""


class ColumnEncoder(nn.Module):
    """Embed the numeric columns and the codes of an encoded table and lay them side by side, numeric first.

    Parameters
    ----------
    inputs : Inputs
        What is known of the table.
    numeric_embedding : {"none", "periodic", "piecewise_linear"}
    numeric_embedding_params : mapping or None
        Options of the embedding: periodic ``n_frequencies=16, n_outputs=8, sigma=0.1, relu=True``; piecewise
        linear ``n_bins=16, n_outputs=8, relu=False``.
    embedding_dim, one_hot_max : int
        See :class:`deepstat.layers.category_embedding.CategoryEmbedding`.

    Attributes
    ----------
    n_features : int
        Number of columns of the result.
    identity : bool
        Whether the result is the table itself; then a network may leave the encoder out.

    Examples
    --------
    >>> encoder = ColumnEncoder(Inputs(n_numeric=1, cardinalities=(2,)))
    >>> encoder(torch.tensor([[0.5, 2.0], [-1.0, 0.0]]))
    tensor([[ 0.5000,  0.0000,  1.0000],
            [-1.0000,  0.0000,  0.0000]])
    """

    def __init__(
        self,
        inputs: Inputs,
        *,
        numeric_embedding: str = "none",
        numeric_embedding_params: Mapping[str, Any] | None = None,
        embedding_dim: int = 8,
        one_hot_max: int | None = 9,
    ) -> None:
        super().__init__()
        self.n_numeric = inputs.n_numeric
        self.numeric, n_numeric_features = make_numeric_embedding(
            inputs, numeric_embedding, numeric_embedding_params or {}
        )
        self.categories = (
            CategoryEmbedding(inputs.cardinalities, embedding_dim, one_hot_max)
            if inputs.cardinalities
            else None
        )
        self.n_features = n_numeric_features + (
            self.categories.n_features if self.categories is not None else 0
        )
        self.identity = self.numeric is None and self.categories is None

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs.width) to (n, n_features)."""
        if self.categories is None:
            return x if self.numeric is None else self.numeric(x)
        if self.n_numeric == 0:
            return self.categories(x)
        numeric, codes = x[:, : self.n_numeric], x[:, self.n_numeric :]
        if self.numeric is not None:
            numeric = self.numeric(numeric)
        return torch.cat([numeric, self.categories(codes)], 1)
