"""A family's constants as they are reported: in their own units, not on the raw scale."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.distributions.family import Family
from deepstat.distributions.parameters import n_raw, to_parameter
from deepstat.records import Parameter

Array = NDArray[np.float64]


def constants(family: Family, raw: Tensor) -> tuple[tuple[str, ...], Array, Array]:
    """Return names, values and the Jacobian (reported, raw) of a family's constants, for the delta method.

    Parameters
    ----------
    family : Family
    raw : Tensor of shape (n_constant,)

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.records import Distribution
    >>> parameters = (Parameter("loc"), Parameter("scale", "exp", per="constant"))
    >>> record = Distribution(name="normal", target=torch.distributions.Normal, parameters=parameters)
    >>> constants(family_of(record, torch.distributions.Normal), torch.zeros(1))
    (('scale',), array([1.]), array([[1.]]))
    """
    if not family.n_constant:
        return (), np.zeros(0), np.zeros((0, 0))
    names: list[str] = []
    for parameter in family.constant_parameters:
        names += _names(parameter)

    def reported(at: Tensor) -> Tensor:
        parts, place = [], 0
        for parameter in family.constant_parameters:
            m = n_raw(parameter)
            value = to_parameter(at[None, place : place + m], parameter, floored=False)[0]
            if parameter.link == "cholesky":
                value = value[*torch.tril_indices(len(value), len(value)).unbind()]
            parts.append(value.reshape(-1))
            place += m
        return torch.cat(parts)

    jacobian = torch.autograd.functional.jacobian(reported, raw)
    return tuple(names), reported(raw).numpy().astype(np.float64), jacobian.numpy().astype(np.float64)


def _names(parameter: Parameter) -> list[str]:
    size = int(parameter.size)
    if parameter.link == "cholesky":
        return [f"{parameter.name}[{i},{j}]" for i in range(size) for j in range(i + 1)]
    return [parameter.name] if size == 0 else [f"{parameter.name}[{j}]" for j in range(size)]
