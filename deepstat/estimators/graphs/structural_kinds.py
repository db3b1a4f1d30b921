"""Which structural features were asked for."""

from __future__ import annotations

from collections.abc import Sequence


def structural_kinds(given: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the kinds as a tuple, also where one is given by itself.

    Examples
    --------
    >>> structural_kinds("degree"), structural_kinds(["degree", "constant"]), structural_kinds(None)
    (('degree',), ('degree', 'constant'), None)
    """
    if given is None:
        return None
    return (given,) if isinstance(given, str) else tuple(given)
