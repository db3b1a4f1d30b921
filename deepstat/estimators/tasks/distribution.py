"""Distributions: the network puts out the parameters of a family; its negative log-likelihood is minimised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepstat.data.domains import check_domain
from deepstat.data.regression_target import RegressionTarget, learn_regression_target
from deepstat.data.tensors import TensorTable
from deepstat.distributions.family import Family
from deepstat.distributions.marginal_fit import marginal_fit
from deepstat.distributions.negative_log_likelihood import NegativeLogLikelihood
from deepstat.estimators.components import Resolved
from deepstat.estimators.families import family_for, resolve_distribution
from deepstat.estimators.parameter_outputs import outputs_of_parameters, without_formula
from deepstat.estimators.raw_outputs import RawOutputs
from deepstat.estimators.targets import learn_scale, y_of
from deepstat.estimators.task import Task
from deepstat.training.plan import Objective

# Rows whose likelihood is looked at together, before training: bounds the memory of series and integrals.
CHUNK = 4096


def _resolve(parameters: Mapping[str, Any]) -> Resolved:
    resolved = resolve_distribution(parameters["distribution"], parameters["distribution_params"])
    constant, formula = parameters["constant"], parameters.get("formula")
    if formula is not None:
        constant = without_formula(formula, resolved)
    own = {"constant": constant, "nll_beta": float(parameters["nll_beta"])}
    return replace(resolved, options={**resolved.options, **own})


def family_of_target(resolved: Resolved, target: RegressionTarget) -> Family:
    """Return the family for a target as learned."""
    return family_for(resolved, target.n_outputs, len(target.levels))


def _learn_target(
    resolved: Resolved, estimator: Any, y: Any, classes: Any, rows: np.ndarray
) -> RegressionTarget:
    shape = np.asarray(y).shape
    columns = shape[1] if len(shape) == 2 else 1
    family = family_for(resolved, columns, 2)
    record = family.record
    name = f"{type(estimator).__name__}(distribution={record.name!r})"
    if record.columns not in (None, columns):
        raise ValueError(
            f"y has {columns} column(s), but distribution={record.name!r} describes {record.columns}: give as many, or "
            "choose another distribution (multivariate_normal for several numbers)."
        )
    built = family.build(torch.ones(2, family.n_row + family.n_constant, dtype=torch.float64))
    if columns == 1 and built.event_shape:
        raise ValueError(
            f"y has one column, but distribution={record.name!r} describes several together: give them all, or choose "
            "a distribution of one number."
        )
    target = learn_regression_target(y, domain=record.domain, rescale=False, estimator_name=name)
    if record.domain == "interval" and built.support.is_discrete:
        ends = np.asarray(y, dtype=np.float64)
        check_domain(ends[np.isfinite(ends)], "count")
    if target.levels and len(rows) < len(y):  # levels of rows of weight zero are none
        return learn_regression_target(
            y_of(y, rows), domain=record.domain, rescale=False, estimator_name=name
        )
    return target


def _learn_scale(
    resolved: Resolved, target: RegressionTarget, y: Any, rows: np.ndarray, weight: Any
) -> RegressionTarget:
    return learn_scale(target, y, rows, weight, family_of_target(resolved, target).record)


def _sizes(resolved: Resolved, target: RegressionTarget) -> tuple[int, int]:
    family = family_of_target(resolved, target)
    return family.n_row, family.n_constant


def _start(resolved: Resolved, target: RegressionTarget, table: TensorTable, rows: np.ndarray) -> np.ndarray:
    """Start every row at the marginal fit, and see that all rows have a likelihood there."""
    family = family_of_target(resolved, target)
    chosen = torch.as_tensor(np.ascontiguousarray(rows), dtype=torch.int64, device=table.y.device)
    weight = None if table.weight is None else table.weight[chosen].double().cpu()
    # As y is stored: a value at a limit is then still at the limit.
    limits: dict[str, Any] = {
        name: float(torch.tensor(limit, dtype=table.y.dtype))
        for name, limit in _standardised(family, target).items()
    }
    start = marginal_fit(family, table.y[chosen].double().cpu(), weight, limits)
    raw = torch.from_numpy(start)
    used = table.y if table.weight is None else table.y[table.weight > 0]
    for first in range(0, len(used), CHUNK):
        part = used[first : first + CHUNK].double().cpu()
        _check_likelihood(family, family.build(raw.expand(len(part), -1), **limits), part, target)
    if resolved.options["nll_beta"]:
        _check_variance(family, raw.expand(2, -1), limits)
    return start


def _check_likelihood(family: Family, distribution: Any, y: Tensor, target: RegressionTarget) -> None:
    """Raise ``ValueError`` where a row has no likelihood: y lies beyond a limit, or outside a plugin's support."""
    log_prob = distribution.log_prob(y[:, 0] if family.columns == 1 else y)
    impossible = y[~log_prob.isfinite()]
    if len(impossible):
        values = (impossible[0].numpy() * target.scale + target.center).tolist()
        shown = ", ".join(f"{value:g}" for value in values)
        raise ValueError(
            f"{len(impossible)} or more of {len(y)} rows, such as y = {shown}, have no likelihood under "
            f"distribution={family.name!r}: leave them out, or choose a distribution (or limits) that allows them."
        )


def _check_variance(family: Family, raw: Tensor, limits: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` unless rows can be weighted by a variance, in populations too."""

    def variance(raw: Tensor) -> Tensor:
        return family.build(raw, **limits).variance

    try:
        found = None if family.columns > 1 else torch.func.vmap(variance)(raw[None])
    except (NotImplementedError, RuntimeError):  # none, or by quadrature, which does not train
        found = None
    if found is None or not found.isfinite().all():
        raise ValueError(
            f"nll_beta needs a finite variance of one number in closed form, which distribution={family.name!r} does "
            "not have here: leave it at 0."
        )


def _standardised(family: Family, target: RegressionTarget) -> dict[str, float]:
    """Return limits on the axis of the target as trained on."""
    return {
        name: (float(value) - target.center[0]) / target.scale[0]
        for name, value in family.limits.items()
        if value is not None
    }


def _objective(resolved: Resolved, target: RegressionTarget) -> Objective:
    family = family_of_target(resolved, target)
    link = resolved.options.get("link")
    if link in resolved.record.links:  # type: ignore[attr-defined]
        raise ValueError(
            f"link={link!r} of distribution={family.name!r} gives parameters outside their range for some outputs of a "
            "network: leave it out, or choose a classical solver (architecture='linear', optimizer='newton')."
        )
    loss = NegativeLogLikelihood(family, resolved.options["nll_beta"])
    return Objective(loss=loss, options=_standardised(family, target))


def _raw_outputs(resolved: Resolved, target: RegressionTarget) -> tuple[RawOutputs, ...]:
    return outputs_of_parameters(family_of_target(resolved, target), target)


DISTRIBUTION = Task(
    name="distribution",
    recipe=("distribution", "distribution_params", "constant", "nll_beta", "formula"),
    components={"distribution": "distribution"},
    resolve=_resolve,
    learn_target=_learn_target,
    learn_scale=_learn_scale,
    sizes=_sizes,
    start=_start,
    objective=_objective,
    raw_outputs=_raw_outputs,
    starts_flat=True,
)
