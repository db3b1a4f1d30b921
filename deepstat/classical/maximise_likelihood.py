"""Fit a family whose raw numbers are linear in designs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from deepstat.classical.likelihood import Likelihood, likelihood_of
from deepstat.classical.start import start
from deepstat.distributions.family import Family
from deepstat.distributions.parameters import n_raw
from deepstat.solvers.lbfgs import lbfgs
from deepstat.solvers.newton import newton
from deepstat.solvers.solution import Solution

_POLISH = 2  # further steps: quadratic convergence needs no more


def maximise_likelihood(
    family: Family,
    designs: Sequence[Tensor],
    y: Tensor,
    *,
    weight: Tensor | None = None,
    offset: Tensor | None = None,
    names: Sequence[Sequence[str]] | None = None,
    heads: Sequence[str] | None = None,
    solver: Literal["newton", "lbfgs"] = "newton",
    tol: float = 1e-10,
    max_iter: int = 200,
) -> LikelihoodFit:
    """Maximise the likelihood, for K members at once.

    Every coefficient and constant is estimated jointly, without floors on positive parameters, on orthogonalised
    columns, and mapped back to the units of the data.

    Parameters
    ----------
    family : Family
    designs : sequence of Tensor of shape (n, p_j)
        One for each raw number of a row, with its column of ones.
    y : Tensor of shape (n,) or (n, columns); for a response of each member (K, n) or (K, n, columns)
    weight : Tensor of shape (n,) or (K, n), optional
        Frequencies: weight 2 is the row twice. With K rows of it, K fits.
    offset : Tensor of shape (n,), optional
        Added to the first raw number (log exposure).
    names : sequence of sequences of str, optional
        Of the columns of each design.
    heads : sequence of str, optional
        Of the raw numbers of a row; by default the parameters' names, with [0], [1], ... for vectors.
    solver : {"newton", "lbfgs"}
        Newton's method, or L-BFGS, which needs no second derivatives on its way: for many columns.
    tol : float
    max_iter : int

    Returns
    -------
    LikelihoodFit

    Raises
    ------
    ValueError
        As :func:`deepstat.classical.likelihood.likelihood_of`.

    Examples
    --------
    >>> from deepstat.classical.classes import class_family
    >>> x = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    >>> fit = maximise_likelihood(
    ...     class_family(2), [x], torch.tensor([0.0, 1.0, 1.0, 0.0]), weight=torch.tensor([[1.0, 1.0, 3.0, 1.0]])
    ... )
    >>> fit.coefficients.exp().round(decimals=6)
    tensor([[1., 3.]], dtype=torch.float64)
    """
    likelihood = likelihood_of(family, designs, y, weight=weight, offset=offset, names=names)
    if names is None:
        names = [tuple(f"x{j}" for j in range(X.shape[1])) for X in designs]
    with torch.no_grad():
        if solver == "newton":
            found = newton(
                likelihood, start(likelihood), tol=tol, max_iter=max_iter, narrow=likelihood.members
            )
            solution = _polished(likelihood, found)
        else:
            found = lbfgs(
                likelihood, start(likelihood), tol=tol, max_iter=max_iter, narrow=likelihood.members
            )
            solution = replace(found, hessian=likelihood(found.x, 2)[2])  # once, for the standard errors
    return LikelihoodFit(likelihood, solution, tuple(map(tuple, names)), tuple(heads or _heads(family)))


def _polished(likelihood: Likelihood, found: Solution) -> Solution:
    """Take full Newton steps as long as they shrink the score in the units of the data, down to rounding.

    The solver judges by the size of steps in standard errors; reports print the score itself.
    """
    x, value, gradient, hessian = found.x, found.value, found.gradient, found.hessian
    assert hessian is not None
    inverse = torch.linalg.inv(likelihood.transform)
    for _ in range(_POLISH):
        step = torch.linalg.solve_ex(hessian, gradient[..., None])[0][..., 0]
        trial = torch.where(found.converged[:, None], x - step, x)
        new_value, new_gradient, new_hessian = likelihood(trial, 2)
        assert new_gradient is not None
        assert new_hessian is not None
        before, after = (torch.linalg.vector_norm(g @ inverse, dim=1) for g in (gradient, new_gradient))
        better = after < before
        if not better.any():
            break
        x, value = torch.where(better[:, None], trial, x), torch.where(better, new_value, value)
        gradient = torch.where(better[:, None], new_gradient, gradient)
        hessian = torch.where(better[:, None, None], new_hessian, hessian)
    return replace(found, x=x, value=value, gradient=gradient, hessian=hessian)


def _heads(family: Family) -> tuple[str, ...]:
    heads: list[str] = []
    for parameter in family.row_parameters:
        m = n_raw(parameter)
        heads += [parameter.name] if m == 1 else [f"{parameter.name}[{j}]" for j in range(m)]
    return tuple(heads)


@dataclass(frozen=True, eq=False)
class LikelihoodFit:
    """K maximum likelihood fits; see :func:`maximise_likelihood`.

    Attributes
    ----------
    likelihood : Likelihood
        With the data.
    solution : Solution
        In coordinates of the bases.
    names : tuple of tuples of str
        Columns of each design.
    heads : tuple of str
        Raw numbers of a row.
    """

    likelihood: Likelihood
    solution: Solution
    names: tuple[tuple[str, ...], ...]
    heads: tuple[str, ...]

    @property
    def coefficients(self) -> Tensor:
        """Coefficients in the units of the data, then raw constants, (K, P)."""
        return self.solution.x @ self.likelihood.transform.T

    @property
    def log_likelihood(self) -> Tensor:
        """(K,)."""
        return -self.solution.value

    @property
    def converged(self) -> Tensor:
        """(K,) bool."""
        return self.solution.converged

    def score(self, coefficients: Tensor) -> Tensor:
        """Return the gradient (K, P) of the log-likelihood at any coefficients (K, P), in the units of the data.

        Members that do not share their data each have a row.
        """
        transform = self.likelihood.transform
        x = torch.linalg.solve(transform, coefficients[..., None])[..., 0]
        gradient = self.likelihood(x, 2)[1]
        assert gradient is not None
        return torch.linalg.solve(transform.T, -gradient[..., None])[..., 0]
