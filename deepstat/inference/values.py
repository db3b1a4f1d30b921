"""Collect a statistic of fits as they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Values:
    """The statistic of each fit, and its standard error where it brings one; all of one shape.

    Parameters
    ----------
    statistic : callable
        ``statistic(fitted) -> number or array``, or with errors ``(value, standard error)``.
    with_errors : bool

    Examples
    --------
    >>> values = Values(lambda fitted: [fitted, 2 * fitted])
    >>> values.add(1.0)
    >>> values.arrays()
    (array([[1., 2.]]), None)
    """

    def __init__(self, statistic: Callable[[Any], Any], *, with_errors: bool = False) -> None:
        if not callable(statistic):
            raise TypeError(
                f"statistic is a {type(statistic).__name__}; give a function of a fitted estimator, such as "
                "prediction(X_new)."
            )
        self.statistic, self.with_errors = statistic, with_errors
        self.found: list[np.ndarray] = []
        self.errors: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self.found)

    def add(self, member: Any) -> None:
        """Take the statistic of one more fit.

        Raises
        ------
        ValueError
            It is not numeric, has another shape than that of the first fit, or brings no standard error.
        """
        found = self.statistic(member)
        if self.with_errors:
            if not isinstance(found, tuple) or len(found) != 2:
                raise ValueError(
                    "A studentised interval needs a statistic that returns (value, standard error) for every fit."
                )
            found, error = found
            self.errors.append(np.broadcast_to(np.asarray(error, dtype=np.float64), np.shape(found)))
        try:
            value = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"The statistic returned a {type(found).__name__} that is no array of numbers; return a number or "
                "an array."
            ) from error
        if self.found and value.shape != self.found[0].shape:
            raise ValueError(
                f"The statistic has shape {value.shape} in fit {len(self.found)} and {self.found[0].shape} on the "
                "original rows; where a draw lacks a class or level, draw within strata or use scheme='bayesian'."
            )
        self.found.append(value)

    def arrays(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Return values, and standard errors or None, of shape (fits, ...)."""
        return np.stack(self.found), np.stack(self.errors) if self.with_errors else None
