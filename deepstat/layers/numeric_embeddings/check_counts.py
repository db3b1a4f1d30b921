"""Check the counts among the options of a numeric embedding."""

from __future__ import annotations


def check_counts(embedding: str, **counts: object) -> None:
    """Raise unless every count is a positive integer.

    Examples
    --------
    >>> check_counts("piecewise_linear", n_bins=0)
    Traceback (most recent call last):
    ValueError: n_bins of numeric_embedding 'piecewise_linear' is 0; give a positive integer.
    """
    for name, value in counts.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(
                f"{name} of numeric_embedding {embedding!r} is {value!r}; give a positive integer."
            )
