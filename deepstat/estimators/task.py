"""What estimators of different kinds do differently, as functions: the rest of a fit is the same for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.data.tensors import TensorTable
from deepstat.estimators.components import Resolved
from deepstat.estimators.raw_outputs import RawOutputs
from deepstat.training.plan import Objective


def _no_first_objective(resolved: Resolved, target: Any) -> Objective | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Task:
    """How one kind of estimator reads its settings and its target.

    Attributes
    ----------
    name : str
        ``"regression"``, ``"classification"``, ``"distribution"``, ``"quantiles"``.
    recipe : tuple of str
        Parameters that decide what a fitted network's outputs mean: those of the fit are kept for predictions.
    components : mapping of parameter to kind
        Which of them name a registered component.
    resolve : callable
        ``resolve(parameters) -> Resolved`` of a mapping with the entries of `recipe`.
    learn_target : callable
        ``learn_target(resolved, estimator, y, classes, rows) -> target`` checks y and learns all but its scale.
    learn_scale : callable
        ``learn_scale(resolved, target, y, rows, weight) -> target`` from one member's training rows.
    sizes : callable
        ``sizes(resolved, target) -> (n_outputs of the network, n_constants trained beside it)``.
    start : callable
        ``start(resolved, target, table, rows) -> (n_outputs + n_constants,)``: raw outputs of the best constant
        prediction, where networks start; None for the network's own.
    objective : callable
        ``objective(resolved, target) -> Objective``.
    first_objective : callable
        ``first_objective(resolved, target) -> Objective`` of a fit to do first, or None.
    raw_outputs : callable
        ``raw_outputs(resolved, target) -> tuple of RawOutputs``: what the network's outputs mean, by parameter.
    stratifies : bool
        Whether rows held out are drawn class by class.
    starts_flat : bool
        Whether networks start at `start` exactly, for every row: where outputs are logarithms of scales, those of
        random weights may be far from any sense.
    """

    name: str
    recipe: tuple[str, ...]
    components: Mapping[str, str]
    resolve: Callable[[Mapping[str, Any]], Resolved]
    learn_target: Callable[[Resolved, Any, Any, Any, NDArray[Any]], Any]
    learn_scale: Callable[[Resolved, Any, Any, NDArray[Any], Any], Any]
    sizes: Callable[[Resolved, Any], tuple[int, int]]
    start: Callable[[Resolved, Any, TensorTable, NDArray[Any]], np.ndarray | None]
    objective: Callable[[Resolved, Any], Objective]
    raw_outputs: Callable[[Resolved, Any], tuple[RawOutputs, ...]]
    first_objective: Callable[[Resolved, Any], Objective | None] = _no_first_objective
    stratifies: bool = False
    starts_flat: bool = False
