"""What a network with a structured and a deep part is told of the encoded table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from deepstat.data.inputs import Inputs, inputs_of
from deepstat.data.sample import Sample


@dataclass(frozen=True)
class DeepColumns:
    """Where the columns of one set of deep inputs lie in the encoded table.

    Attributes
    ----------
    start, stop : int
        Float columns.
    code_start : int
        First column of codes.
    cardinalities : tuple of int
        Levels of each code column.
    """

    start: int
    stop: int
    code_start: int
    cardinalities: tuple[int, ...]

    def of(self, x: Any) -> Any:
        """Return these columns of a table (n, width), floats first."""
        floats = x[:, self.start : self.stop]
        if not self.cardinalities:
            return floats
        codes = x[:, self.code_start : self.code_start + len(self.cardinalities)]
        return torch.cat([floats, codes], 1) if self.stop > self.start else codes


@dataclass(frozen=True)
class HeadColumns:
    """What the raw outputs of one parameter are made of.

    Attributes
    ----------
    name : str
        The parameter; empty where there is one formula for everything.
    start, stop : int
        Structured columns, standardised, without the intercept's.
    intercept : bool
    deep : tuple of (label, int)
        Its deep terms, and which of the `DeepColumns` each sees.
    """

    name: str
    start: int
    stop: int
    intercept: bool
    deep: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class FormulaInputs(Inputs):
    """The encoded table of a formula: structured columns of each parameter, deep float columns, deep codes.

    Attributes
    ----------
    heads : tuple of HeadColumns
    deep : tuple of DeepColumns
    sizes : tuple of int
        Raw outputs of each head.
    """

    heads: tuple[HeadColumns, ...] = ()
    deep: tuple[DeepColumns, ...] = ()
    sizes: tuple[int, ...] = ()
    take: Callable[[], Sample] | None = field(default=None, compare=False, repr=False)

    @property
    def layout(self) -> Any:
        """What networks must share beside shapes to be trained as one population."""
        return self.heads, self.deep, self.sizes

    def of_deep(self, j: int) -> Inputs:
        """Return what the architecture of a deep term is told."""
        columns, take = self.deep[j], self.take

        def own() -> Sample:
            sample = take()  # type: ignore[misc]  # not asked for without one
            return replace(sample, x=columns.of(sample.x))

        n_numeric = columns.stop - columns.start
        return inputs_of(n_numeric, columns.cardinalities, take and own, self.n_targets, self.n_rows)
