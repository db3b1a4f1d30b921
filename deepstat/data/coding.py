"""What an estimator needs of anything that turns a table's columns into numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from numpy.typing import DTypeLike

from deepstat.data.inputs import Inputs
from deepstat.data.sample import Sample
from deepstat.data.table import Table


class Coding(Protocol):
    """How a table is encoded: standardised columns (Schema), treatment coding (Design), a formula (FormulaDesign).

    Attributes
    ----------
    feature_names : tuple of str or None
    columns : sequence
        One entry for each column of the table.
    n_numeric : int
        Float columns of the encoded table, which come first.
    cardinalities : tuple of int
        Levels of each code column, which follow.
    is_plain : bool
        Whether encoding is no more than ``(x - center) * inverse_scale`` of every column.
    """

    @property
    def feature_names(self) -> tuple[str, ...] | None: ...  # noqa: D102
    @property
    def columns(self) -> Sequence[Any]: ...  # noqa: D102
    @property
    def n_numeric(self) -> int: ...  # noqa: D102
    @property
    def cardinalities(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def is_plain(self) -> bool: ...  # noqa: D102

    def encode(self, table: Table, dtype: DTypeLike) -> Any:
        """Return the encoded rows (n, n_numeric + len(cardinalities))."""

    def inputs(self, take: Callable[[], Sample] | None = None) -> Inputs:
        """Return what architectures are told; `take` gives encoded training rows when asked."""

    def affine(self) -> Any:
        """Return center and inverse scale of the encoded columns."""

    def differs_by_affine(self, other: Any) -> bool:
        """Say whether `other` encodes rows to the same columns before they are centred and scaled."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values from which it can be made again."""
