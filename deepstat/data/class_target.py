"""The target of a classification: labels as codes and probabilities, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

TOLERANCE = 1e-5  # float32 probabilities of many classes sum to one within this


def learn_class_target(
    y: Any, *, estimator_name: str = "classifier", n_rows: int | None = None
) -> ClassTarget:
    """Check labels and learn the classes from all rows.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, C)
        Labels (str, int, bool, or whole floats); or a float matrix of class probabilities, whose rows sum to
        one: soft targets, of classes 0 to C - 1. A single column is taken as (n,), with scikit-learn's
        warning.
    estimator_name : str
        For messages.
    n_rows : int or None
        Number of rows of X, which y must have too.

    Returns
    -------
    ClassTarget

    Raises
    ------
    ValueError
        y is missing, continuous, not finite, mixed of text and numbers, of another length than X, or holds a
        single class; or it is a matrix, but not of probabilities.

    Warns
    -----
    sklearn.exceptions.DataConversionWarning
        y is a single column of shape (n, 1).

    Examples
    --------
    >>> target = learn_class_target(["no", "yes", "no"])
    >>> target.classes_, target.codes(["yes", "no"])
    (array(['no', 'yes'], dtype='<U3'), array([1, 0], dtype=int32))
    """
    values = _read(y, estimator_name, warn=True)
    if n_rows is not None:
        check_consistent_length(range(n_rows), values)
    if values.ndim == 2:
        return ClassTarget(tuple(range(values.shape[1])), np.dtype(np.int64).str, is_soft=True)
    check_classification_targets(values)
    classes = np.unique(values)
    if len(classes) < 2:
        raise ValueError(
            f"{estimator_name} can't train when only one class is present ({classes.tolist()[0]!r}); "
            "y needs two or more."
        )
    return ClassTarget(tuple(classes.tolist()), classes.dtype.str)


@dataclass(frozen=True)
class ClassTarget:
    """How labels are encoded and predictions turned into labels; see :func:`learn_class_target`.

    Attributes
    ----------
    levels : tuple of str, int, float or bool
        The sorted classes.
    dtype : str
        NumPy's name for their type.
    is_soft : bool
        Whether y was a matrix of class probabilities.

    Examples
    --------
    >>> target = ClassTarget(("a", "b", "c"), "<U1")
    >>> target.encode(["c", "a"])
    array([[0., 0., 1.],
           [1., 0., 0.]])
    >>> ClassTarget.from_json(target.to_json()) == target
    True
    """

    levels: tuple[str | int | float | bool, ...]
    dtype: str
    is_soft: bool = False

    @property
    def classes_(self) -> NDArray[Any]:
        """The sorted classes, as an array of their own type."""
        return np.array(self.levels, dtype=self.dtype)

    @property
    def n_classes(self) -> int:
        """Number of classes, C."""
        return len(self.levels)

    @property
    def n_outputs(self) -> int:
        """Number of network outputs: 1 for two classes, else C."""
        return 1 if self.n_classes == 2 else self.n_classes

    def codes(self, y: Any) -> NDArray[np.int32]:
        """Return the position of each label among the classes, shape (n,); of soft targets the likeliest.

        Raises
        ------
        ValueError
            A label was not seen when the target was learned.
        """
        values = self._checked(y)
        if values.ndim == 2:
            return values.argmax(axis=1).astype(np.int32)
        code_of = {level: code for code, level in enumerate(self.levels)}
        distinct, inverse = np.unique(values, return_inverse=True)
        unseen = [level for level in distinct.tolist() if level not in code_of]
        if unseen:
            raise ValueError(
                f"y holds the label {unseen[0]!r}, which is none of the classes learned: "
                f"{', '.join(map(repr, self.levels))}."
            )
        return np.array([code_of[level] for level in distinct.tolist()], dtype=np.int32)[inverse]

    def encode(self, y: Any, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Return probabilities as a loss sees them.

        Returns
        -------
        ndarray of shape (n, 1) or (n, C)
            Two classes: probability of the second. More: one-hot rows, or the soft targets themselves. With
            many classes `codes` saves memory.
        """
        values = self._checked(y)
        if values.ndim == 2:
            return (values[:, 1:] if self.n_classes == 2 else values).astype(dtype)
        codes = self.codes(values)
        if self.n_classes == 2:
            return codes[:, None].astype(dtype)
        encoded = np.zeros((len(codes), self.n_classes), dtype)
        encoded[np.arange(len(codes)), codes] = 1.0
        return encoded

    def counts(self, y: Any, weight: NDArray[np.floating[Any]] | None = None) -> NDArray[np.float64]:
        """Return the weight of rows in each class, shape (C,); soft targets count in parts.

        Examples
        --------
        >>> import numpy as np
        >>> ClassTarget((0, 1), "<i8").counts([0, 1, 1], np.array([1.0, 2.0, 0.5]))
        array([1. , 2.5])
        """
        values = self._checked(y)
        if values.ndim == 2:
            return values.sum(axis=0) if weight is None else weight.astype(np.float64) @ values
        return np.bincount(self.codes(values), weight, minlength=self.n_classes).astype(np.float64)

    def decode(self, probability: Any) -> NDArray[Any]:
        """Return the likeliest label of each row; ties go to the earlier class.

        Parameters
        ----------
        probability : array-like of shape (n, 1), of the second of two classes, or (n, C)

        Examples
        --------
        >>> ClassTarget(("no", "yes"), "<U3").decode([[0.2], [0.9]])
        array(['no', 'yes'], dtype='<U3')
        """
        values = np.asarray(probability)
        codes = (values[:, 0] > 0.5).astype(np.intp) if values.shape[1] == 1 else values.argmax(axis=1)
        return self.classes_[codes]

    def to_json(self) -> dict[str, Any]:
        """Return the target as plain JSON values; the type of the classes survives."""
        return {"levels": list(self.levels), "dtype": self.dtype, "is_soft": self.is_soft}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> ClassTarget:
        """Rebuild a target from what `to_json` returned."""
        return cls(tuple(state["levels"]), state["dtype"], state["is_soft"])

    def _checked(self, y: Any) -> NDArray[Any]:
        values = _read(y, "The target", warn=False)
        if values.ndim == 2 and (not self.is_soft or values.shape[1] != self.n_classes):
            raise ValueError(
                f"y has shape {values.shape}, but "
                + (f"{self.n_classes} columns of probabilities" if self.is_soft else "one label for each row")
                + " were learned; give the same."
            )
        return values


def _read(y: Any, estimator_name: str, warn: bool) -> NDArray[Any]:
    """Return labels of shape (n,) in a plain dtype, or checked probabilities of shape (n, C)."""
    if y is None:
        raise ValueError(f"{estimator_name} requires y to be passed, but the target y is None.")
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = column_or_1d(values, warn=warn)
    if values.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: y has dtype {values.dtype}; give labels.")
    if values.ndim == 2 and values.dtype.kind == "f":
        return _check_probabilities(values, estimator_name)
    if values.ndim != 1:
        raise ValueError(
            f"y should be a 1d array, got an array of shape {values.shape} instead; give one label for each "
            "row, or a float matrix of class probabilities whose rows sum to one."
        )
    if values.dtype.kind in "OT":
        values = _tidy(values.astype(object))
    if values.dtype.kind not in "biufUO":
        raise ValueError(
            f"Unknown label type: y has dtype {values.dtype}; give text, whole numbers or booleans."
        )
    assert_all_finite(values, input_name="y", estimator_name=estimator_name)
    return values


def _tidy(values: NDArray[Any]) -> NDArray[Any]:
    """Keep objects that are all text, give numbers and booleans their own dtype, refuse anything else."""
    kinds = {type(value) for value in values}
    if all(issubclass(kind, str) for kind in kinds):
        return values
    if any(
        value is None or type(value).__name__ in ("NAType", "NaTType") or value != value for value in values
    ):
        raise ValueError("Input y contains NaN: a label is missing; drop such rows.")
    if all(issubclass(kind, (bool, int, float, np.bool_, np.number)) for kind in kinds):
        return np.array(values.tolist())
    raise ValueError(
        f"Unknown label type: y mixes {', '.join(sorted(kind.__name__ for kind in kinds))}; give text, "
        "whole numbers or booleans, of one kind."
    )


def _check_probabilities(values: NDArray[Any], estimator_name: str) -> NDArray[Any]:
    assert_all_finite(values, input_name="y", estimator_name=estimator_name)
    sums = values.sum(axis=1, dtype=np.float64)
    bad = np.flatnonzero((values < 0).any(axis=1) | (np.abs(sums - 1.0) > TOLERANCE))
    if bad.size:
        raise ValueError(
            f"Unknown label type: y is a float matrix of shape {values.shape}, but {bad.size} of its rows "
            f"are no class probabilities (row {bad[0]} sums to {sums[bad[0]]:g}); rows must be nonnegative "
            "and sum to one."
        )
    return values
