"""Normalisation that keeps nodes apart."""

from __future__ import annotations

from torch import Tensor, nn

from deepstat.layers.graph.at_nodes import at_nodes
from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.mean_readout import mean_readout

# Under the root, so that a graph of equal nodes gives zeros and its gradient is finite; the authors' value.
_EPSILON = 1e-6


class PairNorm(nn.Module):
    """``s (x_i - m) / sqrt(mean_i |x_i - m|^2)``, m the mean over the nodes of the same graph.

    Many rounds of averaging over neighbours make all nodes alike; this keeps the mean squared distance of pairs of
    nodes at ``2 s^2``. With `individual` each node is scaled to length s by itself. It has no parameters.

    Parameters
    ----------
    scale : float, default=1.0
        s.
    individual : bool, default=False

    References
    ----------
    Zhao and Akoglu (2020), PairNorm: Tackling oversmoothing in GNNs, ICLR.

    Examples
    --------
    >>> import torch
    >>> edges = Edges(torch.tensor([1]), torch.tensor([0]), n_nodes=2)
    >>> PairNorm()(torch.tensor([[1.0, 0.0], [3.0, 0.0]]), edges)
    tensor([[-1.0000,  0.0000],
            [ 1.0000,  0.0000]])
    """

    reads_whole_graph = True

    def __init__(self, scale: float = 1.0, *, individual: bool = False) -> None:
        super().__init__()
        if scale <= 0:
            raise ValueError(f"scale={scale!r} is not allowed: give a number above zero.")
        self.scale, self.individual = scale, individual

    def forward(self, x: Tensor, edges: Edges) -> Tensor:
        """Return (n, d)."""
        centred = x - at_nodes(edges, mean_readout(x, edges))
        square = centred.square().sum(1, keepdim=True)
        if not self.individual:
            square = at_nodes(edges, mean_readout(square, edges))
        return centred * (self.scale * (square + _EPSILON).rsqrt())

    def extra_repr(self) -> str:
        """Show the options."""
        return f"scale={self.scale}, individual={self.individual}"
