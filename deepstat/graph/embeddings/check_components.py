"""How many coordinates an embedding can have."""

from __future__ import annotations

from numbers import Integral


def check_components(n_components: int, most: int, what: str) -> None:
    """Raise if a number of coordinates is not an integer from 1 to `most`.

    Parameters
    ----------
    n_components : int
    most : int
    what : str
        The function that asks, for the sentence.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> check_components(2, 3, "spectral_embedding")
    """
    if (
        not isinstance(n_components, Integral)
        or isinstance(n_components, bool)
        or not 1 <= n_components <= most
    ):
        raise ValueError(
            f"n_components={n_components!r} is not allowed: {what} of this graph gives 1 to {most} coordinates."
        )
