"""Read a column of Python objects: the values decide what it holds."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from deepstat.data.raw_column import RawColumn

EPOCH = datetime(1970, 1, 1)
AWARE_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_objects(name: str, values: Iterable[Any], categorical: bool = False) -> RawColumn:
    """Read a column of objects.

    Numbers alone (also ``Decimal``) are numeric, True and False alone boolean, dates alone a datetime column,
    durations alone seconds; text, with or without numbers beside it, is categorical. A string is always a
    category, also ``"1.5"``. None, NaN and the missing values of pandas are missing.

    Parameters
    ----------
    name : str
        The column's name, for messages.
    values : iterable of objects
        Read twice.
    categorical : bool
        The container declares categories: whatever is neither text nor a number (intervals, dates) is read as
        its text.

    Returns
    -------
    RawColumn

    Raises
    ------
    TypeError
        A value is neither a number nor text nor a date, or the column mixes dates with something else.
    ValueError
        A value is infinite or complex.

    Examples
    --------
    >>> read_objects("size", [2, "large", None]).values
    array([2, 'large', None], dtype=object)
    >>> read_objects("size", [2, None]).values
    array([ 2., nan])
    """
    try:
        distinct = dict.fromkeys(values)  # every test below looks at each distinct value once
    except TypeError:
        raise _refused(name, next(value for value in values if not _is_hashable(value))) from None
    families: dict[str, Any] = {}
    for value in distinct:
        family, distinct[value] = _read_value(name, value, categorical)
        if family:
            families[family] = value
    read = [distinct[value] for value in values]
    if not families:
        return RawColumn(name, "empty", np.full(len(read), np.nan))
    if categorical or ("text" in families and families.keys() <= {"text", "number", "boolean"}):
        cells = np.empty(len(read), dtype=object)
        cells[:] = read
        return RawColumn(name, "categorical", cells)
    if len(families) > 1 and families.keys() != {"number", "boolean"}:
        examples = " and ".join(f"{family} ({value!r})" for family, value in sorted(families.items()))
        raise TypeError(f"Column {name!r} mixes {examples}; convert it to one kind.")
    floats = np.array([math.nan if value is None else value for value in read], dtype=np.float64)
    if "date" in families or "date with time zone" in families:
        return RawColumn(name, "datetime", floats, "UTC" if "date with time zone" in families else None)
    return RawColumn(name, "boolean" if families.keys() == {"boolean"} else "numeric", floats)


def _read_value(name: str, value: Any, categorical: bool) -> tuple[str, Any]:
    """Return the family of a value and its plain form (None: missing)."""
    if isinstance(value, str):
        return "text", str(value)
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    elif isinstance(value, np.timedelta64):
        value = value.astype("timedelta64[us]").item()
    elif isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return "", None
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, (numbers.Real, Decimal)):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise ValueError("Input X contains infinity or a value too large for dtype('float64').")
        if math.isnan(number):
            return "", None
        return "number", value if isinstance(value, int) else number
    if isinstance(value, numbers.Complex):
        raise ValueError(f"Complex data not supported: column {name!r} holds {value!r}; give real numbers.")
    if categorical:
        return "text", str(value)
    if isinstance(value, timedelta):
        return "duration", value.total_seconds()
    if isinstance(value, datetime):
        aware = value.tzinfo is not None
        family = "date with time zone" if aware else "date"
        return family, (value - (AWARE_EPOCH if aware else EPOCH)).total_seconds()
    if isinstance(value, date):
        return "date", float((value - EPOCH.date()).days) * 86400.0
    raise _refused(name, value)


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _refused(name: str, value: Any) -> TypeError:
    kind = type(value).__name__
    return TypeError(
        f"Column {name!r} holds {value!r}: the argument must be a string or a number, a date or "
        f"missing, not {kind!r}."
    )
