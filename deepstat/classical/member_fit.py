"""One member of a batch of likelihood fits: its data, and the derivatives of its rows at the estimate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.classical.likelihood import Likelihood
from deepstat.classical.maximise_likelihood import LikelihoodFit
from deepstat.distributions.family import Family

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MemberFit:
    """See the module.

    Attributes
    ----------
    fit : LikelihoodFit
    member : int

    Examples
    --------
    >>> from deepstat.classical.classes import class_family
    >>> from deepstat.classical.maximise_likelihood import maximise_likelihood
    >>> one = torch.ones(4, 1, dtype=torch.float64)
    >>> fit = maximise_likelihood(class_family(2), [one], torch.tensor([0.0, 1.0, 1.0, 1.0]))
    >>> MemberFit(fit, 0).raw.exp().ravel().round(decimals=6)
    tensor([3., 3., 3., 3.], dtype=torch.float64)
    """

    fit: LikelihoodFit
    member: int

    @property
    def family(self) -> Family:
        """The family."""
        return self.fit.likelihood.family

    @cached_property
    def likelihood(self) -> Likelihood:
        """Of this member alone."""
        return self.fit.likelihood.members(slice(self.member, self.member + 1))

    @property
    def x(self) -> Tensor:
        """Unknowns (P,)."""
        return self.fit.solution.x[self.member]

    @cached_property
    def raw(self) -> Tensor:
        """Raw numbers of rows, then constants, (n, d)."""
        return self.likelihood.raw(self.x[None])[0]

    @property
    def y(self) -> Tensor:
        """Response (n,) or (n, columns)."""
        return self.likelihood.y[0]

    @cached_property
    def weight(self) -> Array:
        """Frequencies (n,)."""
        weight = self.likelihood.weight
        return np.ones(self.likelihood.n_rows) if weight is None else weight[0].numpy()

    @property
    def n_obs(self) -> float:
        """Sum of frequencies."""
        return float(self.weight.sum())

    @property
    def n_coefficients(self) -> int:
        """Unknowns that are coefficients."""
        return int(self.likelihood.blocks[-1].stop)

    @cached_property
    def transform(self) -> Array:
        """Matrix from coordinates to coefficients."""
        m = self.n_coefficients
        return self.likelihood.transform[:m, :m].numpy()

    @property
    def columns(self) -> Array:
        """Orthogonalised columns of the first raw number, (n, p)."""
        return self.likelihood.bases[0].columns.numpy()

    @cached_property
    def derivatives(self) -> tuple[Tensor, Tensor]:
        """Gradient (n, d) and Hessian (n, d, d) of each row's log-likelihood by its raw numbers."""
        _, gradient, hessian = self.likelihood.rows(self.x[None], 2)
        assert gradient is not None
        assert hessian is not None
        return gradient[0], hessian[0]

    @property
    def constants(self) -> dict[str, Tensor]:
        """The family's constants by name."""
        values = self.family.values(self.raw[:1], floored=False)
        return {parameter.name: values[parameter.name][0] for parameter in self.family.constant_parameters}

    def log_likelihood(self, **constants: float) -> float:
        """Return the log-likelihood at the estimate, or with some constants at other values."""
        values = self.family.values(self.raw, floored=False)
        values |= {name: torch.full_like(values[name], value) for name, value in constants.items()}
        log_prob = self.family.at(values).log_prob(self.y).numpy()
        used = self.weight > 0
        return float(self.weight[used] @ log_prob[used])
