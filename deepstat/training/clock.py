"""The clock that time limits are read off."""

from __future__ import annotations

import time


def now() -> float:
    """Return seconds since some moment in the past; never set back.

    Examples
    --------
    >>> now() <= now()
    True
    """
    return time.monotonic()
