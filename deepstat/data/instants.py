"""Dates as numbers: elapsed days, and the position in the year, the week and the day."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

DAY = 86400.0
QUARTER_HOUR = 900.0
PARTS: tuple[str, ...] = (
    "elapsed days",
    "sine of time of year",
    "cosine of time of year",
    "sine of day of week",
    "cosine of day of week",
    "sine of time of day",
    "cosine of time of day",
)


def instants(seconds: np.ndarray[Any, Any], zone: str | None = None) -> np.ndarray[Any, Any]:
    """Expand instants to seven float columns, in the order of `PARTS`.

    Elapsed days are counted from 1970 in UTC, so that they run evenly through changes of the clock; the
    cycles are those of the wall clock in `zone`, because people live by it.

    Parameters
    ----------
    seconds : ndarray of shape (n,)
        Seconds since 1970-01-01 00:00 (UTC if `zone` is given, else as the clock on the wall shows them); NaN
        is missing.
    zone : str or None
        Time zone, e.g. ``"Europe/Berlin"`` or ``"UTC+02:00"``.

    Returns
    -------
    ndarray of shape (n, 7), float64
        Rows of a missing instant are NaN.

    Raises
    ------
    ValueError
        The time zone is unknown on this machine.

    Examples
    --------
    >>> import numpy as np
    >>> instants(np.array([86400.0 * 4.25])).round(3)  # Monday the 5th of January 1970, six in the morning
    array([[4.25 , 0.073, 0.997, 0.   , 1.   , 1.   , 0.   ]])
    """
    missing = np.isnan(seconds)
    given = np.where(missing, 0.0, seconds)
    wall = given + wall_clock_offset(given, zone)
    days = np.floor(wall / DAY)
    date = days.astype("datetime64[D]")
    year = date.astype("datetime64[Y]")
    start = year.astype("datetime64[D]").astype(np.float64)
    length = (year + 1).astype("datetime64[D]").astype(np.float64) - start
    cycles = (
        (wall / DAY - start) / length,
        ((days + 3.0) % 7.0) / 7.0,  # 1970 began on a Thursday; Monday is 0
        (wall - days * DAY) / DAY,
    )
    expanded = np.empty((len(seconds), len(PARTS)))
    expanded[:, 0] = given / DAY
    for i, cycle in enumerate(cycles):
        expanded[:, 1 + 2 * i] = np.sin(2.0 * np.pi * cycle)
        expanded[:, 2 + 2 * i] = np.cos(2.0 * np.pi * cycle)
    # The sines of 0:00 and 12:00 differ by 1e-16: that must not be standardised to a difference.
    np.round(expanded[:, 1:], 12, out=expanded[:, 1:])
    expanded[missing] = np.nan
    return expanded


def wall_clock_offset(seconds: np.ndarray[Any, Any], zone: str | None) -> np.ndarray[Any, Any] | float:
    """Return the seconds by which the wall clock in `zone` is ahead of UTC at each instant.

    Offsets are looked up once for each quarter of an hour that occurs (clocks change on the quarter; about a
    microsecond each), through Python's own time zones, so that every container gives the same numbers.

    Examples
    --------
    >>> import numpy as np
    >>> wall_clock_offset(np.array([0.0, 1.75e9]), "Europe/Berlin")
    array([3600., 7200.])
    """
    if zone is None:
        return 0.0
    clock = _clock(zone)
    quarters, inverse = np.unique(np.floor(seconds / QUARTER_HOUR), return_inverse=True)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    offsets = [
        (
            (epoch + timedelta(seconds=quarter * QUARTER_HOUR)).astimezone(clock).utcoffset() or timedelta(0)
        ).total_seconds()
        for quarter in quarters.tolist()
    ]
    return np.asarray(offsets)[inverse]


@cache
def _clock(zone: str) -> tzinfo:
    fixed = re.fullmatch(r"(?:UTC)?([+-])(\d{2}):?(\d{2})", zone)
    if fixed:
        sign = -1 if fixed[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(fixed[2]), minutes=int(fixed[3])))
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(
            f"Time zone {zone!r} is unknown on this machine; use a name of the IANA database "
            "or install 'tzdata'."
        ) from error
