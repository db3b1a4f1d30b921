"""A bilinear form of two embeddings for each output."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn


class Bilinear(nn.Module):
    """``u'W_k v + b_k`` with ``W_k = L' diag(r_k) R`` for output k: what outputs share is learned once.

    For one output this is any matrix W of the embeddings. Symmetric: L and R are one, and W any symmetric matrix.

    Parameters
    ----------
    n_in : int
        Width of an embedding.
    n_outputs : int
    symmetric : bool
        Whether (u, v) and (v, u) shall have the same outputs.
    n_features : int
        Width of the features of pairs; not used here.
    diagonal : bool, default=False
        ``L = R = I`` (DistMult): a weighted scalar product for each output, which is symmetric in any case.

    References
    ----------
    Yang, Yih, He, Gao and Deng (2015), Embedding entities and relations for learning and inference in knowledge
    bases, ICLR; Kim, On, Lim, Kim, Ha and Zhang (2017), Hadamard product for low-rank bilinear pooling, ICLR.

    Examples
    --------
    >>> import torch
    >>> u, v = torch.randn(2, 5, 3)
    >>> decoder = Bilinear(3, 2, symmetric=True)
    >>> torch.equal(decoder(u, v), decoder(v, u))
    True
    """

    reads_features: ClassVar[bool] = False

    def __init__(
        self,
        n_in: int,
        n_outputs: int,
        *,
        symmetric: bool = True,
        n_features: int = 0,
        diagonal: bool = False,
    ) -> None:
        super().__init__()
        self.left = nn.Identity() if diagonal else nn.Linear(n_in, n_in, bias=False)
        self.right = nn.Identity() if diagonal else None if symmetric else nn.Linear(n_in, n_in, bias=False)
        self.output = nn.Linear(n_in, n_outputs)

    def forward(self, source: Tensor, target: Tensor, features: Tensor | None = None) -> Tensor:
        """Map embeddings (m, n_in) of both ends to (m, n_outputs)."""
        right = self.left if self.right is None else self.right
        return self.output(self.left(source) * right(target))
