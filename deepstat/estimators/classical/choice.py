"""Which of several reports of one fit is meant: of a column of the target, of a quantile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Choice:
    """The option by which reports of one fit differ.

    Attributes
    ----------
    name : {"output", "quantile", "expectile"}
    values : tuple
        In the order of the reports.
    default : object
        The value meant where none is given; None where one must be.

    Examples
    --------
    >>> Choice("quantile", (0.1, 0.5), 0.5).place(0.1)
    0
    """

    name: str
    values: tuple[Any, ...]
    default: Any = None

    def place(self, value: Any) -> int:
        """Return the place of a value, or of the default for None.

        Raises
        ------
        ValueError
            The value is none of them, or none is given where there is no default.
        """
        value = self.default if value is None else value
        if value in self.values:
            return self.values.index(value)
        known = ", ".join(f"{own:g}" for own in self.values)
        if value is None:
            raise ValueError(
                f"The fit has {len(self.values)} reports, one for each {self.name}: say which, "
                f"{self.name}={self.values[0]}."
            )
        raise ValueError(f"{self.name}={value!r} is none of those that were fitted: {known}.")
