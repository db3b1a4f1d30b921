"""``plan_fit`` and ``finish_fit``: what every estimator's fit does before and after training, shared by calling."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from deepstat.data.columns import encode
from deepstat.data.inputs import Inputs
from deepstat.data.regression_target import RegressionTarget, learn_regression_target
from deepstat.data.schema import Schema, learn_schema
from deepstat.data.split import split
from deepstat.data.table import Table, check_table
from deepstat.data.tensors import SparseRows, TensorTable, to_device
from deepstat.data.weights import check_weights
from deepstat.estimators import compiling
from deepstat.estimators.compatibility import (
    check_checkpoint,
    check_class_weight,
    check_network,
    check_trainable,
)
from deepstat.estimators.components import (
    Resolved,
    loss_name,
    resolve_architecture,
    resolve_initializer,
    resolve_loss,
    resolve_optimizer,
    resolve_schedule,
)
from deepstat.estimators.network import build_network, learning_rate_factors, recipe_key, start_at, transfer
from deepstat.estimators.resuming import resume
from deepstat.estimators.targets import (
    check_length,
    learn_classes,
    learn_scale,
    starting_point,
    weigh_classes,
    y_of,
)
from deepstat.records import Loss
from deepstat.training.device import choose_device, choose_precision
from deepstat.training.gradients import can_batch
from deepstat.training.layout import Layout
from deepstat.training.plan import MemberState, Objective, Plan, TrainResult
from deepstat.training.seed import SPLIT, mix

# Small tables are trained in full batches: nothing is gained by noise, and weights then equal repeated rows exactly.
FULL_BATCH = 128
# Smaller tables are trained in full batches, whose fits must not depend on a random validation part.
ROWS_FOR_STOPPING = 129
# Larger tables of plain floats are used where they are, and standardised batch by batch: no second copy in memory.
BYTES_WORTH_SHARING = 32 << 20
# Training rows that data-driven starts (bin edges) look at.
SAMPLE = 20_000
# Parameters as they were in the fit: set_params between fit and predict changes the next fit alone.
RECIPE = ("architecture", "architecture_params", "loss", "loss_params", "optimizer")


@dataclass(frozen=True)
class Draft:
    """Plans and everything that the fitted estimator needs beside their results."""

    plans: list[Plan]
    schema: Schema
    target: Any
    loss: Resolved
    n_outputs: int
    class_weight: np.ndarray | None


def plan_fit(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    *,
    task: str,
    fitted: bool = False,
    partial: bool = False,
    classes: Any = None,
) -> Draft:
    """Check everything and return the plans of a fit; changes nothing on the estimator.

    Parameters
    ----------
    estimator : estimator with the shared parameters
    X, y, sample_weight : as given to fit
    task : {"regression", "classification"}
    fitted : bool
        Go on from the estimator's schema, target and weights (``partial_fit``, ``warm_start``).
    partial : bool
        For ``partial_fit``: hold no rows out.
    classes : array-like or None
        All classes, where `y` may lack some (``partial_fit``).
    """
    estimator._validate_params()
    loss = resolve_loss(loss_name(estimator.loss, task), estimator.loss_params, task)
    architecture, activation = resolve_architecture(estimator.architecture, estimator.architecture_params)
    check_trainable(activation)
    optimizer = resolve_optimizer(estimator.optimizer, estimator.optimizer_params)
    schedule = resolve_schedule(estimator.schedule, estimator.schedule_params)
    checkpoint = check_checkpoint(estimator.checkpoint, estimator.random_state)
    device = choose_device(estimator.device)

    table = check_table(X)
    check_length(estimator, y, table.n_rows)
    weight = check_weights(sample_weight, table.n_rows)
    # Names of columns: those learned; or, on an object thrown away, such as scikit-learn allows.
    validate_data(estimator if fitted else BaseEstimator(), X, skip_check_array=True, reset=not fitted)
    rows = np.arange(table.n_rows) if weight is None else np.flatnonzero(weight > 0)
    seed = draw_seed(estimator.random_state)
    dtype, mixed = choose_precision(estimator.precision, device, table.dtype == np.float32)

    if fitted:
        target = estimator.target_
    elif task == "classification":
        target = learn_classes(estimator, y, rows, classes)
    else:
        target = learn_regression_target(
            y, domain=loss.record.domain, rescale=False, estimator_name=type(estimator).__name__
        )  # type: ignore[attr-defined]
    strata = target.codes(y_of(y, rows)) if task == "classification" else None
    n_members = estimator.n_members
    seeds = [seed] if n_members == 1 else [mix(seed, member) for member in range(n_members)]
    splits = [
        (rows.astype(np.int32), None) if partial else _split(estimator, rows, strata, own) for own in seeds
    ]
    if fitted:  # the same validation rows as before, but new noise and a new order
        seeds = [mix(own, int(estimator.n_steps_)) for own in seeds]
    training = splits[0][0] if n_members == 1 else rows
    if not fitted and task == "regression":
        target = learn_scale(target, y, training, weight, loss.record)
    y_encoded = np.zeros((table.n_rows, target.n_outputs))
    y_encoded[rows] = target.encode(y_of(y, rows))
    check_class_weight(loss, getattr(estimator, "class_weight", None))
    y_encoded, weight, class_weight = weigh_classes(estimator, target, y_encoded, rows, weight)
    schema = estimator.schema_ if fitted else learn_schema(table, training, weight)
    rows_on_device, center, scale = _rows_on_device(table, schema, dtype, device)
    stored = TensorTable(
        rows_on_device,
        to_device(np.ascontiguousarray(y_encoded), dtype, device),
        None if weight is None else to_device(np.ascontiguousarray(weight, dtype=np.float64), dtype, device),
    )
    n_outputs = y_encoded.shape[1]
    inputs = Inputs(schema.n_numeric, schema.cardinalities, _sample(stored, training, center, scale))
    initializer = resolve_initializer(estimator.initializer, estimator.initializer_params)
    batch_size = _batch_size(estimator.batch_size, len(rows))
    objective = _objective(loss, target)
    start = None
    if task == "classification" and estimator.initializer is None and loss.record.probabilities != "none":  # type: ignore[attr-defined]
        start = torch.from_numpy(starting_point(y_encoded, weight, training))
    plans = []
    for member, own_seed in enumerate(seeds):
        network = build_network(
            architecture,
            inputs,
            n_outputs,
            seed=own_seed,
            dtype=dtype,
            device=device,
            initializer=initializer,
            gain=activation.gain,
        )
        if start is not None:
            start_at(network, start)
        if estimator.start_from is not None:
            _transfer(network, estimator.start_from, member)
        own_rows, validation = splits[member]
        state = resume(estimator, member, network, objective, loss, optimizer) if fitted else None
        plans.append(
            Plan(
                table=stored,
                rows=own_rows,
                validation_rows=validation,
                center=center,
                scale=scale,
                network=network,
                recipe=recipe_key(architecture, inputs, n_outputs, network),
                batched=architecture.record.batched,  # type: ignore[attr-defined]
                objective=objective,
                state=state,
                # Tukey's scale stays that of the Huber fit which came first.
                keep_scale=bool(loss.record.start_from) and state is not None and state.scale is not None,  # type: ignore[attr-defined]
                rule=optimizer.target,
                hyper={"learning_rate": float(estimator.learning_rate), **optimizer.options},
                learning_rates=learning_rate_factors(
                    network, estimator.freeze or (), len(objective.constants)
                ),
                schedule=None if estimator.schedule == "constant" else schedule.target,
                schedule_options=dict(schedule.options),
                batch_size=batch_size,
                max_epochs=estimator.max_epochs,
                patience=None if validation is None else estimator.patience,
                tol=estimator.tol,
                l1=float(estimator.l1),
                l2=float(estimator.l2),
                clip=None if estimator.clip is None else float(estimator.clip),
                seed=own_seed,
                compiled=compiling.decide(
                    estimator.compile,
                    optimizer.target,
                    n_members=n_members,
                    n_rows=len(own_rows),
                    batch_size=batch_size,
                    max_epochs=estimator.max_epochs,
                    device=device,
                ),
                autocast=mixed,
                on_epoch=estimator.on_epoch,
                checkpoint=checkpoint,
                verbose=estimator.verbose,
            )
        )
    check_network(plans[0])
    if plans[0].compiled and not can_batch(plans[0]):
        compiling.decline(estimator.compile, architecture.record.name)
        plans = [replace(plan, compiled=False) for plan in plans]
    if loss.record.start_from and not fitted:  # type: ignore[attr-defined]
        plans = [replace(plan, start=_start(plan, loss, target, task)) for plan in plans]
    return Draft(plans, schema, target, loss, n_outputs, class_weight)


def finish_fit(estimator: Any, draft: Draft, results: list[TrainResult]) -> Any:
    """Set the fitted attributes, all at once; warn of members whose loss became NaN; return the estimator."""
    for member, result in enumerate(results):
        if result.stopped == "nan":
            which = f"Member {member}" if len(results) > 1 else "The fit"
            warnings.warn(
                f"{which} stopped in epoch {len(result.history)} because its loss became NaN or infinite; it keeps its "
                "last good weights. Try a smaller learning_rate, or clip=1.0.",
                ConvergenceWarning,
                stacklevel=3,
            )
    fitted = object.__new__(type(estimator))  # what fails below leaves the estimator as it was
    vars(fitted).update(vars(estimator))
    fitted.schema_ = draft.schema
    fitted.target_ = draft.target
    fitted.n_features_in_ = len(draft.schema.columns)
    if draft.schema.feature_names is not None:
        fitted.feature_names_in_ = np.array(draft.schema.feature_names, dtype=object)
    elif hasattr(fitted, "feature_names_in_"):
        del fitted.feature_names_in_
    fitted.n_outputs_ = draft.n_outputs
    fitted.class_weight_ = draft.class_weight
    fitted.n_iter_ = max(len(result.history) for result in results)
    fitted.n_steps_ = max(result.state.n_steps for result in results)
    fitted.history_ = [
        {"member": member, **entry} for member, result in enumerate(results) for entry in result.history
    ]
    states = [result.state for result in results]
    fitted.members_ = [
        MemberState.from_tensors({name: t.cpu() for name, t in state.tensors().items()}, state.n_steps)
        for state in states
    ]
    fitted.best_epochs_ = [result.best_epoch for result in results]
    fitted.constants_ = _constants(draft, results)
    fitted._recipe = {name: getattr(fitted, name) for name in RECIPE}
    fitted._networks = fitted._build_networks()
    vars(estimator).clear()
    vars(estimator).update(vars(fitted))
    return estimator


# -- what the data say ------------------------------------------------------------------------------------------------


def draw_seed(random_state: Any) -> int:
    """Return the seed of a fit; None draws fresh entropy, so that numpy's global generator is left alone."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _split(
    estimator: Any, rows: np.ndarray, strata: np.ndarray | None, seed: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Pick validation rows first, so that nothing learns from them."""
    stopping = estimator.early_stopping
    if stopping == "auto":
        stopping = len(rows) >= ROWS_FOR_STOPPING
    if not stopping:
        return rows.astype(np.int32), None
    train, validation = split(
        len(rows),
        fraction=estimator.validation_fraction,
        seed=mix(seed, SPLIT),
        stratify=strata,
    )
    return rows[train].astype(np.int32), rows[validation].astype(np.int32)


def _batch_size(given: Any, n: int) -> int:
    if given != "auto":
        return int(given)
    if n <= FULL_BATCH:
        return max(n, 1)
    return 32 if n < 2_000 else 64 if n < 8_000 else 128 if n < 32_000 else 256


# -- tensors ----------------------------------------------------------------------------------------------------------


def _rows_on_device(
    table: Table, schema: Schema, dtype: torch.dtype, device: torch.device
) -> tuple[Any, Any, Any]:
    """Return the encoded rows, and the standardisation left to do after each gather (None: done)."""
    numpy_dtype = np.dtype(str(dtype).removeprefix("torch."))
    values = table.values
    shared = (
        schema.is_plain
        and not table.is_sparse
        and isinstance(values, np.ndarray)
        and values.dtype == numpy_dtype
        and values.flags.c_contiguous
        and values.nbytes >= BYTES_WORTH_SHARING
    )
    if shared:
        center, inverse = schema.affine()
        return (
            to_device(values, dtype, device),
            to_device(center, dtype, device),
            to_device(inverse, dtype, device),
        )
    encoded = encode(schema, table, numpy_dtype)
    if not isinstance(encoded, np.ndarray):
        return SparseRows.from_scipy(encoded, dtype, device), None, None
    return to_device(encoded, dtype, device), None, None


def _sample(table: TensorTable, rows: np.ndarray, center: Any, scale: Any) -> torch.Tensor:
    """Return evenly spaced training rows, standardised."""
    chosen = rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE]
    x = table.x.index_select(0, torch.as_tensor(chosen, dtype=torch.int64, device=table.x.device))
    return x if center is None else (x - center) * scale


# -- pieces of a plan -------------------------------------------------------------------------------------------------


def _objective(loss: Resolved, target: Any) -> Objective:
    record = loss.record
    assert isinstance(record, Loss)
    options: dict[str, Any] = dict(loss.options)
    scale = options.pop("scale") if record.scale is not None else None
    if isinstance(scale, float):
        scale = tuple(scale / unit for unit in target.scale)
    return Objective(
        loss=loss.target, options=options, constants=record.constants, scale=scale, per_row=record.per_row
    )


def _start(plan: Plan, loss: Resolved, target: Any, task: str) -> Plan:
    """Return the plan of the fit that this one starts from: the same, with the other loss at its own options."""
    first = resolve_loss(loss.record.start_from, {"scale": loss.options["scale"]}, task)  # type: ignore[attr-defined]
    return replace(plan, objective=_objective(first, target), on_epoch=None)


def _transfer(network: Any, source: Any, member: int) -> None:
    if not getattr(source, "members_", None):
        raise ValueError(
            "start_from must be a fitted deepstat estimator: call its fit first, and inside scikit-learn's tools, "
            "which clone it, wrap it in sklearn.frozen.FrozenEstimator."
        )
    networks = source.networks_
    if not transfer(network, networks[member % len(networks)]):
        raise ValueError(
            "start_from shares no parameter of equal name and shape with this network: "
            "use the same architecture with the same hidden sizes."
        )


def _constants(draft: Draft, results: list[TrainResult]) -> dict[str, np.ndarray]:
    """Return the trained constants of each member, lengths in units of the target."""
    constants = draft.plans[0].objective.constants
    layout = Layout.of(draft.plans[0].network, constants)
    found = [layout.constant_values(result.state.flat) for result in results]
    unit = float(np.mean(draft.target.scale)) if isinstance(draft.target, RegressionTarget) else 1.0
    return {
        constant.name: np.array([float(values[constant.name]) for values in found])
        * (unit if constant.in_target_units else 1.0)
        for constant in constants
    }
