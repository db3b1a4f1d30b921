"""Many refits of one estimator on draws of rows: rows stored once, members trained as populations, wave by wave."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from sklearn.base import clone

from deepstat.estimators.classical.fit import refit_classical
from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.draw import Draw
from deepstat.estimators.finish import finish_fit
from deepstat.estimators.network_estimator import NetworkEstimator
from deepstat.estimators.plan import Draft, check_plans, plan_draw
from deepstat.estimators.settings import read_settings
from deepstat.estimators.source import Source
from deepstat.training import clock
from deepstat.training.plan import Plan, TrainResult
from deepstat.training.together import train_together

# Members of a wave: beyond it a population gains nothing, and rows, orders and targets would fill the memory.
WAVE = 256
# Bytes that row orders, targets, weights and network states of one wave may take, beside as much as the table does.
MEMORY = 64 << 20

__all__ = ["Draw", "refit"]


def refit(
    estimator: NetworkEstimator,
    X: Any,
    y: Any,
    draws: Iterable[Draw],
    sample_weight: Any = None,
    *,
    memory: int | None = None,
    snapshots: int = 0,
) -> Iterator[Any]:
    """Fit a clone of an estimator on each of many draws of rows.

    Rows are checked, encoded and stored once. Each refit learns centres, scales, categories, target scale and
    validation rows from its own draw, exactly as if it had been fitted alone: it equals ``refit`` of that draw by
    itself.

    Parameters
    ----------
    estimator : DeepRegressor or DeepClassifier
    X, y, sample_weight : as for fit
    draws : iterable of Draw
        Read as they are needed, a wave at a time.
    memory : int or None
        Bytes that the plans of a wave may take beside the table: row orders, targets, weights, network states. By
        default 64 MB more than the table has. A wave has at most 256 members.
    snapshots : int
        Divide each refit's epochs into so many equal parts and yield an estimator with the weights at the end of
        each. 0: only the refit's result.

    Yields
    ------
    estimator
        Fitted, in the order of `draws`; `snapshots` of each draw, one after the other. A refit whose loss became NaN
        has its last good weights in place of the snapshots that it did not reach.

    Raises
    ------
    TypeError
        The estimator is none of this package.
    ValueError
        A draw has `params` that decide how the shared rows are stored (``precision``, ``device``).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from deepstat import DeepRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = DeepRegressor(architecture="linear", max_epochs=3, random_state=0)
    >>> draws = [Draw(rows=np.random.default_rng(b).integers(0, 442, 442)) for b in range(3)]
    >>> [fitted.predict(X[:1]).shape for fitted in refit(model, X, y, draws)]
    [(1,), (1,), (1,)]
    """
    if not isinstance(estimator, NetworkEstimator):
        raise TypeError(
            f"refit got {type(estimator).__name__}, but takes a DeepRegressor or DeepClassifier: fit clones of other "
            "estimators one by one."
        )
    return _refit(estimator, X, y, draws, sample_weight, memory, snapshots)


def _refit(
    estimator: NetworkEstimator,
    X: Any,
    y: Any,
    draws: Iterable[Draw],
    sample_weight: Any,
    memory: int | None,
    snapshots: int,
) -> Iterator[Any]:
    estimator = clone(estimator)
    if is_classical(vars(estimator)):
        if snapshots:
            raise ValueError("Classical solvers have no epochs, and so no snapshots: set snapshots=0.")
        coming = iter(draws)
        while together := list(itertools.islice(coming, WAVE)):
            yield from refit_classical(estimator, X, y, together, sample_weight)
        return
    settings = read_settings(estimator)
    X = estimator._rows_of(X)
    settings = estimator._settings_for(settings, X)
    if settings.formulas is not None:
        _, y = settings.formulas.split(X, y)  # X keeps all columns: a draw may have another formula
    source = Source.of(settings, estimator, X, y, sample_weight, reference=True)
    refits = (_planned(estimator, settings, source, draw, snapshots) for draw in draws)
    first = next(refits, None)
    if first is None:
        return
    check_plans(first[1])
    if memory is None:
        memory = MEMORY + source.table.n_rows * source.table.n_columns * source.dtype.itemsize
    for wave in _waves(itertools.chain([first], refits), memory):
        results = iter(train_together([plan for _, draft in wave for plan in draft.plans]))
        while wave:  # each draft is let go of as soon as its estimator is made
            own, draft = wave.pop(0)
            found = list(itertools.islice(results, len(draft.plans)))
            for epoch in draft.plans[0].snapshot_epochs:
                then = [_as_it_was(result, epoch) for result in found]
                yield finish_fit(clone(own), _with_own_networks(draft), then)
            if not snapshots:
                yield finish_fit(clone(own), draft, found)


def _planned(
    estimator: NetworkEstimator, settings: Any, source: Source, draw: Draw, snapshots: int
) -> tuple[NetworkEstimator, Draft]:
    """Return the estimator of a draw, with the draw's own parameters, and its plans."""
    began = clock.now()
    if draw.params:
        shared = estimator.precision, estimator.device
        estimator = clone(estimator).set_params(**draw.params)
        if (estimator.precision, estimator.device) != shared:
            raise ValueError(
                "Refits share the rows on one device in one precision: set precision and device on the estimator "
                "and leave them out of a draw's params."
            )
        before, settings = settings, estimator._settings_for(read_settings(estimator), source.table)
        if settings.resolved.record != before.resolved.record:
            target = settings.task.learn_target(settings.resolved, estimator, source.y, None, source.rows)
            source = replace(source, target=target)
    draft = plan_draw(estimator, settings, source, draw)
    if draw.params:
        check_plans(draft)
    n_epochs = draft.plans[0].max_epochs
    if snapshots > n_epochs:
        raise ValueError(f"{snapshots} snapshots need as many epochs, but max_epochs={n_epochs}: raise it.")
    if snapshots:
        ends = tuple(n_epochs * (part + 1) // snapshots for part in range(snapshots))
        draft = replace(draft, plans=[replace(plan, snapshot_epochs=ends) for plan in draft.plans])
    return estimator, replace(draft, plans=estimator._in_time(draft.plans, began))


def _as_it_was(result: TrainResult, epoch: int) -> TrainResult:
    """Return a result as it was after an epoch."""
    if epoch not in result.snapshots:
        return result
    return replace(
        result,
        state=result.snapshots[epoch],
        history=result.history[:epoch],
        best_epoch=epoch,
        stopped="max_epochs",
    )


def _with_own_networks(draft: Draft) -> Draft:
    """Return a draft whose networks the finished estimator may keep, since others are made of it too."""
    return replace(draft, plans=[replace(plan, network=copy.deepcopy(plan.network)) for plan in draft.plans])


def _waves(
    refits: Iterable[tuple[NetworkEstimator, Draft]], memory: int
) -> Iterator[list[tuple[NetworkEstimator, Draft]]]:
    """Group refits while they fit into the memory given and a wave has less than 256 members; at least one each."""
    wave: list[tuple[NetworkEstimator, Draft]] = []
    taken = n_members = 0
    for each in refits:
        plans = each[1].plans
        own = sum(bytes_of(plan) for plan in plans)
        if wave and (taken + own > memory or n_members + len(plans) > WAVE):
            yield wave
            wave, taken, n_members = [], 0, 0
        wave.append(each)
        taken, n_members = taken + own, n_members + len(plans)
    if wave:
        yield wave


def bytes_of(plan: Plan) -> int:
    """Return about how many bytes a plan takes in a population, the rows of the table aside."""
    held = 0 if plan.validation_rows is None else len(plan.validation_rows)
    rows = 2 * 4 * (len(plan.rows) + held)  # row numbers, and their order in an epoch
    state = 6 * sum(p.numel() * p.element_size() for p in plan.network.parameters())
    y, weight = plan.table.y, plan.table.weight
    own = y.numel() * y.element_size() + (0 if weight is None else weight.numel() * weight.element_size())
    return int(rows + state + 2 * own)
