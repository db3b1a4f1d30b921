"""From raw numbers to parameters: the links, by name, and the number of raw numbers that each takes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import softplus

from deepstat.records import Parameter

LINKS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda raw: raw,
    "exp": torch.exp,
    "softplus": softplus,
    "sigmoid": torch.sigmoid,
    "inverse": torch.reciprocal,
    "inverse_squared": torch.rsqrt,
    "simplex": lambda raw: raw.softmax(dim=-1),
    "increasing": lambda raw: torch.cat([raw[..., :1], raw[..., 1:].exp()], dim=-1).cumsum(dim=-1),
    "direction": lambda raw: torch.atan2(raw[..., 1::2], raw[..., ::2]),
    "cholesky": lambda raw: _lower_triangle(raw),
}
POSITIVE = ("exp", "softplus")


def n_raw(parameter: Parameter) -> int:
    """Return how many raw numbers a parameter takes; its size is a number by now.

    Examples
    --------
    >>> n_raw(Parameter("scale")), n_raw(Parameter("angle", "direction"))
    (1, 2)
    >>> n_raw(Parameter("triangle", "cholesky", size=3))
    6
    """
    size = int(parameter.size)
    if parameter.link == "cholesky":
        return size * (size + 1) // 2
    return max(1, size) * (2 if parameter.link == "direction" else 1)


def to_parameter(raw: Tensor, parameter: Parameter, *, floored: bool = True) -> Tensor:
    """Map raw numbers (n, n_raw) to a parameter: (n,), (n, size) or, for a triangle, (n, size, size).

    Parameters
    ----------
    raw : Tensor of shape (n, n_raw)
    parameter : Parameter
    floored : bool
        Add the parameter's floor (to the diagonal of a triangle); classical solvers do not.

    Examples
    --------
    >>> to_parameter(torch.zeros(1, 3), Parameter("thresholds", "increasing", size=3))
    tensor([[0., 1., 2.]])
    """
    value = LINKS[parameter.link](raw)
    if floored and parameter.floor and parameter.link in POSITIVE:
        value = value + parameter.floor
    elif floored and parameter.floor and parameter.link == "cholesky":
        value = value + parameter.floor * torch.eye(int(parameter.size), dtype=raw.dtype, device=raw.device)
    return value.squeeze(-1) if parameter.size == 0 else value


def _lower_triangle(raw: Tensor) -> Tensor:
    """Fill lower triangles row by row; the diagonal is exp of its raw numbers."""
    size = int(((8 * raw.shape[-1] + 1) ** 0.5 - 1) / 2)
    rows, columns = torch.tril_indices(size, size, device=raw.device).unbind()
    # Scatter by a product with constant zeros and ones: no indexed write, which vmap and the compiler dislike.
    cells = torch.arange(size * size, device=raw.device)
    place = (cells == (rows * size + columns)[:, None]).to(raw.dtype)
    is_diagonal = (rows == columns).to(raw.dtype)
    values = raw * (1 - is_diagonal) + raw.clamp(max=80.0).exp() * is_diagonal
    return (values @ place).unflatten(-1, (size, size))
