"""An affine map of node features, dense or sparse."""

from __future__ import annotations

from torch import Tensor, nn

from deepstat.layers.graph.sparse_matrix import SparseMatrix


class NodeLinear(nn.Linear):
    """``x W' + b`` for a tensor (n, n_in) or a :class:`SparseMatrix`, with Glorot's uniform weights and a bias of zero.

    Parameters
    ----------
    n_in, n_out : int
    bias : bool, default=True

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks.

    Examples
    --------
    >>> import torch
    >>> layer = NodeLinear(3, 2)
    >>> x = torch.eye(3)
    >>> sparse = SparseMatrix.from_entries(torch.arange(3), torch.arange(3), torch.ones(3), (3, 3))
    >>> torch.equal(layer(x), layer(sparse))
    True
    """

    def __init__(self, n_in: int, n_out: int, bias: bool = True) -> None:
        super().__init__(n_in, n_out, bias)

    def reset_parameters(self) -> None:
        """Draw the weights anew."""
        nn.init.xavier_uniform_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x: Tensor | SparseMatrix) -> Tensor:
        """Return (n, n_out)."""
        if not isinstance(x, SparseMatrix):
            return super().forward(x)
        out = x.matmul(self.weight.t())
        return out if self.bias is None else out + self.bias
