"""The log-likelihood of every row and its derivatives by the family's raw numbers."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.distributions.family import Family


def row_derivatives(
    family: Family, raw: Tensor, y: Tensor, order: int
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Differentiate the log-likelihood of rows by their few raw numbers.

    Rows do not interact, so that the gradient of the sum holds every row's gradient, and one product with the Hessian
    of the sum for each raw number holds every row's Hessian: d + 1 reverse passes for any number of rows, and no
    derivative written by hand.

    Parameters
    ----------
    family : Family
    raw : Tensor of shape (m, d)
        The raw numbers of rows, then the constants.
    y : Tensor of shape (m,) or (m, columns)
    order : {0, 1, 2}

    Returns
    -------
    tuple of Tensor
        Log-probability (m,), gradient (m, d) and Hessian (m, d, d); None beyond `order`.

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.records import Distribution, Parameter
    >>> poisson = family_of(
    ...     Distribution(name="poisson", target=torch.distributions.Poisson, parameters=(Parameter("rate", "exp"),)),
    ...     torch.distributions.Poisson,
    ... )
    >>> row_derivatives(poisson, torch.zeros(1, 1), torch.tensor([3.0]), 2)[1:]
    (tensor([[2.]]), tensor([[[-1.]]]))
    """
    # Plain autograd: torch.func would import the compiler at its first call, for seconds.
    with torch.set_grad_enabled(order > 0):
        at = raw.detach().requires_grad_(order > 0)
        log_prob = family.build(at, floored=False).log_prob(y)
        if order == 0:
            return log_prob, None, None
        (gradient,) = torch.autograd.grad(log_prob.sum(), at, create_graph=order == 2)
        if order == 1:
            return log_prob.detach(), gradient, None
        columns = [_gradient(gradient[:, j].sum(), at) for j in range(raw.shape[1])]
    return log_prob.detach(), gradient.detach(), torch.stack(columns, dim=-1)


def _gradient(value: Tensor, at: Tensor) -> Tensor:
    """Differentiate, where a value that does not depend on `at` has derivative zero."""
    if not value.requires_grad:
        return torch.zeros_like(at)
    return torch.autograd.grad(value, at, retain_graph=True, materialize_grads=True)[0]
