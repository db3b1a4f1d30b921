"""How a round is trained: here, or over several processes; with one progress bar for all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from deepstat.model_selection.bar import Bar
from deepstat.model_selection.outside import Outside
from deepstat.training.chunks import train_chunks
from deepstat.training.plan import Plan, TrainResult


class Trainer:
    """Trains the plans of several fits at once.

    Parameters
    ----------
    outside : Outside
    n_jobs, backend : as in joblib
        None: what joblib's configuration says outside.
    bar : Bar or None
    """

    def __init__(self, outside: Outside, n_jobs: int | None, backend: Any, bar: Bar | None) -> None:
        self._outside, self._bar = outside, bar
        self._workers = {"n_jobs": n_jobs, "backend": backend}

    def __call__(self, fits: list[Sequence[Plan]]) -> list[Sequence[TrainResult]]:
        """Return the results of each fit."""
        plans = [self._prepared(plan, member) for fit in fits for member, plan in enumerate(fit)]
        if self._bar is not None:
            self._bar.start(len(fits), sum(plan.max_epochs for plan in plans))
        with self._outside.restored():
            results = train_chunks(
                plans, report=None if self._bar is None else self._bar.advance, **self._workers
            )
        if self._bar is not None:
            self._bar.finish(len(fits))
        left = iter(results)
        return [[next(left) for _ in fit] for fit in fits]

    def _prepared(self, plan: Plan, member: int) -> Plan:
        """Let a callback hear of its fit's own members, not of all; one bar is enough."""
        told = None if plan.on_epoch is None else partial(_tell, plan.on_epoch, member)
        if told is None and (self._bar is None or not plan.verbose):
            return plan
        return replace(plan, on_epoch=told, verbose=0 if self._bar is not None else plan.verbose)


def work_of(plan: Plan, result: TrainResult) -> float:
    """Return what a fit costs, in rows that it went through: by it the time of a round is shared."""
    epochs = len(result.history) + (0 if plan.start is None else plan.start.max_epochs)
    return float(epochs * len(plan.rows))


def _tell(on_epoch: Callable[..., object], member: int, _place: int, entry: Mapping[str, float]) -> object:
    return on_epoch(member, entry)
