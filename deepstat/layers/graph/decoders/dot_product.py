"""Likeness of two nodes as the scalar product of their embeddings."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn


class DotProduct(nn.Module):
    """``|a| u'v + b``: one output, the same for (u, v) and (v, u), with a starting at one.

    The scale never turns likeness into unlikeness, whatever it is initialised to.

    Parameters
    ----------
    n_in : int
        Width of an embedding.
    n_outputs : int
        One.
    symmetric : bool
        Whether (u, v) and (v, u) shall have one output; they have, also in a directed graph.
    n_features : int
        Width of the features of pairs; not used here.

    Raises
    ------
    ValueError
        More than one output.

    References
    ----------
    Kipf and Welling (2016), Variational graph auto-encoders, NIPS workshop on Bayesian deep learning.

    Examples
    --------
    >>> import torch
    >>> decoder = DotProduct(2, 1)
    >>> _ = nn.init.zeros_(decoder.output.bias)
    >>> decoder(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])).tolist()
    [[11.0]]
    """

    reads_features: ClassVar[bool] = False

    def __init__(self, n_in: int, n_outputs: int, *, symmetric: bool = True, n_features: int = 0) -> None:
        super().__init__()
        if n_outputs != 1:
            raise ValueError(
                f"decoder='dot' gives one output and this target needs {n_outputs}: use 'bilinear' or 'mlp'."
            )
        self.output = nn.Linear(1, 1)
        nn.init.ones_(self.output.weight)

    def forward(self, source: Tensor, target: Tensor, features: Tensor | None = None) -> Tensor:
        """Map embeddings (m, n_in) of both ends to (m, 1)."""
        likeness = (source * target).sum(1, keepdim=True)
        return nn.functional.linear(likeness, self.output.weight.abs(), self.output.bias)
