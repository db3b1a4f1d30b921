"""What a fitted formula says: coefficients in the units of the data, and what each term contributes to each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deepstat.data.table import check_table
from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.raw_outputs import RawOutputs
from deepstat.estimators.tasks import TASKS
from deepstat.formula.formula_design import FormulaDesign
from deepstat.formula.formulas import select_columns
from deepstat.formula.orthogonalise import orthogonalise
from deepstat.formula.semi_structured import SemiStructured, SemiStructuredHead
from deepstat.training.plan import Plan

CHUNK = 8192
# Of one member: for each parameter and each of its deep terms the coefficients (columns projected on, outputs).
Projections = list[NDArray[np.float64]]


def semi_structured_of(network: nn.Module) -> SemiStructured:
    """Return the network of a formula, without what stands around it."""
    return next(module for module in network.modules() if isinstance(module, SemiStructured))


def project(plan: Plan, network: nn.Module, design: FormulaDesign) -> Projections:
    """Project each deep term's outputs on the training rows off the structured columns that see the same inputs.

    A column that is no input of the deep term is never used: its coefficient would change its meaning. The
    intercept, where there is one, takes the mean.

    Parameters
    ----------
    plan : Plan
        With the training rows, encoded.
    network : nn.Module
        Fitted, in prediction mode.
    design : FormulaDesign
    """
    module = semi_structured_of(network)
    index = torch.as_tensor(plan.rows, dtype=torch.int64, device=plan.table.y.device)
    weight = None if plan.table.weight is None else _numpy(plan.table.weight[index])
    parts: list[NDArray[np.float64]] = []
    outputs: list[list[NDArray[np.float64]]] = []
    with torch.no_grad():
        for rows in index.split(CHUNK):
            x = plan.table.x.index_select(0, rows)
            if plan.center is not None and plan.scale is not None:
                x = (x - plan.center) * plan.scale
            outputs.append(_deep_outputs(module, x))
            parts.append(_numpy(x))
    x = np.concatenate(parts)
    found, place = [], 0
    for head, (name, own) in zip(module.heads, design.parameters.items(), strict=True):
        columns = head.columns
        structured = x[:, columns.start : columns.stop]  # type: ignore[union-attr,misc]
        if own.structured.has_intercept:
            structured = np.column_stack([np.ones(len(x)), structured])
        for _, group in own.deep:
            shared = design.shared_columns(name, group)
            output = np.concatenate([part[place] for part in outputs])
            coefficients = np.zeros((len(own.names), output.shape[1]))
            coefficients[shared] = orthogonalise(output, structured[:, shared], weight)
            found.append(_raw_units(own, coefficients)[shared])
            place += 1
    return found


def projection_shapes(estimator: Any) -> list[list[tuple[int, int]]]:
    """Return the shapes of each member's projections; without a formula's network there are none."""
    if estimator._recipe["formula"] is None or is_classical(estimator._recipe):
        return []
    outputs = raw_outputs(estimator)
    formula, names = estimator._recipe["formula"], [own.name for own in outputs]
    given = set(formula) if isinstance(formula, dict) else set(names[:1])
    if any(list(design.parameters) != names for design in estimator.schemas_) or given != set(names):
        raise ValueError("formula, columns and distribution do not have the same parameters")
    return [
        [
            (len(design.shared_columns(name, group)), len(own.labels))
            for own, (name, parameter) in zip(outputs, design.parameters.items(), strict=True)
            for _, group in parameter.deep
        ]
        for design in estimator.schemas_
    ]


def _raw_units(own: Any, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return coefficients (p, k) of the design matrix for those of its standardised columns."""
    first = int(own.structured.has_intercept)
    bias = coefficients[0] if first else np.zeros(coefficients.shape[1])
    return own.in_units_of_data(coefficients[first:].T, bias).T


def coefficients(estimator: Any) -> Any:
    """Return the coefficients of the structured parts, in the units of the data.

    Several members are averaged.

    Returns
    -------
    Series, or DataFrame where a parameter has several outputs; where the formula is a dict, a dict of them
    """
    import pandas as pd

    members = [_member_coefficients(estimator, m) for m in range(len(estimator.members_))]
    outputs = raw_outputs(estimator)
    found = {}
    for j, (name, labels) in enumerate(zip(estimator.schema_.parameters, _labels(outputs), strict=True)):
        frames = [
            pd.DataFrame(own[j], index=list(design.parameters[name].names), columns=list(labels))
            for own, design in zip(members, estimator.schemas_, strict=True)
        ]
        mean = sum(frame.reindex(frames[0].index) for frame in frames) / len(frames)
        found[name] = mean[labels[0]].rename(name or labels[0]) if len(labels) == 1 else mean
    return found if isinstance(estimator._recipe["formula"], dict) else next(iter(found.values()))


def _labels(outputs: tuple[RawOutputs, ...]) -> list[tuple[str, ...]]:
    return [own.labels for own in outputs]


def raw_outputs(estimator: Any, member: int = 0) -> tuple[RawOutputs, ...]:
    """Return what the network's outputs mean, in the units of a member's target."""
    task = TASKS[estimator._task]
    return task.raw_outputs(estimator._resolved(), estimator.targets_[member])


def _member_coefficients(estimator: Any, m: int) -> list[NDArray[np.float64]]:
    """Return the coefficients (p, k) of each parameter, what deep terms can say linearly among them."""
    module, design = semi_structured_of(estimator.networks_[m]), estimator.schemas_[m]
    projections = iter(estimator._projections[m])
    found = []
    for head, outputs, (name, own) in zip(
        module.heads, raw_outputs(estimator, m), design.parameters.items(), strict=True
    ):
        bias = _numpy(head.bias)  # type: ignore[arg-type]
        weight = np.zeros((len(bias), 0)) if head.weight is None else _numpy(head.weight)  # type: ignore[arg-type]
        total = own.in_units_of_data(weight, bias).T
        for _, group in own.deep:
            total[design.shared_columns(name, group)] += next(projections)
        total = total * outputs.slope
        if own.structured.has_intercept:
            total[0] += outputs.shift
        found.append(total)
    return found


def effects(estimator: Any, X: Any) -> Any:
    """Return what each term adds to the linear predictor of each row, in the units of the data."""
    import pandas as pd

    table = check_table(select_columns(X, estimator.schema_.feature_names))
    total: dict[str, Any] = {}
    n_members = len(estimator.members_)
    for m in range(n_members):
        for name, frame in _member_effects(estimator, m, table).items():
            total[name] = frame / n_members if m == 0 else total[name] + frame / n_members
    index = X.index if isinstance(X, pd.DataFrame) else None
    found = {name: frame if index is None else frame.set_axis(index, axis=0) for name, frame in total.items()}
    return found if isinstance(estimator._recipe["formula"], dict) else next(iter(found.values()))


def _member_effects(estimator: Any, m: int, table: Any) -> dict[str, Any]:
    import pandas as pd

    network, design = estimator.networks_[m], estimator.schemas_[m]
    module = semi_structured_of(network)
    like = next(network.parameters())
    encoded = design.encode(table, np.dtype(str(like.dtype).removeprefix("torch.")))
    with torch.no_grad():
        parts = [_deep_outputs(module, x.to(like.device)) for x in torch.from_numpy(encoded).split(CHUNK)]
    deep = [np.concatenate(own) for own in zip(*parts, strict=True)]
    betas, found, place = _member_coefficients(estimator, m), {}, 0
    for head, outputs, beta, (name, own) in zip(
        module.heads, raw_outputs(estimator, m), betas, design.parameters.items(), strict=True
    ):
        matrix, labels = own.design(table), np.array(own.structured.labels)
        terms = {
            label: matrix[:, labels == label] @ beta[labels == label]
            for label in dict.fromkeys(own.structured.labels)
        }
        for label, group in own.deep:
            shared = design.shared_columns(name, group)
            terms[label] = (
                deep[place] - matrix[:, shared] @ estimator._projections[m][place]
            ) * outputs.slope
            place += 1
        if not own.structured.has_intercept and own.deep:  # the level is that of the first network
            terms[own.deep[0][0]] += _numpy(head.bias) * outputs.slope + outputs.shift  # type: ignore[arg-type]
        if len(outputs.labels) == 1:
            found[name] = pd.DataFrame({label: values[:, 0] for label, values in terms.items()})
        else:
            found[name] = pd.DataFrame(
                {
                    (out, label): values[:, j]
                    for j, out in enumerate(outputs.labels)
                    for label, values in terms.items()
                }
            )
    return found


def _deep_outputs(module: SemiStructured, x: Tensor) -> list[NDArray[np.float64]]:
    """Return the outputs of each deep term of each parameter."""
    heads = [head for head in module.heads if isinstance(head, SemiStructuredHead)]
    return [_numpy(own) for head in heads for own in head.deep_outputs(x)]


def _numpy(tensor: Tensor) -> NDArray[np.float64]:
    return tensor.detach().double().cpu().numpy()
