"""The classical models: what each kind of estimator and loss stands for, how it is solved, and how it reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from deepstat.estimators.classical.rows import Rows
from deepstat.estimators.components import Resolved
from deepstat.estimators.tasks.distribution import family_of_target

Report = Callable[..., ClassicalResult]


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
        ``report(member, **options) -> ClassicalResult``.
    n_iter : Tensor of shape (K,)
    converged : Tensor of shape (K,)
    """

    weights: Tensor
    bias: Tensor
    constants: Tensor
    report: Report
    n_iter: Tensor
    converged: Tensor


Solve = Callable[[Rows, dict[str, Any]], Solved]


def model_of(estimator: Any, resolved: Resolved, target: Any) -> tuple[tuple[str, ...], Solve]:
    """Return the solvers that fit a model, the first the usual one, and the function that solves it.

    Raises
    ------
    ValueError
        The loss has no classical model.
    """
    penalised = bool(estimator.l1 or estimator.l2)
    task, name = estimator._task, resolved.record.name
    if penalised and (task, name) != ("regression", "squared"):
        raise ValueError(
            f"l1={estimator.l1}, l2={estimator.l2}: classical solvers penalise least squares only; leave them out, or "
            "choose an optimizer of networks."
        )
    if task == "distribution":
        family = family_of_target(resolved, target)
        if family.name == "laplace":
            raise ValueError(
                "The likelihood of 'laplace' has kinks, which no Newton step takes: use DeepQuantileRegressor with "
                "optimizer='interior_point', whose median is the same fit."
            )
        return ("newton", "lbfgs"), partial(_family, family=family, solver=estimator.optimizer)
    if task == "classification" and name == "cross_entropy" and not resolved.options["label_smoothing"]:
        family = class_family(len(target.classes_), resolved.options["link"])
        return ("newton", "lbfgs"), partial(_classes, family=family, solver=estimator.optimizer)
    if task == "quantiles":
        return ("interior_point",), partial(_curves, fit=quantile_fit, result=quantile_result, levels=resolved.target.levels)
    if task == "expectiles":
        return ("irls",), partial(_curves, fit=expectile_fit, result=expectile_result, levels=resolved.target.levels)
    if task == "regression" and target.n_outputs == 1:
        if name == "squared" and penalised:
            solver = "coordinate_descent" if estimator.l1 else "newton"
            return (solver,), partial(_penalised, l1=float(estimator.l1), l2=float(estimator.l2))
        if name == "squared":
            return ("newton",), _least_squares
        if name in ("huber", "tukey"):
            return ("irls",), partial(_robust, loss=name, given=dict(resolved.options))
        if name in ("quantile", "absolute"):
            level = resolved.options.get("tau", 0.5)
            return ("interior_point",), partial(_curves, fit=quantile_fit, result=quantile_result, levels=(level,))
        if name == "expectile":
            levels = (resolved.options["tau"],)
            return ("irls",), partial(_curves, fit=expectile_fit, result=expectile_result, levels=levels)
    raise ValueError(
        f"{name!r} has no classical model for this target: choose an optimizer of networks, such as 'adam', or another "
        "loss (squared, huber, tukey, quantile, expectile, cross_entropy) or DeepDistributionRegressor."
    )


def _heads(coefficients: Tensor) -> dict[str, Tensor]:
    """Split coefficients (K, q, 1 + p), the intercept first."""
    return {
        "bias": coefficients[..., 0],
        "weights": coefficients[..., 1:],
        "constants": coefficients.new_zeros(len(coefficients), 0),
    }


def _one_column(rows: Rows) -> Tensor:
    return rows.y[..., 0]


def _least_squares(rows: Rows, options: dict[str, Any]) -> Solved:
    fit = least_squares_fit(
        rows.X,
        _one_column(rows),
        weight=rows.weight,
        var_weight=rows.var_weights,
        offset=rows.offset,
        names=rows.names,
    )
    found = fit.coefficients
    return Solved(
        **_heads(found[:, None, :]),
        report=lambda member=0, **given: least_squares_result(fit, member, **given),
        n_iter=torch.ones(len(found), dtype=torch.int64),
        converged=found.isfinite().all(1),
    )


def _penalised(rows: Rows, options: dict[str, Any], *, l1: float, l2: float) -> Solved:
    fit = penalised_fit(
        rows.X[:, 1:],
        _one_column(rows),
        l1=l1,
        l2=l2,
        penalty_scale=options["penalty_scale"],
        weight=rows.weight,
        offset=rows.offset,
        names=rows.names[1:],
    )
    found = fit.coefficients
    return Solved(
        **_heads(found[:, None, :]),
        report=lambda member=0, **given: penalised_result(fit, member, **given),
        **_iterations(fit, len(found)),
    )


def _robust(rows: Rows, options: dict[str, Any], *, loss: Any, given: dict[str, Any]) -> Solved:
    fit = robust_fit(
        rows.X,
        _one_column(rows),
        loss,
        constant=given["delta" if loss == "huber" else "c"],
        scale=given["scale"],
        weight=rows.weight,
        offset=rows.offset,
        names=rows.names,
    )
    found = fit.coefficients
    return Solved(
        **_heads(found[:, None, :]),
        report=lambda member=0, **given: robust_result(fit, member, **given),
        **_iterations(fit, len(found)),
    )


def _curves(rows: Rows, options: dict[str, Any], *, fit: Any, result: Any, levels: Sequence[float]) -> Solved:
    found = fit(
        rows.X, _one_column(rows), levels, weight=rows.weight, offset=rows.offset, names=rows.names
    )

    def report(member: int = 0, level: float = 0.5, **given: Any) -> ClassicalResult:
        return result(found, member, list(levels).index(level), **given)  # type: ignore[no-any-return]

    return Solved(**_heads(found.coefficients), report=report, **_iterations(found, len(found.coefficients)))


def _family(rows: Rows, options: dict[str, Any], *, family: Family, solver: str) -> Solved:
    y = rows.y if family.columns > 1 else _one_column(rows)
    designs = [rows.X] * family.n_row
    fit = maximise_likelihood(
        family,
        designs,
        y,
        weight=rows.weight,
        offset=rows.offset,
        names=[rows.names] * family.n_row,
        tol=options["tol"],
        max_iter=options["max_iter"],
        solver=solver,
    )
    return _solved(fit, family, rows)


def _classes(rows: Rows, options: dict[str, Any], *, family: Family, solver: str) -> Solved:
    y = rows.y.argmax(-1).double() if rows.y.shape[-1] > 1 else _one_column(rows)
    heads = None
    if family.n_row > 1:
        heads = [str(label) for label in rows.target.classes_[1:]]
    fit = maximise_likelihood(
        family,
        [rows.X] * family.n_row,
        y,
        weight=rows.weight,
        names=[rows.names] * family.n_row,
        heads=heads,
        tol=options["tol"],
        max_iter=options["max_iter"],
        solver=solver,
    )
    solved = _solved(fit, family, rows)
    if family.n_row == 1:
        return solved
    # The network has a score for every class; that of the reference is zero.
    weights = torch.cat([torch.zeros_like(solved.weights[:, :1]), solved.weights], dim=1)
    bias = torch.cat([torch.zeros_like(solved.bias[:, :1]), solved.bias], dim=1)
    return Solved(weights, bias, solved.constants, solved.report, solved.n_iter, solved.converged)


def _solved(fit: Any, family: Family, rows: Rows) -> Solved:
    p = rows.X.shape[1]
    found = fit.coefficients
    heads = found[:, : family.n_row * p].unflatten(1, (family.n_row, p))
    return Solved(
        bias=heads[..., 0],
        weights=heads[..., 1:],
        constants=found[:, family.n_row * p :],
        report=lambda member=0, **given: likelihood_result(fit, member, **given),
        n_iter=fit.solution.n_iter,
        converged=fit.converged,
    )


def _iterations(fit: Any, k: int) -> dict[str, Tensor]:
    """Return what a solver says of its iterations."""
    n_iter, converged = torch.as_tensor(fit.solution.n_iter), torch.as_tensor(fit.solution.converged)
    return {
        "n_iter": n_iter.reshape(k, -1).amax(1) if n_iter.ndim else n_iter.expand(k),
        "converged": converged.reshape(k, -1).all(1) if converged.ndim else converged.expand(k),
    }
