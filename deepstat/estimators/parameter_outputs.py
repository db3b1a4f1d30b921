"""What the raw outputs of a distribution's parameters mean, and which parameters a formula lets vary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from deepstat.data.regression_target import RegressionTarget
from deepstat.distributions.family import Family
from deepstat.distributions.parameters import n_raw
from deepstat.estimators.components import Resolved
from deepstat.estimators.families import family_for
from deepstat.estimators.raw_outputs import RawOutputs
from deepstat.formula.formulas import is_constant
from deepstat.records import Parameter


def parameter_names(resolved: Resolved) -> tuple[str, ...]:
    """Return the names of a distribution's parameters, which no target changes."""
    return tuple(parameter.name for parameter in family_for(resolved, 1, 2).parameters)


def without_formula(formula: Any, resolved: Resolved) -> tuple[str, ...]:
    """Return the parameters without a formula, which are constants; a plain string is for the first."""
    names = parameter_names(resolved)
    varying = names[:1]
    if isinstance(formula, Mapping):
        varying = tuple(name for name, own in formula.items() if not is_constant(own))
    return tuple(name for name in names if name not in varying)


def outputs_of_parameters(family: Family, target: RegressionTarget) -> tuple[RawOutputs, ...]:
    """Return the outputs of each parameter that varies by row."""
    center, scale = np.array(target.center), np.array(target.scale)
    if family.record.domain == "interval":  # both ends lie on one axis
        center, scale = center[:1], scale[:1]
    return tuple(_outputs_of(parameter, center, scale) for parameter in family.row_parameters)


def _outputs_of(parameter: Parameter, center: np.ndarray, scale: np.ndarray) -> RawOutputs:
    """Return how raw numbers change with the units of the target; links that no line expresses: not at all."""
    k = n_raw(parameter)
    labels = (parameter.name,) if k == 1 else tuple(f"{parameter.name}[{j}]" for j in range(k))
    slope, shift, unit = np.ones(k), np.zeros(k), scale**parameter.power
    if parameter.link == "identity" and (parameter.power or parameter.shifts):
        slope = np.broadcast_to(unit, k).copy()
        shift = np.broadcast_to(center, k).copy() if parameter.shifts else shift
    elif parameter.link == "exp" and parameter.power:
        shift = np.broadcast_to(np.log(unit), k).copy()
    elif parameter.link == "cholesky" and parameter.power:
        rows, columns = np.tril_indices(int(parameter.size))
        diagonal = rows == columns
        slope, shift = np.where(diagonal, 1.0, unit[rows]), np.where(diagonal, np.log(unit[rows]), 0.0)
    elif parameter.link in ("inverse", "inverse_squared"):
        slope = np.broadcast_to(unit ** (-1.0 if parameter.link == "inverse" else -2.0), k).copy()
    return RawOutputs(parameter.name, labels, slope, shift)
