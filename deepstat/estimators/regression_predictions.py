"""Numbers from raw outputs."""

from __future__ import annotations

from typing import Any

import numpy as np


class RegressionPredictions:
    """What regressors do with raw outputs, whatever X is."""

    def _members(self, X: Any) -> tuple[np.ndarray, np.dtype[Any]]:
        """Return predictions (members, n) or (members, n, k) of members, or heads, and the dtype for their mean."""
        raw, dtype = self._raw(X)  # type: ignore[attr-defined]
        if self._resolved().record.link == "exp":  # type: ignore[attr-defined]
            raw = np.exp(raw)
        pairs = zip(self._targets_of(raw), raw, strict=True)  # type: ignore[attr-defined]
        return np.stack([target.decode(own) for target, own in pairs]), dtype
