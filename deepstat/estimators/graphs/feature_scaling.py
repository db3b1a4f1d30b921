"""How node features are scaled before a network sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

SCALINGS = ("auto", "standard", "row", "none")


@dataclass(frozen=True)
class FeatureScaling:
    """Learned from the graph of the fit, applied to any graph.

    Attributes
    ----------
    kind : {"standard", "row", "none"}
        "standard": each column less its mean, divided by its standard deviation; "row": each node's entries divided by
        their sum (Kipf and Welling 2017).
    center, scale : tuple of float
        Of the columns; empty unless "standard".
    """

    kind: str
    center: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()

    def __call__(self, features: Any) -> Any:
        """Return the features scaled (n, p), dense or sparse as given."""
        if self.kind == "row":
            total = np.asarray(features.sum(axis=1), dtype=np.float64).ravel()
            factor = np.divide(1.0, total, out=np.zeros_like(total), where=total != 0)
            if sparse.issparse(features):
                return sparse.csr_array(sparse.diags_array(factor) @ features)
            return features * factor[:, None]
        if self.kind == "standard":
            return (features - np.array(self.center)) / np.array(self.scale)
        return features


def learn_scaling(kind: str, features: Any) -> FeatureScaling:
    """Learn the scaling of node features (n, p); "auto" divides rows of sparse ones and standardises dense ones.

    Examples
    --------
    >>> learn_scaling("auto", np.array([[0.0], [2.0]]))
    FeatureScaling(kind='standard', center=(1.0,), scale=(1.0,))
    """
    if kind not in SCALINGS:
        raise ValueError(f"feature_scaling={kind!r} is unknown: use one of {', '.join(map(repr, SCALINGS))}.")
    if kind == "auto":
        kind = "row" if sparse.issparse(features) else "standard"
    if kind != "standard":
        return FeatureScaling(kind)
    if sparse.issparse(features):
        raise ValueError(
            "feature_scaling='standard' would make sparse node features dense: use 'row' or 'none', or give them dense."
        )
    values: NDArray[Any] = np.asarray(features, dtype=np.float64)
    spread = values.std(axis=0)
    spread[spread <= 1e-12 * np.abs(values).max(axis=0, initial=1.0)] = 1.0
    return FeatureScaling("standard", tuple(values.mean(axis=0).tolist()), tuple(spread.tolist()))
