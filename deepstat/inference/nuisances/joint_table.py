"""The table of D and Z side by side."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
from scipy import sparse


def joint_table(D: np.ndarray, Z: Any) -> Any:
    """Return the columns of Z with those of D added, in the container of Z.

    Parameters
    ----------
    D : ndarray of shape (n, q)
    Z : array, sparse matrix or data frame of shape (n, p)

    Returns
    -------
    array, sparse matrix or data frame of shape (n, p + q)

    Examples
    --------
    >>> joint_table(np.array([[3.0], [4.0]]), np.eye(2))
    array([[1., 0., 3.],
           [0., 1., 4.]])
    """
    if sparse.issparse(Z):
        return sparse.hstack([Z, sparse.csr_array(D)], format="csr")
    frame = nw.from_native(Z, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return np.column_stack([np.asarray(Z), D])
    taken = set(map(str, frame.columns))
    names = (name for number in range(len(taken) + D.shape[1]) if (name := f"d{number + 1}") not in taken)
    columns = [
        nw.new_series(name, own, backend=frame.implementation) for name, own in zip(names, D.T, strict=False)
    ]
    return nw.concat(
        [frame, nw.DataFrame.from_dict({c.name: c for c in columns})], how="horizontal"
    ).to_native()
