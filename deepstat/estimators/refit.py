"""Many refits of one estimator on draws of rows: rows stored once, members trained as populations, wave by wave."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from sklearn.base import clone

from deepstat.estimators.deep import DeepEstimator
from deepstat.estimators.draw import Draw
from deepstat.estimators.finish import finish_fit
from deepstat.estimators.plan import Draft, check_plans, plan_draw
from deepstat.estimators.settings import read_settings
from deepstat.estimators.source import Source
from deepstat.training.plan import Plan
from deepstat.training.together import train_together

# Members of a wave: beyond it a population gains nothing, and rows, orders and targets would fill the memory.
WAVE = 256
# Bytes that row orders, targets, weights and network states of one wave may take, beside as much as the table does.
MEMORY = 64 << 20

__all__ = ["Draw", "refit"]


def refit(
    estimator: DeepEstimator,
    X: Any,
    y: Any,
    draws: Iterable[Draw],
    sample_weight: Any = None,
    *,
    memory: int | None = None,
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

    Yields
    ------
    estimator
        Fitted, in the order of `draws`.

    Raises
    ------
    TypeError
        The estimator is none of this package.

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
    if not isinstance(estimator, DeepEstimator):
        raise TypeError(
            f"refit got {type(estimator).__name__}, but takes a DeepRegressor or DeepClassifier: fit clones of other "
            "estimators one by one."
        )
    return _refit(estimator, X, y, draws, sample_weight, memory)


def _refit(
    estimator: DeepEstimator, X: Any, y: Any, draws: Iterable[Draw], sample_weight: Any, memory: int | None
) -> Iterator[Any]:
    estimator = clone(estimator)
    settings = read_settings(estimator, estimator._task)
    source = Source.of(settings, estimator, X, y, sample_weight, reference=True)
    drafts = (plan_draw(estimator, settings, source, draw) for draw in draws)
    first = next(drafts, None)
    if first is None:
        return
    check_plans(first)
    if memory is None:
        memory = MEMORY + source.table.n_rows * source.table.n_columns * source.dtype.itemsize
    for wave in _waves(itertools.chain([first], drafts), memory):
        results = iter(train_together([plan for draft in wave for plan in draft.plans]))
        while wave:  # each draft is let go of as soon as its estimator is made
            draft = wave.pop(0)
            yield finish_fit(clone(estimator), draft, list(itertools.islice(results, len(draft.plans))))


def _waves(drafts: Iterable[Draft], memory: int) -> Iterator[list[Draft]]:
    """Group drafts while they fit into the memory given and a wave has less than 256 members; at least one each."""
    wave: list[Draft] = []
    taken = n_members = 0
    for draft in drafts:
        own = sum(bytes_of(plan) for plan in draft.plans)
        if wave and (taken + own > memory or n_members + len(draft.plans) > WAVE):
            yield wave
            wave, taken, n_members = [], 0, 0
        wave.append(draft)
        taken, n_members = taken + own, n_members + len(draft.plans)
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

