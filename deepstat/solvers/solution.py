"""What a solver returns: K minimisers side by side, each with its own verdict."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Solution:
    """Minimisers of K problems of P unknowns (quantile solvers: (K, T) problems in place of K).

    Attributes
    ----------
    x : Tensor of shape (K, P)
        Where each member stopped.
    value : Tensor of shape (K,)
        The objective there.
    gradient : Tensor of shape (K, P)
        Its gradient there; for objectives with kinks the smallest subgradient the solver could show.
    hessian : Tensor of shape (K, P, P) or None
        Its second derivative (or expected information, where the objective hands that over).
    converged : Tensor of shape (K,), bool
        True only where the solver's own criterion is met; a member that ran out of iterations, drifts off to
        infinity or stalls is False, and its `x` is where it stood.
    n_iter : Tensor of shape (K,), int64
        Accepted steps.

    Examples
    --------
    >>> import torch
    >>> from deepstat.solvers.newton import newton
    >>> def bowl(x, order):
    ...     return ((x - 3) ** 2).sum(1), 2 * (x - 3), 2 * torch.eye(2, dtype=x.dtype).expand(len(x), 2, 2)
    >>> newton(bowl, torch.zeros(3, 2, dtype=torch.float64)).converged
    tensor([True, True, True])
    """

    x: Tensor
    value: Tensor
    gradient: Tensor
    hessian: Tensor | None
    converged: Tensor
    n_iter: Tensor
