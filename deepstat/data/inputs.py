"""What an architecture is told about the table that it will see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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


class InputsOf(Inputs):
    """Inputs whose sample is taken when an architecture asks for it: most never do, and it is large.

    Parameters
    ----------
    n_numeric : int
    cardinalities : tuple of int
    take : callable
        ``take() -> Tensor of shape (n, width)``.
    """

    def __init__(self, n_numeric: int, cardinalities: tuple[int, ...], take: Callable[[], Tensor]) -> None:
        for name, value in (("n_numeric", n_numeric), ("cardinalities", cardinalities), ("_take", take)):
            object.__setattr__(self, name, value)

    @property
    def sample(self) -> Any:  # type: ignore[override]
        """Encoded training rows."""
        return self._take()  # type: ignore[attr-defined]


def inputs_of(
    n_numeric: int, cardinalities: tuple[int, ...], take: Callable[[], Tensor] | None = None
) -> Inputs:
    """Return the inputs of a table, with a sample that is taken when asked for, or none.

    Examples
    --------
    >>> inputs_of(3, (2,)).width
    4
    """
    return Inputs(n_numeric, cardinalities) if take is None else InputsOf(n_numeric, cardinalities, take)
