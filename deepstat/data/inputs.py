"""What an architecture is told about the table that it will see."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from torch import Tensor

from deepstat.data.sample import Sample


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
    target : Tensor of shape (n, n_targets) or None
        The encoded target of the sampled rows, see :class:`deepstat.data.sample.Sample`. Only training rows: nothing
        held out is among them. None without a sample.
    weight : Tensor of shape (n,) or None
        Weights of the sampled rows, frequencies; None: one each.
    n_targets : int
        Columns of the target, known without a sample too: one, or as many as there are classes beyond two, or
        columns of numbers.
    n_rows : int
        Training rows of positive weight, known without a sample too, for sizes that grow with them; 0 where they are
        not counted. Let nothing but shapes depend on it: networks of equal shapes train as one population.
    """

    n_numeric: int
    cardinalities: tuple[int, ...] = ()
    sample: Tensor | None = None
    target: Tensor | None = None
    weight: Tensor | None = None
    n_targets: int = 1
    n_rows: int = 0

    @property
    def width(self) -> int:
        """Number of columns of the encoded table."""
        return self.n_numeric + len(self.cardinalities)

    @property
    def has_sample(self) -> bool:
        """Whether there is a sample, without taking it."""
        return self.sample is not None

    def with_targets(self, n_targets: int) -> Self:
        """Return the same inputs for a target of so many columns.

        Examples
        --------
        >>> Inputs(3).with_targets(5).n_targets
        5
        """
        other = copy.copy(self)
        object.__setattr__(other, "n_targets", n_targets)
        return other


class InputsOf(Inputs):
    """Inputs whose sample is taken when an architecture asks for it, and then kept: most never do, and it is large.

    Parameters
    ----------
    n_numeric : int
    cardinalities : tuple of int
    take : callable
        ``take() -> Sample``.
    n_targets, n_rows : int
    """

    def __init__(
        self,
        n_numeric: int,
        cardinalities: tuple[int, ...],
        take: Callable[[], Sample],
        n_targets: int = 1,
        n_rows: int = 0,
    ) -> None:
        given = {
            "n_numeric": n_numeric,
            "cardinalities": cardinalities,
            "n_targets": n_targets,
            "n_rows": n_rows,
            "_take": take,
        }
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @cached_property
    def _taken(self) -> Sample:
        return self._take()  # type: ignore[attr-defined]

    @property
    def sample(self) -> Any:  # type: ignore[override]
        """Encoded training rows."""
        return self._taken.x

    @property
    def target(self) -> Any:  # type: ignore[override]
        """Their target."""
        return self._taken.target

    @property
    def weight(self) -> Any:  # type: ignore[override]
        """Their weights."""
        return self._taken.weight

    @property
    def has_sample(self) -> bool:
        """True."""
        return True


def inputs_of(
    n_numeric: int,
    cardinalities: tuple[int, ...],
    take: Callable[[], Sample] | None = None,
    n_targets: int = 1,
    n_rows: int = 0,
) -> Inputs:
    """Return the inputs of a table, with a sample that is taken when asked for, or none.

    Examples
    --------
    >>> inputs_of(3, (2,)).width
    4
    """
    if take is None:
        return Inputs(n_numeric, cardinalities, n_targets=n_targets, n_rows=n_rows)
    return InputsOf(n_numeric, cardinalities, take, n_targets, n_rows)
