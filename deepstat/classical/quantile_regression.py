"""Linear quantile regression, exactly, with standard errors that say what they assume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.classical.basis import Basis, basis_of
from deepstat.classical.data_key import data_key
from deepstat.classical.rank_inversion import rank_path
from deepstat.classical.result import ClassicalResult
from deepstat.classical.sparsity import Bandwidth, kernel, residual_bandwidth
from deepstat.solvers.interior_point import interior_point
from deepstat.solvers.solution import Solution

Array = NDArray[np.float64]
Covariance = Literal["iid", "powell", "rank", "bootstrap"]

NO_LIKELIHOOD = "A quantile regression has no likelihood, and so no AIC, BIC or deviance."
_ENTRIES = 2**24  # weights drawn at once: 128 MB


def quantile_fit(
    X: Tensor,
    y: Tensor,
    quantiles: float | Sequence[float],
    *,
    weight: Tensor | None = None,
    offset: Tensor | None = None,
    names: Sequence[str] | None = None,
) -> QuantileFit:
    """Fit a line for each quantile and member, each by itself, so that lines may cross.

    Parameters
    ----------
    X : Tensor of shape (n, p)
        With its column of ones.
    y : Tensor of shape (n,) or (K, n)
    quantiles : float or sequence of float
        T levels in (0, 1).
    weight : Tensor of shape (n,) or (K, n), optional
        Frequencies.
    offset : Tensor of shape (n,), optional
    names : sequence of str, optional
        Of the columns.

    Returns
    -------
    QuantileFit
        At a vertex: p residuals are exactly zero.

    Raises
    ------
    ValueError
        A level outside (0, 1), shapes that do not fit, dependent columns.

    Examples
    --------
    >>> X = torch.ones(5, 1, dtype=torch.float64)
    >>> quantile_fit(X, torch.tensor([1.0, 2.0, 3.0, 5.0, 9.0]), [0.5, 0.75]).coefficients[0, :, 0].round(decimals=9)
    tensor([3., 5.], dtype=torch.float64)
    """
    levels = tuple(float(q) for q in np.atleast_1d(quantiles))
    X, y = X.to(torch.float64), torch.atleast_2d(y.to(torch.float64))
    labels = tuple(names or (f"x{j}" for j in range(X.shape[1])))
    basis = basis_of(X, labels)
    if offset is not None:
        y = y - offset
    weight = None if weight is None else torch.atleast_2d(weight.to(torch.float64))
    solution = interior_point(basis.columns, y, torch.tensor(levels, dtype=torch.float64), weight)
    return QuantileFit(basis, X, y, weight, levels, solution, labels)


@dataclass(frozen=True, eq=False)
class QuantileFit:
    """K members by T quantiles; see :func:`quantile_fit`.

    Attributes
    ----------
    basis : Basis
    X : Tensor of shape (n, p)
    y : Tensor of shape (1 or K, n)
        Less the offset.
    weight : Tensor of shape (1 or K, n) or None
    quantiles : tuple of float
    solution : Solution
        In coordinates of the basis.
    names : tuple of str
    """

    basis: Basis
    X: Tensor
    y: Tensor
    weight: Tensor | None
    quantiles: tuple[float, ...]
    solution: Solution
    names: tuple[str, ...]

    @property
    def coefficients(self) -> Tensor:
        """Coefficients in the units of the data, (K, T, p)."""
        return self.solution.x @ self.basis.transform.T


def quantile_result(
    fit: QuantileFit,
    member: int = 0,
    quantile: int = 0,
    *,
    covariance: Covariance = "powell",
    bandwidth: Bandwidth = "hall_sheather",
    n_resamples: int = 1000,
    groups: NDArray | None = None,
    random_state: int = 0,
    target: str = "y",
    notes: Sequence[str] = (),
) -> ClassicalResult:
    """Report one quantile of one member.

    Parameters
    ----------
    fit : QuantileFit
    member : int
    quantile : int
        Place among ``fit.quantiles``.
    covariance : {"powell", "iid", "rank", "bootstrap"}
        "powell": kernel sandwich, τ(1-τ) J⁻¹ X'X J⁻¹ with J = Σ k(r_i / h) / h x_i x_i': right when the density of the
        errors changes with x. "iid": τ(1-τ) / f(0)² (X'X)⁻¹, one density for all rows. "rank": no covariance, but
        intervals and p-values that invert the rank test of each coefficient, right for iid errors of any density.
        "bootstrap": covariance of the coefficients over resampled rows (of whole groups, where given).
    bandwidth : {"hall_sheather", "bofinger"}
        For the first two.
    n_resamples, groups, random_state
        For "bootstrap".
    target : str
    notes : sequence of str

    References
    ----------
    Koenker (2005), Quantile Regression, sections 3.4 to 3.10; Powell (1991), Estimation of monotonic regression models
    under quantile restrictions.

    Examples
    --------
    >>> X = torch.stack([torch.ones(9), torch.arange(9.0)], 1)
    >>> fit = quantile_fit(X, torch.tensor([0.0, 1.2, 1.9, 3.3, 4.0, 4.8, 6.3, 7.0, 8.1]), 0.5)
    >>> np.asarray(quantile_result(fit, covariance="rank").conf_int(0.9)).round(2)[1]
    array([0.95, 1.06])
    """
    if covariance not in ("iid", "powell", "rank", "bootstrap"):
        raise ValueError(
            f"covariance={covariance!r} is not known: choose 'iid', 'powell', 'rank' or 'bootstrap'."
        )
    level, transform = fit.quantiles[quantile], fit.basis.transform.numpy()
    Q, x = fit.basis.columns.numpy(), fit.solution.x[member, quantile].numpy()
    y = fit.y[member if len(fit.y) > 1 else 0].numpy()
    w = np.ones(len(y)) if fit.weight is None else fit.weight[member if len(fit.weight) > 1 else 0].numpy()
    n, p = float(w.sum()), len(x)
    residual = y - Q @ x
    values = {"objective": float(fit.solution.value[member, quantile])}
    matrix, paths = None, ()
    refusals = dict.fromkeys(("llf", "deviance"), NO_LIKELIHOOD)
    if covariance == "rank":
        paths = tuple(rank_path(fit.X.numpy(), y, level, j, weight=w) for j in range(p))
        refusals["bse"] = (
            "Rank inversion gives intervals and no standard errors: see conf_int(), or use covariance='powell'."
        )
        words = "rank inversion"
    elif covariance == "bootstrap":
        draws = _resampled(Q, y, level, w, n_resamples, groups, random_state) @ transform.T
        matrix = np.atleast_2d(np.cov(draws, rowvar=False))
        words = f"bootstrap of {'rows' if groups is None else 'groups'} ({len(draws)} resamples)"
    else:
        width = residual_bandwidth(residual, level, bandwidth, w)
        density = kernel(residual, width)
        gram = (Q * w[:, None]).T @ Q
        values |= {"bandwidth": width, "sparsity": n / float(w @ density)}
        if covariance == "iid":
            bread = np.linalg.inv(gram) * values["sparsity"]
            inner = values["sparsity"] * bread
        else:
            bread = np.linalg.inv((Q * (w * density)[:, None]).T @ Q)
            inner = bread @ gram @ bread
        matrix = level * (1.0 - level) * transform @ inner @ transform.T
        rule = {"hall_sheather": "Hall-Sheather", "bofinger": "Bofinger"}[bandwidth]
        words = f"{'iid' if covariance == 'iid' else 'Powell kernel'}, {rule} bandwidth"
    return ClassicalResult(
        model=f"Quantile regression at {level:g}",
        names=fit.names,
        estimate=transform @ x,
        covariance=matrix,
        covariance_name=words,
        n_obs=n,
        df_resid=n - p,
        use_t=True,
        target=target,
        n_estimated=p,
        values=values,
        refusals=refusals,
        family=f"quantile {level}",
        data_key=data_key(y, w),
        link="identity",
        n_mean=p,
        converged=bool(fit.solution.converged[member, quantile]),
        n_iter=int(fit.solution.n_iter[member, quantile]),
        notes=tuple(notes),
        method="Linear programming",
        rank_paths=paths,
    )


def _resampled(
    Q: Array, y: Array, level: float, w: Array, n_resamples: int, groups: NDArray | None, random_state: int
) -> Array:
    """Return coordinates (B, p) of refits on rows or groups drawn with replacement, but for those without full rank."""
    generator = np.random.default_rng(random_state)
    if groups is None:
        code, chance, size = np.arange(len(y)), w / w.sum(), round(float(w.sum()))
    else:
        labels, code = np.unique(np.asarray(groups), return_inverse=True)
        chance, size = np.full(len(labels), 1.0 / len(labels)), len(labels)
    kept = []
    chunk = max(1, _ENTRIES // len(y))
    for first in range(0, n_resamples, chunk):
        counts = generator.multinomial(size, chance, min(chunk, n_resamples - first))[:, code].astype(
            np.float64
        )
        drawn = torch.from_numpy(counts if groups is None else counts * w)
        solution = interior_point(torch.from_numpy(Q), torch.from_numpy(y), level, drawn)
        kept.append(solution.x[solution.converged[:, 0], 0].numpy())
    return np.concatenate(kept)
