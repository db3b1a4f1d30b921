"""The rows of a step of a network that draws them itself."""

from __future__ import annotations

from torch import Tensor

from deepstat.layers.draws_rows import DrawsRows


def drawn_rows(
    network: DrawsRows, x: Tensor, y: Tensor, weight: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the rows drawn, and weights by which their mean loss is unbiased for the mean loss of all rows given.

    Parameters
    ----------
    network : DrawsRows
    x, y : Tensor of shapes (m, width), (m, k)
        All rows of a member.
    weight : Tensor of shape (m,) or None

    Returns
    -------
    x, y, weight : Tensor of shapes (s, width), (s, k), (s,)

    Examples
    --------
    >>> import torch
    >>> class First(DrawsRows):
    ...     def draw_rows(self, x):
    ...         return torch.tensor([0]), torch.tensor([3.0])
    >>> x, y = torch.tensor([[7.0], [8.0], [9.0]]), torch.zeros(3, 1)
    >>> drawn_rows(First(), x, y, None)
    (tensor([[7.]]), tensor([[0.]]), tensor([1.]))
    """
    rows, factor = network.draw_rows(x)
    own = (factor * (len(rows) / len(x))).to(y)
    if weight is not None:
        own = own * weight.index_select(0, rows)
    return x.index_select(0, rows), y.index_select(0, rows), own
