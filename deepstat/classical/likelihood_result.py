"""The report of one member's maximum likelihood fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from deepstat.classical.clusters import clusters
from deepstat.classical.constants import constants
from deepstat.classical.data_key import data_key
from deepstat.classical.generalised_linear import GeneralisedLinear, generalised_linear
from deepstat.classical.likelihood_covariance import Curvature, joint_curvature, mean_curvature
from deepstat.classical.maximise_likelihood import LikelihoodFit
from deepstat.classical.member_fit import MemberFit
from deepstat.classical.result import ClassicalResult
from deepstat.classical.sandwich import Correction, sandwich
from deepstat.classical.with_link import LINK_NAMES
from deepstat.distributions.family import Family

Array = NDArray[np.float64]
Scale = Literal["pearson", "ml"] | float | None

_NOT_CONVERGED = (
    "Newton's method found no maximum of the likelihood (classes that a column separates, or a parameter at the edge "
    "of its range): there are no standard errors and no log-likelihood."
)


def likelihood_result(
    fit: LikelihoodFit,
    member: int = 0,
    *,
    information: Literal["expected", "observed"] | None = None,
    covariance: str = "nonrobust",
    scale: Scale = None,
    groups: NDArray | None = None,
    correction: Correction = "full",
    use_t: bool = False,
    target: str = "y",
    notes: Sequence[str] = (),
) -> ClassicalResult:
    """Report one member's maximum likelihood fit.

    Parameters
    ----------
    fit : LikelihoodFit
    member : int
    information : {"expected", "observed"}, optional
        Whose inverse is the covariance. "expected" is for generalised linear models, of which it is the default;
        probit, negative binomial and all other families use "observed".
    covariance : {"nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"}
        HC2 and HC3 by the hat matrix of the generalised linear model.
    scale : {"pearson", "ml"} or float, optional
        The dispersion φ of a generalised linear model. "pearson": Pearson's chi-square over n - p, the default of
        families that have a dispersion; φ is then no parameter, and the log-likelihood is the density's at this φ.
        "ml": estimated jointly and reported as the family's constant. A number fixes it (families without a dispersion
        have 1).
    groups, correction
        As in :func:`deepstat.classical.sandwich.sandwich`.
    use_t : bool
        t with n - p (clusters: groups - 1) degrees of freedom, else normal.
    target : str
        Name of the response.
    notes : sequence of str
        For the summary.

    Returns
    -------
    ClassicalResult
        Constants in their own units by the delta method. Without a maximum: coefficients, and no standard errors.

    Raises
    ------
    ValueError
        The family has no expected information, dispersion or hat matrix, and one is asked for.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, chapters 2, 8 and 9.

    Examples
    --------
    >>> from deepstat.classical.classes import class_family
    >>> from deepstat.classical.maximise_likelihood import maximise_likelihood
    >>> X = torch.tensor([[1.0, 0.0], [1.0, 1.0]], dtype=torch.float64).repeat(4, 1)
    >>> y = torch.tensor([0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    >>> np.asarray(likelihood_result(maximise_likelihood(class_family(2), [X], y)).bse).round(4)
    array([1.    , 1.5275])
    """
    one = MemberFit(fit, member)
    model = generalised_linear(one.family)
    _check(one.family, model, information, scale)
    if information is None:
        information = "observed" if model is None or model.observed else "expected"
    joint = model is None or scale == "ml" or one.family.n_constant > bool(model.dispersion)
    names: tuple[str, ...] = ()
    reported, jacobian = np.zeros(0), np.zeros((0, 0))
    converged = bool(fit.solution.converged[member])
    if joint:
        names, reported, jacobian = constants(one.family, one.x[one.n_coefficients :])
    if not converged:
        refusals = {"bse": _NOT_CONVERGED, "llf": _NOT_CONVERGED}
        found, inner, words, df_test = (
            Curvature(np.zeros((0, 0)), np.zeros((0, 0)), refusals=refusals),
            None,
            "none",
            None,
        )
    else:
        found = (
            joint_curvature(one, model, information)
            if joint
            else mean_curvature(one, model, information, scale)
        )  # type: ignore[arg-type]
        words, df_test = _words(model, information, scale, joint), None
        inner = None if "bse" in found.refusals else found.dispersion * found.bread
        if inner is None:
            words = "none"
        elif covariance != "nonrobust":
            # Scores of constants have no hat matrix.
            leverage = None if joint and one.family.n_constant else found.leverage
            inner = sandwich(
                found.bread,
                found.scores,
                covariance,
                weight=one.weight,
                leverage=leverage,
                groups=groups,
                correction=correction,
            )
            words = f"{covariance}, {information} information"
            if covariance == "cluster":
                described, df_test = clusters(groups, one.weight, correction)
                words = f"{described}, {information} information"
    m, size = one.n_coefficients, one.n_coefficients + jacobian.shape[1]
    back = np.zeros((m + len(names), size))
    back[:m, :m], back[m:, m:] = one.transform, jacobian
    score = torch.linalg.solve(one.likelihood.transform.T, fit.solution.gradient[member])[:size]
    return ClassicalResult(
        model=f"{one.family.name}, {_link(one.family)}" if _link(one.family) else one.family.name,
        names=(*_coefficient_names(fit), *names),
        estimate=np.concatenate([one.transform @ one.x[:m].numpy(), reported]),
        covariance=None if inner is None else back @ inner @ back.T,
        covariance_name=words,
        n_obs=one.n_obs,
        df_resid=one.n_obs - m,
        use_t=use_t,
        df_test=df_test,
        target=target,
        n_estimated=m + len(names),
        values=found.values,
        refusals=found.refusals,
        family=_family_key(one.family),
        data_key=data_key(one.y.numpy(), one.weight),
        link=model.link if model is not None else "",
        n_mean=len(fit.names[0]) if model is not None else 0,
        converged=converged,
        n_iter=int(fit.solution.n_iter[member]),
        score_norm=float(torch.linalg.vector_norm(score)),
        notes=tuple(notes),
        method="Maximum likelihood",
    )


def _check(family: Family, model: GeneralisedLinear | None, information: str | None, scale: Scale) -> None:
    if information not in (None, "expected", "observed"):
        raise ValueError(f"information={information!r} is not known: choose 'expected' or 'observed'.")
    if isinstance(scale, str) and scale not in ("pearson", "ml"):
        raise ValueError(f"scale={scale!r} is not known: choose 'pearson', 'ml' or a number.")
    if model is None and information == "expected":
        raise ValueError(f"{family.name!r} is no generalised linear model: use information='observed'.")
    if scale is None:
        return
    if model is None or family.n_constant > bool(model.dispersion):
        raise ValueError(f"{family.name!r} has no dispersion beside its parameters: leave scale=None.")
    if scale == "ml" and not model.dispersion:
        raise ValueError(
            f"{family.name!r} has no dispersion to estimate: leave scale=None, or 'pearson' or a number."
        )


def _family_key(family: Family) -> str:
    """Return what fits must share for a likelihood ratio: not which parameters are constant, since that is nested."""
    parameters = sorted((replace(each, per="row") for each in family.parameters), key=lambda each: each.name)
    return repr((family.name, family.options, parameters))


def _words(model: GeneralisedLinear | None, information: str, scale: Scale, joint: bool) -> str:
    if model is None or (joint and not model.dispersion):
        return f"{information} information"
    if scale is None:
        scale = "pearson" if model.dispersion else 1.0
    named = {"pearson": ", Pearson scale", "ml": ", maximum likelihood scale", 1.0: ""}
    return f"{information} information" + named.get(scale, f", scale {scale}")


def _link(family: Family) -> str:
    first = family.row_parameters[0]
    model = generalised_linear(family)
    name = LINK_NAMES.get(model.link if model is not None else first.link, "")
    return f"{name} link" if name else ""


def _coefficient_names(fit: LikelihoodFit) -> tuple[str, ...]:
    if len(fit.heads) == 1:
        return fit.names[0]
    return tuple(
        f"{head}: {name}" for head, names in zip(fit.heads, fit.names, strict=True) for name in names
    )
