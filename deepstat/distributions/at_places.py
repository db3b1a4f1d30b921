"""Functions of one place in each row, at one place or several."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


def at_places(function: Callable[[Tensor], Tensor], y: Tensor, n: int) -> Tensor:
    """Apply a function of places (..., n) to y: () or (n,) give (n,), (n, m) and (1, m) give (n, m).

    Raises
    ------
    ValueError
        y has another shape.

    Examples
    --------
    >>> import torch
    >>> loc = torch.tensor([0.0, 1.0])
    >>> at_places(lambda y: y - loc, torch.tensor([[5.0, 6.0, 7.0]]), 2)
    tensor([[5., 6., 7.],
            [4., 5., 6.]])
    """
    fits = y.ndim == 0 or (y.ndim == 1 and len(y) == n) or (y.ndim == 2 and len(y) in (1, n))
    if not fits:
        raise ValueError(
            f"y has shape {tuple(y.shape)}, but there are {n} rows: give a number, ({n},) or ({n}, m)."
        )
    return function(y.expand(n)) if y.ndim < 2 else function(y.expand(n, -1).T).T
