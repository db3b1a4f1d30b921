"""The functions of formulas that learn from rows (splines, polynomials, centring), computed by formulaic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.formula.evaluated import Evaluated
from deepstat.formula.state import from_plain, to_plain

_SPLINE = ("df", "knots", "lower_bound", "upper_bound", "extrapolation")
OPTIONS: dict[str, tuple[str, ...]] = {
    "bs": (*_SPLINE, "degree", "include_intercept"),
    "cs": (*_SPLINE, "constraints"),
    "cr": (*_SPLINE, "constraints"),
    "cc": (*_SPLINE, "constraints"),
    "poly": ("degree", "raw"),
    "center": (),
    "scale": ("center", "scale", "ddof"),
}
TRANSFORMS = tuple(OPTIONS)
FIRST_OPTION = {"bs": "df", "cs": "df", "cr": "df", "cc": "df", "poly": "degree"}
MOST_COLUMNS = 1_000
_BOUNDS = {"lower_bound", "upper_bound", "knots"}
_LEARNED: dict[str, set[str]] = {
    "bs": _BOUNDS,
    "cs": {*_BOUNDS, "constraints", "cyclic"},
    "cr": {*_BOUNDS, "constraints", "cyclic"},
    "cc": {*_BOUNDS, "constraints", "cyclic"},
    "poly": {"alpha", "norms2"},
    "center": {"center", "scale", "ddof"},
    "scale": {"center", "scale", "ddof"},
}
_KINDS: dict[str, tuple[type, ...]] = {
    "df": (int,),
    "degree": (int,),
    "knots": (list,),
    "extrapolation": (str,),
    "constraints": (str,),
    "include_intercept": (bool,),
    "raw": (bool,),
}


def check_options(name: str, options: dict[str, Any], text: str) -> None:
    """Raise unless the options of a function are of the right kind and size.

    Examples
    --------
    >>> check_options("bs", {"df": 10**9}, "bs(x, df=1000000000)")
    Traceback (most recent call last):
    ValueError: 'bs(x, df=1000000000)' in a formula: df=1000000000 must be an integer from 0 to 1000.
    """
    for option, value in options.items():
        if option in ("df", "degree"):
            if type(value) is not int or not 0 <= value <= MOST_COLUMNS:
                raise ValueError(
                    f"{text!r} in a formula: {option}={value!r} must be an integer from 0 to {MOST_COLUMNS}."
                )
        elif option == "knots":
            good = isinstance(value, list) and len(value) <= MOST_COLUMNS
            if not good or not all(type(knot) in (int, float) for knot in value):
                raise ValueError(
                    f"{text!r} in a formula: knots must be a list of at most {MOST_COLUMNS} numbers."
                )
        elif type(value) not in _KINDS.get(option, (int, float, bool)):
            raise ValueError(f"{text!r} in a formula: {option}={value!r} has a wrong type.")


def transform(
    name: str, x: Any, options: dict[str, Any], state: Any, text: str
) -> tuple[Evaluated, dict[str, Any]]:
    """Compute one of the functions on numbers.

    Beyond the boundary knots ``bs`` goes on with its polynomials, as R's does, unless told otherwise: rows
    held out by a cross-validation may lie there.

    Parameters
    ----------
    name : str
        One of `TRANSFORMS`.
    x : ndarray of shape (n,)
    options : dict
        Checked.
    state : dict or None
        What was learned, as plain JSON values; None: learn from these rows.
    text : str
        The factor, for messages.

    Returns
    -------
    evaluated : Evaluated
    state : dict
        Plain JSON values.

    Examples
    --------
    >>> value, state = transform("center", np.array([1.0, 3.0]), {}, None, "center(x)")
    >>> transform("center", np.array([5.0]), {}, state, "center(x)")[0].matrix
    array([[3.]])
    """
    if name == "bs":
        options = {"extrapolation": "extend", **options}
    learned = {} if state is None else _known(name, from_plain(state), options, text)
    x = np.atleast_1d(np.asarray(x, dtype=np.float64))
    try:
        value = formulaic_transforms()[name](x, _state=learned, **options)
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        raise ValueError(f"{text!r} in the formula cannot be computed: {error}") from error
    if state is None:
        # From now on the state is what a file would hold, so that loaded models agree to the bit.
        state = to_plain(learned)
    metadata = getattr(value, "__formulaic_metadata__", None)
    value = getattr(value, "__wrapped__", value)
    spans = bool(metadata is not None and metadata.spans_intercept)
    if isinstance(value, dict):
        fields: tuple[str, ...] | None = tuple(map(str, value))
        matrix = np.column_stack(list(value.values()))
    else:
        matrix = np.asarray(value, dtype=np.float64)
        named = getattr(metadata, "column_names", None) or range(matrix.shape[-1])
        fields = None if matrix.ndim == 1 else tuple(map(str, named))
        matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    return Evaluated(matrix=_floats(matrix), fields=fields, spans_intercept=spans), state


def _known(name: str, learned: Any, options: dict[str, Any], text: str) -> dict[str, Any]:
    """Return what was learned, if it is all there."""
    needed = set() if options.get("raw") else _LEARNED[name]
    if not isinstance(learned, dict) or not needed <= learned.keys():
        raise ValueError(f"what {text!r} learned does not fit it")
    return learned


def _floats(matrix: NDArray[Any]) -> NDArray[np.float64]:
    return np.ascontiguousarray(matrix, dtype=np.float64)


def formulaic_transforms() -> dict[str, Any]:
    """Return formulaic's functions; say how to get it where it is not installed."""
    try:
        from formulaic.transforms import TRANSFORMS as KNOWN
    except ImportError as error:
        raise ImportError("Formulas need formulaic and pandas: pip install 'deepstat[formula]'.") from error
    return KNOWN
