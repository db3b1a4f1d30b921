"""Decay in steps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from deepstat.schedules.check_fraction import check_fraction


def step_decay(progress: Tensor, *, factor: float = 0.1, at: Sequence[float] = (0.5, 0.75)) -> Tensor:
    """Return factor^(how many of the fractions `at` are reached).

    Parameters
    ----------
    progress : Tensor of any shape
        Fractions of all steps done, in [0, 1).
    factor : float in [0, 1]
        What every drop multiplies by.
    at : sequence of float in [0, 1]
        Where the drops are, increasing.

    Returns
    -------
    Tensor of the same shape

    Raises
    ------
    ValueError
        An option lies outside its range.

    References
    ----------
    He, Zhang, Ren and Sun (2016), Deep residual learning for image recognition, CVPR.

    Examples
    --------
    >>> import torch
    >>> step_decay(torch.tensor([0.0, 0.5, 0.9]))
    tensor([1.0000, 0.1000, 0.0100])
    """
    check_fraction("step_decay: factor", factor)
    for fraction in at:
        check_fraction("step_decay: at", fraction)
    if list(at) != sorted(at):
        raise ValueError(f"step_decay: at={at!r} is not allowed; give increasing fractions.")
    drops = torch.tensor(at, dtype=progress.dtype, device=progress.device)
    return factor ** torch.bucketize(progress, drops, right=True).to(progress.dtype)
