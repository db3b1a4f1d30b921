"""The target of a regression: checked, standardised, and restored to its own units and shape."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array, check_consistent_length, column_or_1d

from deepstat.data.domains import NOT_FINITE, check_domain
from deepstat.data.moments import moments


def learn_regression_target(
    y: Any,
    rows: NDArray[np.integer[Any]] | None = None,
    weight: NDArray[np.floating[Any]] | None = None,
    *,
    domain: str = "real",
    rescale: bool = True,
    estimator_name: str = "regressor",
    n_rows: int | None = None,
) -> RegressionTarget:
    """Check a target and learn its centre and scale.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, k)
        Numbers. A single column is taken as (n,), with scikit-learn's warning.
    rows : ndarray of int or None
        The training rows, for centre and scale; the checks look at all.
    weight : ndarray of shape (n,) or None
        A frequency for each row.
    domain : str
        Values that the loss allows; see `deepstat.data.domains`.
    rescale : bool
        Whether the loss allows a standardised target.
    estimator_name : str
        For messages.
    n_rows : int or None
        Number of rows of X, which y must have too.

    Returns
    -------
    RegressionTarget

    Raises
    ------
    ValueError
        y is missing, text, complex, not finite, of another length than X, or outside the domain.

    Warns
    -----
    sklearn.exceptions.DataConversionWarning
        y is a single column of shape (n, 1).

    Examples
    --------
    >>> target = learn_regression_target([10.0, 14.0])
    >>> target.encode([10.0, 16.0]).ravel(), target.decode([[0.0], [1.0]])
    (array([-1.,  2.]), array([12., 14.]))
    """
    values = _read(y, estimator_name, domain, warn=True)
    if n_rows is not None:
        check_consistent_length(range(n_rows), values)
    check_domain(values, domain)
    matrix = values.reshape(len(values), -1)
    k = matrix.shape[1]
    center, scale = (0.0,) * k, (1.0,) * k
    if rescale:
        center, scale = _center_and_scale(matrix, rows, weight, domain)
    levels = tuple(np.unique(matrix).tolist()) if domain == "levels" else ()
    if domain == "levels" and len(levels) < 2:
        raise ValueError(f"y has one level ({levels[0]:g}), but an ordinal target needs two or more.")
    return RegressionTarget(center, scale, values.ndim == 1, domain, levels)


def _center_and_scale(
    matrix: NDArray[np.float64], rows: Any, weight: Any, domain: str
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    k = matrix.shape[1]
    if (
        domain == "interval" and k == 2
    ):  # both ends lie on one axis; the middle of what is known stands for the row
        ends = np.where(np.isfinite(matrix), matrix, matrix[:, ::-1])
        matrix = ends.mean(axis=1, keepdims=True)
    learned = moments(matrix, rows, weight)
    scale = np.where(learned.deviation > 0, learned.deviation, 1.0)
    repeat = k // matrix.shape[1]
    return tuple(learned.mean.tolist()) * repeat, tuple(scale.tolist()) * repeat


@dataclass(frozen=True)
class RegressionTarget:
    """How a target is standardised and predictions are restored; see :func:`learn_regression_target`.

    Attributes
    ----------
    center, scale : tuple of k floats
        0 and 1 where the loss does not allow rescaling; the scale of a constant target is 1.
    is_vector : bool
        Whether y was (n,), so that predictions are too.
    domain : str
        Values that the loss allows.
    levels : tuple of float
        The values of an ordinal target in order; it is trained on as 0, 1, ...

    Examples
    --------
    >>> target = RegressionTarget((1.0,), (2.0,), True)
    >>> RegressionTarget.from_json(target.to_json()) == target
    True
    """

    center: tuple[float, ...]
    scale: tuple[float, ...]
    is_vector: bool
    domain: str = "real"
    levels: tuple[float, ...] = ()

    @property
    def n_outputs(self) -> int:
        """Number of target columns, k."""
        return len(self.center)

    def check(self, y: Any) -> NDArray[np.float64]:
        """Return y as a float64 matrix (n, k).

        Raises
        ------
        ValueError
            As :func:`learn_regression_target`; or y has another number of columns.
        """
        values = _read(y, "The target", self.domain, warn=False)
        check_domain(values, self.domain)
        matrix = values.reshape(len(values), -1)
        if matrix.shape[1] != self.n_outputs:
            raise ValueError(
                f"y has {matrix.shape[1]} columns, but {self.n_outputs} were learned; give the same ones."
            )
        return matrix

    def encode(self, y: Any) -> NDArray[np.float64]:
        """Check and standardise y to shape (n, k).

        Raises
        ------
        ValueError
            As :meth:`check`; or y has an unknown level.
        """
        matrix = self.check(y)
        if self.levels:
            return self._codes(matrix)
        if self.domain == "ranking":
            return np.nan_to_num(matrix)
        return (matrix - np.array(self.center)) / np.array(self.scale)

    def _codes(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        levels = np.array(self.levels)
        codes = np.searchsorted(levels, matrix).clip(max=len(levels) - 1)
        unknown = matrix[levels[codes] != matrix]
        if unknown.size:
            raise ValueError(f"y holds {unknown[0]:g}, which is none of the levels learned: {self.levels}.")
        return codes.astype(np.float64)

    def decode(self, prediction: Any) -> NDArray[np.float64]:
        """Bring standardised predictions of shape (n, k) to the units of y: (n,) if y was, else (n, k)."""
        restored = np.asarray(prediction, dtype=np.float64) * np.array(self.scale) + np.array(self.center)
        return restored[:, 0] if self.is_vector else restored

    def to_json(self) -> dict[str, Any]:
        """Return the target as plain JSON values."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> RegressionTarget:
        """Rebuild a target from what `to_json` returned."""
        return cls(
            tuple(state["center"]),
            tuple(state["scale"]),
            state["is_vector"],
            state["domain"],
            tuple(state["levels"]),
        )


def _read(y: Any, estimator_name: str, domain: str, warn: bool) -> NDArray[np.float64]:
    if y is None:
        raise ValueError(f"{estimator_name} requires y to be passed, but the target y is None.")
    array = np.asarray(y)
    if array.ndim == 0:
        raise ValueError(f"y should be a 1d array, got an array of shape () instead: {y!r}.")
    mixed = array.flat if array.dtype.kind in "OUST" else ()
    text = next((value for value in mixed if isinstance(value, (str, bytes))), None)
    if text is not None:
        raise ValueError(
            f"y holds text such as {str(text)!r}, but {estimator_name} predicts numbers; convert y to float."
        )
    if array.dtype.kind not in "biufcO":
        raise ValueError(
            f"y has dtype {array.dtype}, but {estimator_name} predicts numbers; convert y to float."
        )
    if array.ndim == 2 and array.shape[1] == 1:
        y = column_or_1d(array, warn=warn)
    return check_array(  # refuses NaN, infinity and complex numbers in scikit-learn's words
        y,
        ensure_2d=False,
        ensure_all_finite=domain not in NOT_FINITE,
        dtype="numeric",
        input_name="y",
        estimator=estimator_name,
    ).astype(np.float64, copy=False)
