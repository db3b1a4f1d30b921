"""The features of some nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.typed_features import TypedFeatures


def sampled_features(features: Any, nodes: np.ndarray) -> Any:
    """Return the features of some nodes, in the form of those of all.

    Of nodes of several types, all rows are kept and only their places chosen.

    Parameters
    ----------
    features : Tensor or SparseMatrix of shape (n, p), or TypedFeatures
    nodes : ndarray of int of shape (b,)

    Examples
    --------
    >>> sampled_features(torch.tensor([[1.0], [2.0], [3.0]]), np.array([2, 0]))
    tensor([[3.],
            [1.]])
    """
    if isinstance(features, TypedFeatures):
        index = torch.as_tensor(nodes, device=features.place.device)
        return replace(features, place=features.place.index_select(0, index))
    index = torch.as_tensor(nodes, device=features.device)
    if isinstance(features, SparseMatrix):
        return features.select_rows(index)
    return features.index_select(0, index)
