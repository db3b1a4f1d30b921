"""What an architecture is told about the table that it will see."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Inputs:
    """The encoded table: float columns first, then one column of integer codes for each categorical column.

    Attributes
    ----------
    n_numeric : int
        Number of float columns: standardised, without missing values.
    cardinalities : tuple of int
        For each code column its number L of known levels. Codes are 0 (missing or never seen) to L.
    sample : Tensor of shape (n, width) or None
        Encoded training rows, for starts that look at the data (bin edges, scales). None when a saved network is
        rebuilt: then build the same shapes, the values are overwritten.
    """

    n_numeric: int
    cardinalities: tuple[int, ...] = ()
    sample: Tensor | None = None

    @property
    def width(self) -> int:
        """Number of columns of the encoded table."""
        return self.n_numeric + len(self.cardinalities)
