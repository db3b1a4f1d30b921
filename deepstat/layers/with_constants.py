"""Numbers trained beside a network and put out with each row."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.layers.heads_of import heads_of


class WithConstants(nn.Module):
    """A network whose outputs are followed by trained numbers, the same for all rows.

    Parameters
    ----------
    network : nn.Module
        Maps (n, width) to (n, k), or with heads to (n, H, k).
    n_constants : int

    Examples
    --------
    >>> WithConstants(nn.Linear(3, 2), 1)(torch.zeros(5, 3)).shape
    torch.Size([5, 3])
    """

    def __init__(self, network: nn.Module, n_constants: int) -> None:
        super().__init__()
        self.network = network
        self.constants = nn.Parameter(torch.zeros(n_constants))

    @property
    def n_heads(self) -> int | None:
        """Heads of the network, which share the constants."""
        return heads_of(self.network)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, width) to (n, k + n_constants), or with heads to (n, H, k + n_constants)."""
        raw = self.network(x)
        return torch.cat([raw, self.constants.expand(*raw.shape[:-1], -1)], dim=-1)
