"""What an estimator's parameters mean: components resolved and checked, before any data are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state

from deepstat.data.coding import Coding
from deepstat.data.regression_target import RegressionTarget
from deepstat.estimators.compatibility import check_checkpoint, check_stop_by, check_trainable
from deepstat.estimators.components import (
    Resolved,
    resolve_architecture,
    resolve_initializer,
    resolve_optimizer,
    resolve_schedule,
)
from deepstat.estimators.defaults import architecture_of, is_tabular
from deepstat.estimators.formula_network import architecture_of_formula, check_formula
from deepstat.estimators.task import Task
from deepstat.estimators.tasks import TASKS
from deepstat.formula.formulas import Formulas
from deepstat.records import Activation
from deepstat.training.device import choose_device

# Small tables are trained in full batches: nothing is gained by noise, and weights then equal repeated rows exactly.
FULL_BATCH = 128
# Smaller tables are trained in full batches, whose fits must not depend on a random validation part.
ROWS_FOR_STOPPING = 129


@dataclass(frozen=True)
class Settings:
    """Resolved components and the device of a fit; `resolved` is the loss, or the distribution."""

    task: Task
    resolved: Resolved
    learn_columns: Callable[..., Coding]
    architecture: Resolved
    activation: Activation
    optimizer: Resolved
    schedule: Resolved
    initializer: Resolved | None
    checkpoint: str | None
    device: torch.device
    formulas: Formulas | None = None


def read_settings(estimator: Any) -> Settings:
    """Check an estimator's parameters and resolve its components."""
    estimator._validate_params()
    task = TASKS[estimator._task]
    resolved = task.resolve({name: getattr(estimator, name) for name in task.recipe})
    architecture, activation = resolve_architecture(
        architecture_of(vars(estimator), task.name), estimator.architecture_params, estimator._takes
    )
    check_trainable(activation)
    check_stop_by(estimator.stop_by, task.name, resolved)
    formulas = check_formula(vars(estimator), resolved)
    if formulas is None:
        architecture = estimator._placed(architecture)
    else:
        architecture = architecture_of_formula(formulas.deep, vars(estimator))
    return Settings(
        task=task,
        resolved=resolved,
        learn_columns=estimator._learn_columns() if formulas is None else formulas.learn,
        architecture=architecture,
        activation=activation,
        optimizer=resolve_optimizer(estimator.optimizer, estimator.optimizer_params),
        schedule=resolve_schedule(estimator.schedule, estimator.schedule_params),
        initializer=resolve_initializer(estimator.initializer, estimator.initializer_params),
        checkpoint=check_checkpoint(estimator.checkpoint, estimator.random_state),
        device=choose_device(estimator.device),
        formulas=formulas,
    )


def draw_seed(random_state: Any) -> int:
    """Return the seed of a fit; None draws fresh entropy, so that numpy's global generator is left alone."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def stops_early(early_stopping: Any, n_rows: int) -> bool:
    """Say whether rows are held out to stop by."""
    return n_rows >= ROWS_FOR_STOPPING if early_stopping == "auto" else bool(early_stopping)


def batch_size_for(given: Any, n_rows: int) -> int:
    """Return the rows of a batch; "auto": tables of up to 128 rows are one full batch, larger ones by size."""
    if given != "auto":
        return int(given)
    if n_rows <= FULL_BATCH:
        return FULL_BATCH
    return 32 if n_rows < 2_000 else 64 if n_rows < 8_000 else 128 if n_rows < 32_000 else 256


def is_single(estimator: Any, table: Any, *, fitted: bool = False) -> bool:
    """Say whether precision="auto" is float32 for a table on the CPU.

    "tabular" on more than 128 rows trains in batches drawn at random, whose noise is far above rounding, and float32 is
    nearly twice as fast. Smaller tables train in full batches, where weights equal repeated rows exactly; other
    architectures are chosen for what is known of them, which is checked in float64; formulas report parts of a fit that
    sum to it; and a fit that goes on stays in its precision.

    Parameters
    ----------
    estimator : estimator
    table : Table
        As given to fit, whatever is drawn of it.
    fitted : bool
        The estimator goes on from what it has learned.
    """
    if fitted:
        return bool(estimator.members_[0].flat.dtype == torch.float32)
    if estimator._single or table.dtype == np.float32:
        return True
    return is_tabular(estimator) and bool(table.n_rows > FULL_BATCH)


def target_unit(target: Any) -> Any:
    """Return what one unit of the trained target is, by output, in units of the user's target."""
    return np.array(target.scale) if isinstance(target, RegressionTarget) else np.array(1.0)
