"""Offsets and exposures of generalised linear models."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.families import family_for
from deepstat.estimators.tasks import TASKS


def total_offset(estimator: Any, offset: Any, exposure: Any) -> np.ndarray | None:
    """Return offset + log(exposure), or None where neither is given.

    Raises
    ------
    ValueError
        The estimator is no classical one, or an exposure is not positive or given to a model without a log link.
    """
    if offset is None and exposure is None:
        return None
    if not is_classical(vars(estimator)):
        raise ValueError(
            "offset and exposure belong to classical solvers (architecture='linear', optimizer='newton'): leave them "
            "out for networks, or give log(exposure) as a column."
        )
    total = np.zeros(()) if offset is None else np.asarray(offset, dtype=np.float64)
    if exposure is not None:
        _check_log_link(estimator)
        exposure = np.asarray(exposure, dtype=np.float64)
        if not (exposure > 0).all():
            raise ValueError(
                f"exposure must be positive, got {exposure.min():g}: leave out rows without exposure."
            )
        total = total + np.log(exposure)
    return total


def _check_log_link(estimator: Any) -> None:
    resolved = TASKS[estimator._task].resolve(vars(estimator))
    first = family_for(resolved, getattr(resolved.record, "columns", None) or 2, 2).row_parameters[0]
    if first.link != "exp":
        raise ValueError(
            f"exposure multiplies a mean with a log link, and {first.name!r} of {resolved.record.name!r} has none: "
            "give an offset of its linear predictor instead."
        )
