"""Responses and weights of K members, brought to one shape."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.solvers.double import double


def responses(n: int, Y: Tensor, weight: Tensor | None, members: int = 1) -> tuple[Tensor, Tensor]:
    """Return Y and weight as (K, n) views; a missing weight is one.

    Parameters
    ----------
    n : int
        Rows of the design.
    Y : Tensor of shape (n,) or (K, n)
    weight : Tensor of shape (n,) or (K, n), optional
        Non-negative, and positive somewhere.
    members : int
        K at least, where something else has members too.

    Raises
    ------
    ValueError
        On shapes that do not fit, non-finite or negative entries, and a member without weight.

    Examples
    --------
    >>> import torch
    >>> Y, weight = responses(2, torch.tensor([1.0, 2.0]), torch.tensor([[1.0, 1.0], [2.0, 0.0]]))
    >>> Y.shape, weight.shape
    (torch.Size([2, 2]), torch.Size([2, 2]))
    """
    Y = double("Y", Y, (1, 2))
    weight = torch.ones_like(Y) if weight is None else double("weight", weight, (1, 2))
    shapes = {tuple(Y.shape[:-1]), tuple(weight.shape[:-1]), (members,)} - {(), (1,)}
    if Y.shape[-1] != n or weight.shape[-1] != n or len(shapes) > 1:
        raise ValueError(
            f"Y {tuple(Y.shape)} and weight {tuple(weight.shape)} do not fit a design of {n} rows"
            f"{f' and {members} members' if members > 1 else ''}: each is ({n},) or (K, {n}) with one K."
        )
    if (weight < 0).any() or (weight.sum(-1) <= 0).any():
        raise ValueError("weight has negative entries or a member without any; weights are zero or positive.")
    K = next(iter(shapes))[0] if shapes else 1
    return Y.expand(K, n), weight.expand(K, n)
