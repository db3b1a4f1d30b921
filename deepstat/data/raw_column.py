"""One column of a table as it was given, before anything is learned from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

RawKind = Literal["numeric", "boolean", "categorical", "datetime", "empty"]

WORDS: dict[str, str] = {
    "numeric": "numbers",
    "boolean": "true and false",
    "categorical": "text or categories",
    "datetime": "dates",
    "empty": "missing values only",
}


@dataclass(frozen=True, eq=False)
class RawColumn:
    """One column in one of five plain forms, the same for every container that it may come from.

    Attributes
    ----------
    name : str
        Its name, for messages.
    kind : {"numeric", "boolean", "categorical", "datetime", "empty"}
        ``"empty"``: every value is missing.
    values : ndarray of shape (n,)
        Numeric and boolean: real numbers with NaN for missing. Categorical: object array of str, int, float
        or bool with None for missing. Datetime: float64 seconds since 1970 (UTC if there is a time zone) with
        NaN.
    zone : str or None
        Time zone of a datetime column.

    Examples
    --------
    >>> import numpy as np
    >>> RawColumn("age", "numeric", np.array([31.0, np.nan])).is_empty
    False
    """

    name: str
    kind: RawKind
    values: np.ndarray[Any, Any]
    zone: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every value is missing."""
        if self.kind == "categorical":
            return all(value is None for value in self.values)
        values = self.values  # a look at the first spares a temporary of the column's length
        return values.dtype.kind == "f" and bool(np.isnan(values[0]) and np.isnan(values).all())

    @property
    def words(self) -> str:
        """What the column holds, in words."""
        zone = f" in time zone {self.zone!r}" if self.zone else ""
        return WORDS[self.kind] + zone
