"""Offsets and exposures of generalised linear models."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.estimators.classical.mode import is_classical


def total_offset(estimator: Any, offset: Any, exposure: Any) -> np.ndarray | None:
    """Return offset + log(exposure), or None where neither is given.

    Raises
    ------
    ValueError
        The estimator is no classical one, or an exposure is not positive.
    """
    if offset is None and exposure is None:
        return None
    if not is_classical(vars(estimator)):
        raise ValueError(
            "offset and exposure belong to classical solvers (architecture='linear', optimizer='newton'): leave them out "
            "for networks, or give log(exposure) as a column."
        )
    total = 0.0 if offset is None else np.asarray(offset, dtype=np.float64)
    if exposure is not None:
        exposure = np.asarray(exposure, dtype=np.float64)
        if not (exposure > 0).all():
            raise ValueError(f"exposure must be positive, got {exposure.min():g}: leave out rows without exposure.")
        total = total + np.log(exposure)
    return total  # type: ignore[return-value]
