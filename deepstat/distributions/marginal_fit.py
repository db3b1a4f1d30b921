"""The best constant parameters: where networks start, and what "no covariates" means."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from deepstat.distributions.family import Family
from deepstat.distributions.parameters import POSITIVE, n_raw

# Rows looked at: a start needs no more, and every member of a population makes one.
ROWS = 1_000


def marginal_fit(
    family: Family, y: Tensor, weight: Tensor | None = None, options: Mapping[str, float] | None = None
) -> np.ndarray:
    """Return the raw numbers (n_row + n_constant,) that maximise the likelihood of y without covariates.

    Quasi-Newton steps from raw zeros, or from the family's own ``start(family, y, weight, options)``, on at most 1,000
    evenly spaced rows. The start itself where no step from it is finite.

    Parameters
    ----------
    family : Family
    y : Tensor of shape (n, columns)
    weight : Tensor of shape (n,) or None
    options : mapping or None
        Options that replace the family's.

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.records import Distribution
    >>> normal = family_of(Distribution(name="normal", target=torch.distributions.Normal), torch.distributions.Normal)
    >>> marginal_fit(normal, torch.tensor([[1.0], [3.0]], dtype=torch.float64)).round(4) + 0.0
    array([2., 0.])
    """
    step = max(1, -(-len(y) // ROWS))
    y = y[::step]
    weight = torch.ones(len(y), dtype=y.dtype) if weight is None else weight[::step]
    y, place = torch.unique(y, dim=0, return_inverse=True)  # of counts, levels and rankings few are left
    weight = torch.zeros(len(y), dtype=weight.dtype).index_add(0, place, weight / weight.sum())
    value = y[:, 0] if family.columns == 1 else y
    options = dict(options or {})

    def objective(point: np.ndarray) -> tuple[float, np.ndarray]:
        raw = torch.from_numpy(point).requires_grad_()
        log_prob = family.build(raw.expand(len(y), -1), **options).log_prob(value)
        loss = -(log_prob * weight).sum()
        (gradient,) = torch.autograd.grad(loss, raw)
        if not (loss.isfinite() and gradient.isfinite().all()):
            return float("inf"), np.zeros_like(point)
        return float(loss.detach()), gradient.numpy()

    start = _start(family, y, weight, options)
    if not np.isfinite(objective(start)[0]):
        return start
    with np.errstate(all="ignore"):
        bounds = _bounds(family)
        found = minimize(
            objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100}
        )
    return found.x if np.isfinite(found.x).all() and np.isfinite(found.fun) else start


def _bounds(family: Family) -> list[tuple[float | None, None]]:
    """Keep scales above twice their floor: closer to it they hardly feel their raw number, and would not train."""
    return [
        (math.log(parameter.floor) if parameter.floor and parameter.link in POSITIVE else None, None)
        for parameter in family.row_parameters + family.constant_parameters
        for _ in range(n_raw(parameter))
    ]


def _start(family: Family, y: Tensor, weight: Tensor, options: Mapping[str, float]) -> np.ndarray:
    own = getattr(family.distribution, "start", None)
    if own is not None:
        return np.asarray(own(family, y, weight, options), dtype=np.float64)
    pieces = []
    for parameter in family.row_parameters + family.constant_parameters:
        piece = np.zeros(n_raw(parameter))
        if parameter.link == "direction":
            piece[::2] = 1.0  # an angle of zero, and not the origin, where it has no gradient
        elif parameter.link in ("inverse", "inverse_squared"):
            piece[:] = 1.0
        pieces.append(piece)
    return np.concatenate(pieces)
