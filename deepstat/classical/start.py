"""Where Newton starts: the best constants, seen as coefficients."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from deepstat.classical.basis import Basis
from deepstat.classical.likelihood import Likelihood
from deepstat.distributions.family import Family
from deepstat.distributions.parameters import n_raw
from deepstat.records import Parameter
from deepstat.solvers.newton import newton


def start(likelihood: Likelihood) -> Tensor:
    """Return unknowns (K, P) at the maximum of the likelihood without covariates.

    The constants are fitted by Newton from moments of y (or the family's own start), once for all members;
    coefficients are those of the columns that come nearest to a constant.

    Examples
    --------
    >>> from deepstat.classical.likelihood import likelihood_of
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.records import Distribution
    >>> poisson = family_of(
    ...     Distribution(name="poisson", target=torch.distributions.Poisson, parameters=(Parameter("rate", "exp"),)),
    ...     torch.distributions.Poisson,
    ... )
    >>> x = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    >>> likelihood = likelihood_of(poisson, [x], torch.tensor([1.0, 2.0, 6.0]))
    >>> start(likelihood).exp().round(decimals=6)
    tensor([[3., 1.]], dtype=torch.float64)
    """
    family, n = likelihood.family, likelihood.n_rows
    y = likelihood.y[:1]
    weight = torch.ones(1, n, dtype=torch.float64)
    if likelihood.weight is not None:
        weight = likelihood.weight.mean(0, keepdim=True)
    one = Basis(torch.ones(n, 1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64))
    marginal = replace(likelihood, bases=(one,) * family.n_row, y=y, weight=weight, offset=None)
    own = getattr(family.distribution, "start", None)
    columns = y[0] if y.dim() == 3 else y[0][:, None]
    first = (
        _moments(family, columns, weight[0])
        if own is None
        else torch.as_tensor(own(family, columns, weight[0]), dtype=torch.float64)
    )
    best = newton(marginal, first[None], max_iter=50).x[0]
    level = best[: family.n_row].clone()
    if likelihood.offset is not None:
        level[0] -= likelihood.offset.mean()
    heads = [value * basis.columns.mean(0) for value, basis in zip(level, likelihood.bases, strict=True)]
    return torch.cat([*heads, best[family.n_row :]]).expand(likelihood.n_members, -1)


def _moments(family: Family, columns: Tensor, weight: Tensor) -> Tensor:
    """Raw numbers whose parameters have the size of what they stand for."""
    share = (weight / weight.sum())[:, None]
    mean = (columns * share).sum(0)
    spread = ((columns - mean).square() * share).sum(0).sqrt().clamp(min=1e-8)
    located = any(parameter.shifts for parameter in family.parameters)
    ordered = family.row_parameters + family.constant_parameters
    return torch.cat([_raw(parameter, mean, spread, located) for parameter in ordered])


def _raw(parameter: Parameter, mean: Tensor, spread: Tensor, located: bool) -> Tensor:
    zero = torch.zeros(n_raw(parameter), dtype=torch.float64)
    if parameter.link == "direction":
        zero[::2] = 1.0  # an angle of zero; the origin has none
        return zero
    if parameter.link == "cholesky":
        k = int(parameter.size)
        zero[torch.arange(1, k + 1).cumsum(0) - 1] = spread[:k].log() * parameter.power
        return zero
    if parameter.shifts:
        return mean[: max(1, len(zero))].expand(len(zero)).clone()
    size = spread if located else mean.abs().clamp(min=1e-8)
    if parameter.link == "exp":
        return zero + parameter.power * size[0].log()
    if parameter.link == "inverse":
        return zero + 1.0 / size[0]
    if parameter.link == "inverse_squared":
        return zero + 1.0 / size[0].square()
    return zero
