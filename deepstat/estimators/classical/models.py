"""The classical models: what each kind of estimator and loss stands for, how it is solved, and how it reports."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from deepstat.classical.classes import class_family
from deepstat.classical.expectile_regression import expectile_fit, expectile_result
from deepstat.classical.least_squares import least_squares_fit, least_squares_result
from deepstat.classical.likelihood_result import likelihood_result
from deepstat.classical.maximise_likelihood import maximise_likelihood
from deepstat.classical.penalised_regression import penalised_fit, penalised_result
from deepstat.classical.quantile_regression import quantile_fit, quantile_result
from deepstat.classical.result import ClassicalResult
from deepstat.classical.robust_regression import robust_fit, robust_result
from deepstat.distributions.family import Family
from deepstat.distributions.parameters import n_raw
from deepstat.estimators.classical.choice import Choice
from deepstat.estimators.classical.rows import Rows
from deepstat.estimators.components import Resolved
from deepstat.estimators.tasks.distribution import family_of_target

_CLASS_WEIGHT = (
    "class_weight counts classes otherwise than the data do, so that the fit is at the maximum of no likelihood of "
    "theirs and has no {}: leave class_weight out, or use deepstat.inference.bootstrap."
)
_BY_NETWORKS = "use an optimizer of networks, such as 'adam'"
# Families whose likelihood is not smooth, or has no single maximum.
_NO_MAXIMUM = {
    "laplace": (
        "The likelihood of 'laplace' has kinks, which no Newton step takes: use DeepQuantileRegressor with "
        "optimizer='interior_point', whose median is the same fit"
    ),
    "mixture": f"The likelihood of a mixture has many maxima, and can be unbounded: {_BY_NETWORKS}",
    "plackett_luce": (
        "The scores of 'plackett_luce' are defined up to a number that is added to all, which a classical solver does "
        f"not choose: {_BY_NETWORKS}"
    ),
    "von_mises": (
        "The direction of 'von_mises' has sine and cosine as raw numbers, which are defined up to a factor: "
        f"{_BY_NETWORKS}"
    ),
}
_NO_ERRORS = _CLASS_WEIGHT.format("standard errors")
_NO_LIKELIHOOD = _CLASS_WEIGHT.format("log-likelihood, AIC or BIC")


@dataclass(frozen=True, eq=False)
class Solved:
    """K fits of one model.

    Attributes
    ----------
    weights : Tensor of shape (K, q, p)
        Coefficients of each raw output, without its intercept.
    bias : Tensor of shape (K, q)
    constants : Tensor of shape (K, c)
        Raw numbers of all rows.
    report : callable
        ``report(member, place, **options) -> ClassicalResult``; `place` among the values of `choice`, else 0.
    accepts : tuple of str
        The options.
    choice : Choice or None
    n_iter : Tensor of shape (K,)
    converged : Tensor of shape (K,)
    """

    weights: Tensor
    bias: Tensor
    constants: Tensor
    report: Callable[..., ClassicalResult]
    accepts: tuple[str, ...]
    choice: Choice | None
    n_iter: Tensor
    converged: Tensor


@dataclass(frozen=True, eq=False)
class Model:
    """How a model is solved.

    Attributes
    ----------
    solvers : tuple of str
        Those that fit it, the usual one first.
    solve : callable
        ``solve(rows, options) -> Solved``.
    options : tuple of str
        Those of ``optimizer_params`` that it has.
    vectors : tuple of str
        Which of ``var_weights`` and ``offset`` it takes.
    """

    solvers: tuple[str, ...]
    solve: Callable[[Rows, Mapping[str, Any]], Solved]
    options: tuple[str, ...] = ()
    vectors: tuple[str, ...] = ()


def model_of(estimator: Any, resolved: Resolved, target: Any) -> Model:
    """Return how the model of an estimator, its loss and its target is solved.

    Raises
    ------
    ValueError
        The loss has no classical model.
    """
    l1, l2 = float(estimator.l1), float(estimator.l2)
    task, name = estimator._task, resolved.record.name
    if (l1 or l2) and (task, name) != ("regression", "squared"):
        raise ValueError(
            f"l1={estimator.l1}, l2={estimator.l2}: classical solvers penalise least squares only; leave them out, or "
            "choose an optimizer of networks."
        )
    if task == "distribution":
        _check_maximum(resolved)
        solve = partial(_family, family=family_of_target(resolved, target), solver=estimator.optimizer)
        return _by_likelihood(solve, ("offset",))
    if task == "classification" and name == "cross_entropy" and not resolved.options["label_smoothing"]:
        family = class_family(len(target.classes_), resolved.options["link"])
        return _by_likelihood(partial(_classes, family=family, solver=estimator.optimizer))
    if task in ("quantiles", "expectiles"):
        levels = resolved.target.levels
        return _of_curves(task.removesuffix("s"), levels, Choice(task.removesuffix("s"), levels, 0.5))
    if task == "regression" and name == "squared":
        if not (l1 or l2):
            return Model(("newton",), _least_squares, vectors=("var_weights",))
        solvers = ("coordinate_descent",) if l1 else ("newton", "coordinate_descent")
        return Model(solvers, partial(_penalised, l1=l1, l2=l2), options=("penalty_scale",))
    if task == "regression" and name in ("huber", "tukey"):
        return Model(("irls",), partial(_robust, loss=name, given=dict(resolved.options)))
    if task == "regression" and name in ("quantile", "absolute", "expectile"):
        kind = "expectile" if name == "expectile" else "quantile"
        return _of_curves(kind, (resolved.options.get("tau", 0.5),), None)
    raise ValueError(
        f"{name!r} has no classical model for this target: choose an optimizer of networks, such as 'adam', or another "
        "loss (squared, huber, tukey, quantile, expectile, cross_entropy) or DeepDistributionRegressor."
    )


def _by_likelihood(solve: Callable[..., Solved], vectors: tuple[str, ...] = ()) -> Model:
    return Model(("newton", "lbfgs"), solve, options=("tol", "max_iter"), vectors=vectors)


def _check_maximum(resolved: Resolved) -> None:
    """Refuse families, and wrappers of families, whose likelihood a classical solver cannot maximise."""
    inner: Resolved | None = resolved
    while inner is not None:
        if inner.record.name in _NO_MAXIMUM:
            raise ValueError(f"{_NO_MAXIMUM[inner.record.name]}.")
        inner = inner.options.get("family")


def _of_curves(kind: str, levels: Sequence[float], choice: Choice | None) -> Model:
    fit, result, solver = {
        "quantile": (quantile_fit, quantile_result, "interior_point"),
        "expectile": (expectile_fit, expectile_result, "irls"),
    }[kind]
    return Model((solver,), partial(_curves, fit=fit, result=result, levels=levels, choice=choice))


# -- one function for each model: rows and options to Solved ----------------------------------------------------------


def _accepts(result: Callable[..., ClassicalResult]) -> tuple[str, ...]:
    """Return the options of a report that a user may give."""
    found = inspect.signature(result).parameters.values()
    own = ("target", "notes")
    return tuple(p.name for p in found if p.kind is p.KEYWORD_ONLY and p.name not in own)


def _solved(rows: Rows, found: Tensor, fit: Any, result: Any, n_iter: Tensor, converged: Tensor) -> Solved:
    """Return the fits of models with one coefficient vector (1 + p,) for each column of the target, (K m, 1 + p)."""
    m = rows.y.shape[-1]
    found = found.unflatten(0, (-1, m))
    return Solved(
        bias=found[..., 0],
        weights=found[..., 1:],
        constants=found.new_zeros(len(found), 0),
        report=lambda member, place, **given: result(fit, member * m + place, **given),
        accepts=_accepts(result),
        choice=None if m == 1 else Choice("output", tuple(range(m))),
        n_iter=n_iter.unflatten(0, (-1, m)).amax(1),
        converged=converged.unflatten(0, (-1, m)).all(1),
    )


def _least_squares(rows: Rows, options: Mapping[str, Any]) -> Solved:
    y, weight = rows.problems()
    fit = least_squares_fit(rows.X, y, weight=weight, var_weight=rows.var_weights, names=rows.names)
    found = fit.coefficients
    ones = torch.ones(len(found), dtype=torch.int64)
    return _solved(rows, found, fit, least_squares_result, ones, found.isfinite().all(1))


def _penalised(rows: Rows, options: Mapping[str, Any], *, l1: float, l2: float) -> Solved:
    y, weight = rows.problems()
    scale = options.get("penalty_scale", "raw")
    fit = penalised_fit(
        rows.X[:, 1:], y, l1=l1, l2=l2, penalty_scale=scale, weight=weight, names=rows.names[1:]
    )
    return _solved(rows, fit.coefficients, fit, penalised_result, fit.solution.n_iter, fit.solution.converged)


def _robust(rows: Rows, options: Mapping[str, Any], *, loss: Any, given: dict[str, Any]) -> Solved:
    y, weight = rows.problems()
    constant = given["delta" if loss == "huber" else "c"]
    fit = robust_fit(
        rows.X, y, loss, constant=constant, scale=given["scale"], weight=weight, names=rows.names
    )
    return _solved(rows, fit.coefficients, fit, robust_result, fit.solution.n_iter, fit.solution.converged)


def _curves(
    rows: Rows,
    options: Mapping[str, Any],
    *,
    fit: Any,
    result: Any,
    levels: Sequence[float],
    choice: Choice | None,
) -> Solved:
    y, weight = rows.problems()
    found = fit(rows.X, y, levels, weight=weight, names=rows.names)
    if choice is None:  # one level, and perhaps several columns
        columns = lambda fit, k, **given: result(fit, k, 0, **given)  # noqa: E731
        at, n_iter, converged = found.coefficients, found.solution.n_iter, found.solution.converged
        solved = _solved(rows, at[:, 0], found, columns, n_iter[:, 0], converged[:, 0])
        return replace(solved, accepts=_accepts(result))
    return Solved(
        bias=found.coefficients[..., 0],
        weights=found.coefficients[..., 1:],
        constants=found.coefficients.new_zeros(len(found.coefficients), 0),
        report=lambda member, place, **given: result(found, member, place, **given),
        accepts=_accepts(result),
        choice=choice,
        n_iter=found.solution.n_iter.amax(1),
        converged=found.solution.converged.all(1),
    )


def _family(rows: Rows, options: Mapping[str, Any], *, family: Family, solver: str) -> Solved:
    # Free thresholds stand for the intercept.
    first = int(any(parameter.link == "increasing" for parameter in family.constant_parameters))
    heads = [parameter.name for parameter in family.row_parameters for _ in range(n_raw(parameter))]
    designs, names = zip(*map(rows.design_of, heads), strict=True)
    fit = maximise_likelihood(
        family,
        [X[:, first:] for X in designs],
        rows.y if family.columns > 1 else rows.column,
        weight=rows.weight,
        offset=rows.offset,
        names=[own[first:] for own in names],
        solver=solver,
        **options,
    )
    every = slice(1, rows.X.shape[1])
    places = [rows.blocks.get(head, every) for head in heads]
    return _by_heads(fit, places, rows.X.shape[1] - 1, likelihood_result, has_intercept=not first)


def _classes(rows: Rows, options: Mapping[str, Any], *, family: Family, solver: str) -> Solved:
    y = rows.y.argmax(-1).double() if rows.y.shape[-1] > 1 else rows.column
    fit = maximise_likelihood(
        family,
        [rows.X] * family.n_row,
        y,
        weight=rows.weight,
        names=[rows.names] * family.n_row,
        heads=[str(label) for label in rows.target.classes_[1:]] if family.n_row > 1 else None,
        solver=solver,
        **options,
    )
    p = rows.X.shape[1] - 1
    result = likelihood_result if rows.class_weight is None else _weighted_result
    solved = _by_heads(fit, [slice(1, p + 1)] * family.n_row, p, result)
    if family.n_row == 1:
        return solved
    # The network has a score for every class; that of the reference is zero.
    weights = torch.cat([torch.zeros_like(solved.weights[:, :1]), solved.weights], dim=1)
    bias = torch.cat([torch.zeros_like(solved.bias[:, :1]), solved.bias], dim=1)
    return replace(solved, weights=weights, bias=bias)


def _weighted_result(fit: Any, member: int, **given: Any) -> ClassicalResult:
    """Report estimates under class weights: coefficients, and why there is no more."""
    plain = likelihood_result(fit, member, **given)
    return replace(
        plain,
        covariance=None,
        covariance_name="none",
        values={},
        refusals={"bse": _NO_ERRORS, "llf": _NO_LIKELIHOOD},
    )


def _by_heads(
    fit: Any,
    places: Sequence[slice],
    p: int,
    result: Callable[..., ClassicalResult],
    *,
    has_intercept: bool = True,
) -> Solved:
    """Return a likelihood's fits; `places` are the columns of each head among ones and p columns, others have zeros."""
    found = fit.coefficients
    sizes = list(map(len, fit.names))
    *heads, constants = found.split([*sizes, found.shape[1] - sum(sizes)], dim=1)
    weights, bias = found.new_zeros(len(found), len(heads), p), found.new_zeros(len(found), len(heads))
    for j, (own, place) in enumerate(zip(heads, places, strict=True)):
        weights[:, j, place.start - 1 : place.stop - 1] = own[:, int(has_intercept) :]
        if has_intercept:
            bias[:, j] = own[:, 0]
    return Solved(
        bias=bias,
        weights=weights,
        constants=constants,
        report=lambda member, place, **given: result(fit, member, **given),
        accepts=_accepts(likelihood_result),
        choice=None,
        n_iter=fit.solution.n_iter,
        converged=fit.converged,
    )
