"""``plan_fit`` and ``plan_draw``: from an estimator, its data and a draw of rows to plans for training."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from deepstat.data.coding import Coding
from deepstat.data.split import split
from deepstat.data.tensors import TensorTable
from deepstat.data.weights import check_weights
from deepstat.estimators.compatibility import check_class_weight, check_network
from deepstat.estimators.defaults import n_members_of
from deepstat.estimators.draw import Draw
from deepstat.estimators.formula_network import network_inputs, set_origin
from deepstat.estimators.network import build_network, learning_rate_factors, recipe_key, start_at, transfer
from deepstat.estimators.resuming import resume
from deepstat.estimators.sampled import sample_of
from deepstat.estimators.settings import (
    Settings,
    draw_seed,
    read_settings,
    stops_early,
)
from deepstat.estimators.source import Source
from deepstat.estimators.structured_start import start_structured
from deepstat.estimators.targets import weigh_classes, y_of
from deepstat.training.compiling import check_compilable
from deepstat.training.plan import Plan
from deepstat.training.seed import SPLIT, mix

ALL = Draw()
# Parameters that decide what is learned of a draw before training.
LEARNED_BY = ("early_stopping", "validation_fraction", "class_weight", "class_weight_params", "formula")


@dataclass(frozen=True)
class Draft:
    """Plans of one estimator's members and everything that it needs beside their results.

    Attributes
    ----------
    plans : list of Plan
    schemas, targets : list
        What each member learned of the columns and of the target.
    settings : Settings
    n_outputs : int
    class_weight : ndarray of shape (n_classes,) or None
    """

    plans: list[Plan]
    schemas: list[Coding]
    targets: list[Any]
    settings: Settings
    n_outputs: int
    class_weight: NDArray[Any] | None


def plan_fit(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    *,
    fitted: bool = False,
    partial: bool = False,
    classes: Any = None,
) -> Draft:
    """Check everything and return the plans of a fit; changes nothing on the estimator.

    Parameters
    ----------
    estimator : estimator with the shared parameters
    X, y, sample_weight : as given to fit
    fitted : bool
        Go on from the estimator's schemas, targets and weights (``partial_fit``, ``warm_start``).
    partial : bool
        For ``partial_fit``: hold no rows out.
    classes : array-like or None
        All classes, where `y` may lack some (``partial_fit``).
    """
    settings = read_settings(estimator)
    X = estimator._rows_of(X)
    settings = estimator._settings_for(settings, X)
    if fitted and estimator.formula != estimator._recipe["formula"]:
        raise ValueError(
            f"formula={estimator.formula!r} cannot go on from a fit of {estimator._recipe['formula']!r}: keep the "
            "formula, or fit afresh with warm_start=False."
        )
    if settings.formulas is not None:
        X, y = settings.formulas.split(X, y)
    source = Source.of(
        settings,
        estimator,
        X,
        y,
        sample_weight,
        target=estimator.targets_[0] if fitted else None,
        classes=classes,
        reference=n_members_of(estimator) > 1,
    )
    # Names of columns: those learned; or, on an object thrown away, such as scikit-learn allows.
    validate_data(estimator if fitted else BaseEstimator(), X, skip_check_array=True, reset=not fitted)
    draft = plan_draw(estimator, settings, source, ALL, fitted=fitted, partial=partial)
    check_plans(draft)
    return draft


def check_plans(draft: Draft) -> None:
    """Try the network and the loss of the first plan on two rows, and whether it can be compiled as asked."""
    task = draft.settings.task
    check_network(draft.plans[0], sum(task.sizes(draft.settings.resolved, draft.targets[0])))
    check_compilable(draft.plans[0])


def plan_draw(
    estimator: Any,
    settings: Settings,
    source: Source,
    draw: Draw,
    *,
    fitted: bool = False,
    partial: bool = False,
) -> Draft:
    """Return the plans of the members of one estimator on one draw of rows.

    Each member learns columns, target scale and starting point from its own training rows; its validation rows are
    picked first, and copies of a row, or rows of a group, never lie on both sides.
    """
    seed = draw_seed(estimator.random_state if draw.seed is None else draw.seed)
    n_members = n_members_of(estimator)
    seeds = [seed] if n_members == 1 else [mix(seed, member) for member in range(n_members)]
    if draw.order_seed is None:
        data, splits, learned = _look_at(estimator, settings, source, draw, seeds, partial)
    else:
        parts = (draw.rows, draw.weight, draw.y, draw.groups)
        by = repr([getattr(estimator, name, None) for name in (*settings.task.recipe, *LEARNED_BY)])
        key = ("learned", draw.order_seed, n_members, partial, by, *map(id, parts))
        orders = [draw.order_seed] * n_members
        _, (data, splits, learned) = source.kept(  # the parts too, so that their ids stay their own
            key, ALL, lambda: (parts, _look_at(estimator, settings, source, draw, orders, partial))
        )
    if fitted:  # the same validation rows as before, but new noise and a new order
        seeds = [mix(own, int(estimator.n_steps_)) for own in seeds]
        learned = list(zip(estimator.schemas_, estimator.targets_, strict=True))
    plans = []
    for member, ((rows, validation), (schema, target)) in enumerate(zip(splits, learned, strict=True)):
        plan = _plan_member(estimator, settings, data, schema, target, rows, member, seeds[member], fitted)
        patience = None if validation is None else estimator.patience
        held_out = {"validation_rows": validation, "patience": patience, "order_seed": draw.order_seed}
        if plan.start is not None:
            held_out["start"] = replace(plan.start, **held_out)
        plans.append(replace(plan, **held_out))
    schemas, targets = map(list, zip(*learned, strict=True))
    n_outputs, _ = settings.task.sizes(settings.resolved, targets[0])
    return Draft(plans, schemas, targets, settings, n_outputs, data.class_weight)


# -- what the data say ------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Drawn:
    """The rows, weights and target of a draw; tensors of the target and of the weights, made once for each scale."""

    settings: Settings
    source: Source
    y: Any
    target: Any
    rows: NDArray[np.int32]
    weight: NDArray[Any] | None
    estimator: Any
    class_weight: NDArray[Any] | None = None
    made: dict[int, tuple[torch.Tensor, torch.Tensor | None]] = field(default_factory=dict)

    def table(self, schema: Coding, target: Any) -> tuple[TensorTable, Any, Any]:
        """Return the rows as tensors and the standardisation left to do after each gather."""
        source = self.source
        x, center, scale = source.x(schema)
        y, weight = self.encoded(target)
        return TensorTable(x, y, weight), center, scale

    def encoded(self, target: Any) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return target and weight of every row of the table, as trained on; shared where nothing is a draw's own."""
        given = self.source
        if (
            self.y is given.y
            and self.weight is given.weight
            and target is given.target
            and not self.weighs_classes
        ):
            return given.kept("y", target, lambda: self._encode(target))
        if id(target) not in self.made:
            self.made[id(target)] = self._encode(target)
        return self.made[id(target)]

    def _encode(self, target: Any) -> tuple[torch.Tensor, torch.Tensor | None]:
        y = self.source.y_encoded(target, self.y)
        y, weight, self.class_weight = weigh_classes(self.estimator, target, y, self.rows, self.weight)
        if weight is not self.weight or weight is not self.source.weight:
            return self.source.send(y), None if weight is None else self.source.send(weight)
        sent = self.source.kept(
            "weight", weight, lambda: None if weight is None else self.source.send(weight)
        )
        return self.source.send(y), sent

    @property
    def weighs_classes(self) -> bool:
        """Whether rows are weighted by their class, in proportions of the draw."""
        given = (
            getattr(self.estimator, "class_weight", None),
            getattr(self.estimator, "class_weight_params", None),
        )
        return given[0] is not None or bool(given[1])


def _look_at(
    estimator: Any, settings: Settings, source: Source, draw: Draw, seeds: list[int], partial: bool
) -> tuple[_Drawn, list[Any], list[tuple[Coding, Any]]]:
    """Return a draw's data; each member's training and validation rows, by its seed; and what it learns of them."""
    data = _drawn(estimator, settings, source, draw)
    splits: list[Any] = [(data.rows, None)] * len(seeds)
    if not partial and stops_early(estimator.early_stopping, len(data.rows)):
        by_seed = {own: _hold_out(estimator, data, draw.groups, own) for own in dict.fromkeys(seeds)}
        splits = [by_seed[own] for own in seeds]
    return data, splits, _learn(data, splits)


def _drawn(estimator: Any, settings: Settings, source: Source, draw: Draw) -> _Drawn:
    """Bring a draw and the source together; rows of weight zero are left out."""
    y, target, weight = source.y, source.target, source.weight
    if draw.y is not None:
        y = draw.y
        target = settings.task.learn_target(settings.resolved, estimator, draw.y, None, source.rows)
    if draw.weight is not None:
        own = check_weights(draw.weight, source.table.n_rows)
        weight = own if weight is None else own * weight
    rows = np.asarray(source.rows if draw.rows is None else draw.rows, dtype=np.int32)
    if weight is not None:
        rows = rows[weight[rows] > 0]
    if len(rows) == 0:
        raise ValueError("The draw has no row of positive weight: draw more rows.")
    check_class_weight(settings.resolved, getattr(estimator, "class_weight", None))
    return _Drawn(settings, source, y, target, rows, weight, estimator)


def _hold_out(
    estimator: Any, data: _Drawn, groups: Any, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pick validation rows first, so that nothing learns from them; copies of a row stay together."""
    originals = np.unique(data.rows)
    strata = None
    if data.settings.task.stratifies:
        strata = data.target.codes(y_of(data.y, originals))
    train, _ = split(
        len(originals),
        fraction=estimator.validation_fraction,
        seed=mix(seed, SPLIT),
        stratify=strata,
        groups=None if groups is None else np.asarray(groups)[originals],
    )
    trained = np.zeros(data.source.table.n_rows, dtype=bool)
    trained[originals[train]] = True
    learns = trained[data.rows]
    return data.rows[learns], data.rows[~learns]


def _learn(data: _Drawn, splits: list[Any]) -> list[tuple[Coding, Any]]:
    """Return what each member learns from its training rows; members with the same rows share it."""
    known: dict[int, tuple[Coding, Any]] = {}
    for rows, _ in splits:
        if id(rows) not in known:
            task, resolved = data.settings.task, data.settings.resolved
            target = task.learn_scale(resolved, data.target, data.y, rows, data.weight)
            schema = data.settings.learn_columns(data.source.table, rows, data.weight)
            known[id(rows)] = schema, target
    return [known[id(rows)] for rows, _ in splits]


# -- one member -------------------------------------------------------------------------------------------------------


def _plan_member(
    estimator: Any,
    settings: Settings,
    data: _Drawn,
    schema: Coding,
    target: Any,
    rows: NDArray[np.int32],
    member: int,
    seed: int,
    fitted: bool,
) -> Plan:
    table, center, scale = data.table(schema, target)
    task, resolved = settings.task, settings.resolved
    outputs = task.raw_outputs(resolved, target)
    inputs = network_inputs(schema, outputs, target.n_outputs, lambda: sample_of(table, rows, center, scale))
    n_outputs, n_constants = task.sizes(resolved, target)
    network = build_network(
        settings.architecture,
        inputs,
        n_outputs,
        n_constants=n_constants,
        seed=seed,
        dtype=data.source.dtype,
        device=settings.device,
        initializer=settings.initializer,
        gain=settings.activation.gain,
    )
    set_origin(network, outputs)
    found = task.start(resolved, target, table, rows)
    start = None if found is None else torch.from_numpy(found)
    if start is not None and estimator.initializer is None and not fitted:
        start_at(network, start, n_outputs, flat=task.starts_flat)
    if estimator.start_from is not None:
        _transfer(network, estimator.start_from, member)
    objective = task.objective(resolved, target)
    state = resume(estimator, member, network, objective, resolved, settings.optimizer) if fitted else None
    first = None if fitted else task.first_objective(resolved, target)
    if not fitted and estimator.initializer is None and estimator.start_from is None:
        start_structured(network, first or objective, table, rows, center, scale, start)
    schedule = None if estimator.schedule == "constant" else settings.schedule.target
    plan = Plan(
        table=table,
        rows=rows,
        center=center,
        scale=scale,
        network=network,
        recipe=recipe_key(settings.architecture, inputs, n_outputs, network),
        batched=settings.architecture.record.batched,  # type: ignore[attr-defined]
        objective=objective,
        raw_start=start,
        state=state,
        # Tukey's scale stays that of the Huber fit which came first.
        keep_scale=_starts_elsewhere(resolved) and state is not None and state.scale is not None,
        rule=settings.optimizer.target,
        hyper={"learning_rate": float(estimator.learning_rate), **settings.optimizer.options},
        learning_rates=learning_rate_factors(network, estimator.freeze or (), len(objective.constants)),
        schedule=schedule,
        schedule_options=dict(settings.schedule.options),
        batch_size=estimator._batch_rows(len(data.rows)),
        max_epochs=estimator.max_epochs,
        average_from=None if estimator.average_from is None else float(estimator.average_from),
        tol=estimator.tol,
        stop_by=estimator.stop_by,
        l1=float(estimator.l1),
        l2=float(estimator.l2),
        clip=None if estimator.clip is None else float(estimator.clip),
        seed=seed,
        compiled=estimator.compile,
        autocast=data.source.mixed,
        on_epoch=estimator.on_epoch,
        checkpoint=settings.checkpoint,
        verbose=estimator.verbose,
    )
    if first is None:
        return plan
    return replace(plan, start=replace(plan, objective=first, on_epoch=None, average_from=None))


def _starts_elsewhere(resolved: Any) -> bool:
    return bool(getattr(resolved.record, "start_from", ""))


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
