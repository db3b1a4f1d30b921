"""What a factor of a formula is on some rows: columns of numbers, or values that are levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.data.raw_column import RawColumn


@dataclass(frozen=True, eq=False)
class Evaluated:
    """Numbers, or levels.

    Attributes
    ----------
    matrix : ndarray of shape (n, m) or None
        Numbers.
    fields : tuple of m str or None
        Names of the columns of a basis; None: one column, named by the factor.
    spans_intercept : bool
        Whether the columns can sum to one, so that one is left out where there is an intercept.
    cells : list of n values or None
        Levels, one for each row.
    levels : tuple or None
        Their order, where the formula says so.
    reference : str, float or None
        The reference level, where the formula says so.
    """

    matrix: NDArray[np.float64] | None = None
    fields: tuple[str, ...] | None = None
    spans_intercept: bool = False
    cells: list[Any] | None = None
    levels: tuple[Any, ...] | None = None
    reference: Any = None

    @classmethod
    def of_levels(cls, raw: RawColumn, levels: Any = None, reference: Any = None) -> Evaluated:
        """Return the values of a column as levels; whole numbers lose their point.

        Examples
        --------
        >>> Evaluated.of_levels(RawColumn("g", "numeric", np.array([1.0, 2.0]))).cells
        [1, 2]
        """
        values = raw.values
        if raw.kind == "boolean":
            values = values.astype(bool)
        elif (
            values.dtype.kind == "f" and (values == np.round(values)).all() and (np.abs(values) < 2**53).all()
        ):
            values = values.astype(np.int64)
        return cls(
            spans_intercept=True,
            cells=values.tolist(),
            levels=None if levels is None else tuple(levels),
            reference=reference,
        )
