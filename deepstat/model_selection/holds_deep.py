"""Look for a deepstat estimator in what somebody hands to joblib."""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import types
from typing import Any

import numpy as np

# Of a longer list, only so many items are looked at: a list of rows is no place for an estimator.
LOOKED_AT = 100
_PLAIN = (str, bytes, int, float, complex, type(None), np.ndarray, np.generic)


def holds_deep(thing: Any) -> bool:
    """Say whether a deepstat estimator is in `thing`: a parameter, an item, a bound object, a captured variable.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from deepstat import DeepRegressor
    >>> holds_deep([{"model": make_pipeline(StandardScaler(), DeepRegressor())}]), holds_deep(StandardScaler())
    (True, False)
    """
    left, seen = [thing], set()
    while left:
        item = left.pop()
        if isinstance(item, _PLAIN) or id(item) in seen:
            continue
        if _read(item, "_trains_networks") is True:  # an estimator, a class of them, an ensemble
            return True
        if isinstance(item, type):
            continue
        seen.add(id(item))
        with contextlib.suppress(Exception):  # of somebody's own class: as if nothing were inside
            left.extend(_inside(item))
    return False


def asked_for_deep() -> bool:
    """Say whether who asks joblib how many jobs there are works on a deepstat estimator.

    joblib passes on the number alone, so this looks at who is calling: the nearest function with an estimator among
    its arguments decides.
    """
    frame = inspect.currentframe()
    while frame is not None and (frame := frame.f_back) is not None:
        code, values = frame.f_code, frame.f_locals
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            value = values.get(name)
            if not isinstance(value, type) and _read(value, "get_params") is not None:
                return holds_deep(value)
    return False


def _read(item: Any, name: str) -> Any:
    """Return an attribute, or None where there is none or reading it fails, as it may with anybody's objects."""
    try:
        return getattr(item, name, None)
    except Exception:
        return None


def _inside(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(itertools.islice(item.values(), LOOKED_AT))
    if isinstance(item, (list, tuple, set, frozenset)):
        return list(itertools.islice(item, LOOKED_AT))
    if isinstance(item, functools.partial):
        return [item.func, *item.args, *item.keywords.values()]
    if isinstance(item, types.MethodType):
        return [item.__func__, item.__self__, *_attributes(item.__self__)]
    if isinstance(item, types.FunctionType):
        captured = []
        for cell in item.__closure__ or ():
            with contextlib.suppress(ValueError):  # a cell still empty
                captured.append(cell.cell_contents)
        return captured
    if hasattr(item, "get_params"):
        return list(item.get_params(deep=False).values())
    # scikit-learn's and others' wrappers of a function to call
    return [item.function] if callable(item) and hasattr(item, "function") else []


def _attributes(item: Any) -> list[Any]:
    """Return the attributes of an object whose method is called, unless its parameters say what it holds."""
    return [] if hasattr(item, "get_params") else list(getattr(item, "__dict__", {}).values())
