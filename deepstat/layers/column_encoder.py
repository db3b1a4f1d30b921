"""From the encoded table to the features of a network's first affine map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.data.inputs import Inputs, inputs_of
from deepstat.data.sample import Sample
from deepstat.errors import unknown
from deepstat.layers.build_numeric_embedding import build_numeric_embedding
from deepstat.layers.category_embedding import CategoryEmbedding
from deepstat.layers.ordered_categories import OrderedCategories
from deepstat.layers.smooth_clip import SmoothClip
from deepstat.layers.symlog import SymLog

NUMERIC_SCALINGS = ("standard", "robust", "symlog")
CATEGORY_ENCODINGS = ("auto", "embedding", "ordered")


class ColumnEncoder(nn.Module):
    """Embed the numeric columns and the codes of an encoded table and lay them side by side, numeric first.

    Parameters
    ----------
    inputs : Inputs
        What is known of the table.
    numeric_embedding : str or callable
        "none", "periodic" or "piecewise_linear", or a builder, see :class:`deepstat.records.NumericEmbedding`; with
        estimators every registered name (``deepstat list numeric_embeddings``).
    numeric_embedding_params : mapping or None
        Options of the embedding: see :func:`deepstat.layers.numeric_embeddings.periodic.periodic` and
        :func:`deepstat.layers.numeric_embeddings.piecewise_linear.piecewise_linear`.
    embedding_dim, one_hot_max : int
        See :class:`deepstat.layers.category_embedding.CategoryEmbedding`.
    category_encoding : {"auto", "embedding", "ordered"}
        What becomes of columns with more than `one_hot_max` levels. "embedding": a trained vector for each level;
        "ordered": the shrunken mean of the target of each level, see
        :class:`deepstat.layers.ordered_categories.OrderedCategories`; "auto": "embedding".
    numeric_scaling : {"standard", "robust", "symlog"}
        "standard": numeric columns come as they are, standardised. Or something is done to them before they are
        embedded; "robust": scaled by quartiles and smoothly bounded, see
        :class:`deepstat.layers.smooth_clip.SmoothClip`; "symlog": logarithms of what lies beyond three standard
        deviations, see :class:`deepstat.layers.symlog.SymLog`.

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
        numeric_embedding: str | Callable[..., nn.Module] = "none",
        numeric_embedding_params: Mapping[str, Any] | None = None,
        embedding_dim: int = 8,
        one_hot_max: int | None = 9,
        category_encoding: str = "auto",
        numeric_scaling: str = "standard",
    ) -> None:
        super().__init__()
        if numeric_scaling not in NUMERIC_SCALINGS:
            raise unknown("numeric_scaling", str(numeric_scaling), NUMERIC_SCALINGS)
        if category_encoding not in CATEGORY_ENCODINGS:
            raise unknown("category_encoding", str(category_encoding), CATEGORY_ENCODINGS)
        self.n_numeric = inputs.n_numeric
        self.scaling = _scaling(inputs, numeric_scaling) if inputs.n_numeric else None
        embedding = build_numeric_embedding(
            _numeric_part(inputs, self.scaling), numeric_embedding, numeric_embedding_params
        )
        # Nothing is left to embed of no columns; what changes nothing costs a microsecond a step.
        self.numeric = embedding if inputs.n_numeric and not isinstance(embedding, nn.Identity) else None
        self.n_features = 0 if inputs.n_numeric == 0 else int(embedding.n_features_out)  # type: ignore[arg-type]
        self.categories = (
            _categories(inputs, embedding_dim, one_hot_max, category_encoding)
            if inputs.cardinalities
            else None
        )
        if self.categories is not None:
            self.n_features += self.categories.n_features
        self.identity = self.scaling is None and self.numeric is None and self.categories is None

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs.width) to (n, n_features)."""
        if self.categories is None:
            return self._numbers(x)
        if self.n_numeric == 0:
            return self.categories(x)
        numbers, codes = x[:, : self.n_numeric], x[:, self.n_numeric :]
        return torch.cat([self._numbers(numbers), self.categories(codes)], 1)

    def _numbers(self, x: Tensor) -> Tensor:
        if self.scaling is not None:
            x = self.scaling(x)
        return x if self.numeric is None else self.numeric(x)


def _sampled(inputs: Inputs) -> Tensor:
    assert inputs.sample is not None  # asked of inputs that have one
    return inputs.sample


def _scaling(inputs: Inputs, kind: str) -> SmoothClip | SymLog | None:
    if kind == "standard":
        return None
    if kind == "symlog":
        return SymLog()
    if not inputs.has_sample:
        return SmoothClip(inputs.n_numeric)
    return SmoothClip(inputs.n_numeric, _sampled(inputs)[:, : inputs.n_numeric], inputs.weight)


def _numeric_part(inputs: Inputs, scaling: SmoothClip | SymLog | None) -> Inputs:
    """Return what is known of the numeric columns as the embedding will see them."""

    def take() -> Sample:
        sample = _sampled(inputs)[:, : inputs.n_numeric]
        return Sample(sample if scaling is None else scaling(sample), inputs.target, inputs.weight)

    return inputs_of(inputs.n_numeric, (), take if inputs.has_sample else None, inputs.n_targets)


def _categories(
    inputs: Inputs, embedding_dim: int, one_hot_max: int | None, encoding: str
) -> CategoryEmbedding | OrderedCategories:
    large = one_hot_max is not None and max(inputs.cardinalities) > one_hot_max
    if encoding != "ordered" or not large:
        return CategoryEmbedding(inputs.cardinalities, embedding_dim, one_hot_max)
    codes = target = weight = None
    if inputs.has_sample:
        codes, target, weight = _sampled(inputs)[:, inputs.n_numeric :], inputs.target, inputs.weight
    return OrderedCategories(
        inputs.cardinalities,
        codes,
        target,
        weight,
        n_targets=inputs.n_targets,
        one_hot_max=one_hot_max,
    )
