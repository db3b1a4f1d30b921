"""One of a few kinds."""

from __future__ import annotations

from deepstat.errors import suggest


def check_kind(kind: object, kinds: tuple[str, ...], what: str = "kind") -> None:
    """Raise unless `kind` is one of `kinds`.

    Examples
    --------
    >>> check_kind("symetric", ("symmetric", "random_walk"))
    Traceback (most recent call last):
    ...
    ValueError: Unknown kind 'symetric': choose one of symmetric, random_walk. Did you mean 'symmetric'?
    """
    if kind not in kinds:
        raise ValueError(
            f"Unknown {what} {kind!r}: choose one of {', '.join(kinds)}.{suggest(str(kind), kinds)}"
        )
