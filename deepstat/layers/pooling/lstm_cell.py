"""One step of a long short-term memory, written out in linear maps."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LSTMCell(nn.Module):
    """``c' = sigmoid(f) c + sigmoid(i) tanh(g)``, ``h' = sigmoid(o) tanh(c')``, [i, f, g, o] affine in input and h.

    The same function as ``torch.nn.LSTMCell``, which ``torch.func.vmap`` cannot batch.

    Parameters
    ----------
    n_in, n_hidden : int

    References
    ----------
    Hochreiter and Schmidhuber (1997), Long short-term memory; Gers, Schmidhuber and Cummins (2000) for the forget gate.

    Examples
    --------
    >>> cell = LSTMCell(3, 2)
    >>> hidden, memory = cell(torch.ones(5, 3), torch.zeros(5, 2), torch.zeros(5, 2))
    >>> hidden.shape, memory.shape
    (torch.Size([5, 2]), torch.Size([5, 2]))
    """

    def __init__(self, n_in: int, n_hidden: int) -> None:
        super().__init__()
        self.from_input = nn.Linear(n_in, 4 * n_hidden)
        self.from_hidden = nn.Linear(n_hidden, 4 * n_hidden, bias=False)

    def forward(self, x: Tensor, hidden: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Return the next hidden state and memory, (m, n_hidden) each, of x (m, n_in)."""
        gates = self.from_input(x) + self.from_hidden(hidden)
        enter, forget, new, leave = gates.chunk(4, dim=1)
        memory = torch.sigmoid(forget) * memory + torch.sigmoid(enter) * torch.tanh(new)
        return torch.sigmoid(leave) * torch.tanh(memory), memory
