"""Affine maps of several heads that share one matrix."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from deepstat.errors import unknown


class BatchEnsemble(nn.Linear):
    """Map each head's features by one shared matrix between adapters of its own: ``y_j = ((x_j * r_j) W) * s_j + b_j``.

    So head j has the matrix W times the outer product of r_j and s_j. One product of n * n_heads rows does for all of
    them: the matrix is read once, and never copied.

    Parameters
    ----------
    n_heads, in_features, out_features : int
    inputs : {"ones", "signs", "normal", None}
        How the adapters r of the inputs start: all ones, random signs, standard normal; None: there are none.
    outputs : bool
        Whether heads have adapters s (ones at the start) and biases of their own (equal at the start); else they share
        the bias.

    Attributes
    ----------
    weight : Parameter of shape (out_features, in_features)
    bias : Parameter of shape (n_heads, out_features), or (out_features,) where it is shared
        Both start uniform in ±1 / sqrt(in_features), as ``nn.Linear``.
    r : Parameter of shape (n_heads, in_features), or None
    s : Parameter of shape (n_heads, out_features), or None

    Raises
    ------
    UnknownName
        `inputs` is another word.

    References
    ----------
    Wen, Tran and Ba (2020), BatchEnsemble: an alternative approach to efficient ensemble and lifelong learning, ICLR.

    Examples
    --------
    >>> layer = BatchEnsemble(4, 3, 2, inputs="signs")
    >>> layer(torch.zeros(5, 3)).shape
    torch.Size([5, 4, 2])
    >>> layer.r.abs().unique()
    tensor([1.], grad_fn=<Unique2Backward0>)
    """

    def __init__(
        self,
        n_heads: int,
        in_features: int,
        out_features: int,
        *,
        inputs: str | None = "ones",
        outputs: bool = True,
    ) -> None:
        super().__init__(in_features, out_features, bias=not outputs)
        if inputs is not None and inputs not in STARTS:
            raise unknown("start of input adapters", inputs, STARTS)
        self.n_heads = n_heads
        self.r = None if inputs is None else nn.Parameter(STARTS[inputs](n_heads, in_features))
        self.s = nn.Parameter(torch.ones(n_heads, out_features)) if outputs else None
        if outputs:
            bound = in_features**-0.5
            self.bias = nn.Parameter(torch.empty(out_features).uniform_(-bound, bound).repeat(n_heads, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_heads, in_features), or with `r` also (n, in_features), to (n, n_heads, out_features)."""
        if self.r is not None:
            x = (x.unsqueeze(1) if x.ndim == 2 else x) * self.r
        # As rows of one matrix: batched over members, a product of three axes would copy the weights for each row.
        rows = x.flatten(0, 1)
        shape = (x.shape[0], x.shape[1], self.out_features)
        if self.s is None:
            return nn.functional.linear(rows, self.weight, self.bias).view(shape)
        return torch.addcmul(self.bias, nn.functional.linear(rows, self.weight).view(shape), self.s)

    def extra_repr(self) -> str:
        """Show the sizes."""
        return f"n_heads={self.n_heads}, in_features={self.in_features}, out_features={self.out_features}"


def _signs(n_heads: int, width: int) -> Tensor:
    return torch.randint(2, (n_heads, width)).to(torch.get_default_dtype()) * 2.0 - 1.0


STARTS: dict[str, Callable[..., Tensor]] = {"ones": torch.ones, "signs": _signs, "normal": torch.randn}
"""How input adapters start, by name: functions of the number of heads and the width."""
