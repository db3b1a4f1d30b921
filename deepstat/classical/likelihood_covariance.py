"""Information, row scores and leverage of a likelihood fit: of the mean at a given scale, or of all parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from deepstat.classical.generalised_linear import GeneralisedLinear
from deepstat.classical.member_fit import MemberFit

Array = NDArray[np.float64]

_PEARSON = (
    "With a Pearson scale the log-likelihood is not at its maximum: use scale='ml' for likelihood ratios."
)
_FLAT = (
    "The likelihood is flat in some direction, so that the data do not determine all parameters: there are no standard "
    "errors; leave out columns, or parameters that vary by row."
)
_LEAST = 1e-10  # eigenvalue of a Hessian with unit diagonal
_QUASI = (
    "A dispersion that the family does not have makes this a quasi-likelihood: there is no log-likelihood."
)


@dataclass(frozen=True, eq=False)
class Curvature:
    """What covariances are made of, in coordinates of the bases.

    Attributes
    ----------
    bread : ndarray of shape (P, P)
        Inverse information, for dispersion 1.
    scores : ndarray of shape (n, P)
        Of one copy of each row, for dispersion 1.
    dispersion : float
        Multiplies `bread`; it cancels in sandwiches.
    leverage : ndarray of shape (n,) or None
    values : mapping
        Log-likelihood, deviance and the like, as far as defined.
    refusals : mapping
        Why others are not.
    """

    bread: Array
    scores: Array
    dispersion: float = 1.0
    leverage: Array | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)


def mean_curvature(
    one: MemberFit, model: GeneralisedLinear, information: str, scale: Literal["pearson"] | float | None
) -> Curvature:
    """Return the curvature of the mean's coefficients, the dispersion being estimated apart from them.

    Examples
    --------
    >>> import torch
    >>> from deepstat.classical.classes import class_family
    >>> from deepstat.classical.generalised_linear import generalised_linear
    >>> from deepstat.classical.maximise_likelihood import maximise_likelihood
    >>> fit = maximise_likelihood(class_family(2), [torch.ones(4, 1)], torch.tensor([0.0, 1.0, 1.0, 0.0]))
    >>> mean_curvature(MemberFit(fit, 0), generalised_linear(class_family(2)), "expected", None).bread
    array([[1.]])
    """
    Q, w, raw = one.columns, one.weight, one.raw[:, 0]
    score, expected = (part.numpy() for part in model.mean_weights(one.y, raw, one.constants))
    pearson = float(w @ model.pearson_rows(one.y, raw, one.constants).numpy())
    deviance = float(w @ model.deviance_rows(one.y, raw, one.constants).numpy())
    bread = np.linalg.inv((Q * (w * expected)[:, None]).T @ Q)
    leverage = expected * np.einsum("ij,jk,ik->i", Q, bread, Q)
    if information == "observed":
        fitted = float(one.constants[model.dispersion]) ** (1.0 / model.power) if model.dispersion else 1.0
        observed = -one.derivatives[1][:, 0, 0].numpy() * fitted
        bread = np.linalg.inv((Q * (w * observed)[:, None]).T @ Q)
    values = {"deviance": deviance, "pearson_chi2": pearson}
    refusals = {}
    if scale is None:
        scale = "pearson" if model.dispersion else 1.0
    phi = pearson / (one.n_obs - one.n_coefficients) if scale == "pearson" else float(scale)
    values["scale"] = phi
    if model.dispersion:
        values["llf"] = one.log_likelihood(**{model.dispersion: phi**model.power})
        refusals["lr_test"] = _PEARSON
    elif phi == 1.0:
        values["llf"] = one.log_likelihood()
    else:
        refusals["llf"] = _QUASI
    return Curvature(bread, Q * score[:, None], phi, leverage, values, refusals)


def joint_curvature(one: MemberFit, model: GeneralisedLinear | None, information: str) -> Curvature:
    """Return the curvature of all unknowns at the maximum of the likelihood.

    Expected information of a generalised linear model is zero between mean and constants; for these it is observed.

    Examples
    --------
    >>> import torch
    >>> from deepstat.classical.classes import class_family
    >>> from deepstat.classical.maximise_likelihood import maximise_likelihood
    >>> fit = maximise_likelihood(class_family(2), [torch.ones(4, 1)], torch.tensor([0.0, 1.0, 1.0, 0.0]))
    >>> joint_curvature(MemberFit(fit, 0), None, "observed").bread.round(6)
    array([[1.]])
    """
    hessian = one.fit.solution.hessian
    assert hessian is not None
    matrix = hessian[one.member].numpy().copy()
    values = {"llf": one.log_likelihood()}
    leverage = None
    if model is not None:
        raw, m = one.raw[:, 0], one.n_coefficients
        phi = float(one.constants[model.dispersion]) ** (1.0 / model.power) if model.dispersion else 1.0
        expected = model.mean_weights(one.y, raw, one.constants)[1].numpy()
        values["deviance"] = float(one.weight @ model.deviance_rows(one.y, raw, one.constants).numpy())
        values["pearson_chi2"] = float(one.weight @ model.pearson_rows(one.y, raw, one.constants).numpy())
        values["scale"] = phi
        mean = (one.columns * (one.weight * expected)[:, None]).T @ one.columns
        leverage = expected * np.einsum("ij,jk,ik->i", one.columns, np.linalg.inv(mean), one.columns)
        if information == "expected":
            matrix[:m, m:], matrix[m:, :m] = 0.0, 0.0
            matrix[:m, :m] = mean / phi
    scores = one.likelihood.row_scores(one.derivatives[0]).numpy()
    if not _determined(matrix):
        return Curvature(np.zeros((0, 0)), scores, 1.0, leverage, values, {"bse": _FLAT})
    return Curvature(np.linalg.inv(matrix), scores, 1.0, leverage, values)


def _determined(matrix: Array) -> bool:
    """Say whether a Hessian is positive definite beyond rounding, with its unknowns in units of their own curvature."""
    size = np.sqrt(np.abs(np.diag(matrix)))
    if not (np.isfinite(matrix).all() and size.all()):
        return False
    return bool(np.linalg.eigvalsh(matrix / np.outer(size, size))[0] > _LEAST)
