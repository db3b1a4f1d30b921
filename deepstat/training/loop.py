"""THE loop: plans in, results out. Read it from top to bottom, then :class:`deepstat.training.run.Run`, an epoch's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import torch

from deepstat.training.budget import Budget
from deepstat.training.compiling import decide, in_cache
from deepstat.training.deadline import Deadline
from deepstat.training.device import threads_for
from deepstat.training.gradients import can_batch
from deepstat.training.plan import Plan, TrainResult
from deepstat.training.run import Run
from deepstat.training.seed import may_draw, own_noise


def train(plans: Sequence[Plan], report: Callable[[int], object] | None = None) -> list[TrainResult]:
    """Train every plan; those with equal keys as one population.

    Parameters
    ----------
    plans : sequence of Plan
    report : callable or None
        Called after each epoch with the number of member epochs that it settled (a member that stops early settles
        all that it had left); over the whole call they add up to the sum of ``max_epochs``.

    Returns
    -------
    list of TrainResult
        In the order of `plans`.
    """
    return _train_in(Budget(plans), plans, report)


def _train_in(
    budget: Budget, plans: Sequence[Plan], report: Callable[[int], object] | None = None
) -> list[TrainResult]:
    plans = _do_starts(budget, plans)
    groups: dict[Hashable, list[int]] = {}
    for i, plan in enumerate(plans):
        groups.setdefault(plan.key, []).append(i)
    results: dict[int, TrainResult] = {}
    for group in groups.values():
        together = [group] if len(group) == 1 or can_batch(plans[group[0]]) else [[i] for i in group]
        for members in together:
            own = decide([plans[i] for i in members])
            for part in in_cache(own):
                indices, mine = [members[k] for k in part], [own[k] for k in part]
                with budget.deadline(mine) as deadline:
                    trained = _train_population(mine, indices, report, deadline)
                results.update(zip(indices, trained, strict=True))
    return [results[i] for i in range(len(plans))]


def _do_starts(budget: Budget, plans: Sequence[Plan]) -> list[Plan]:
    """Do the fits that others start from (Tukey's from Huber's), all as one round; keep weights and residual scale."""
    waiting = [i for i, plan in enumerate(plans) if plan.start is not None]
    starts = _train_in(budget, [plans[i].start for i in waiting]) if waiting else []  # type: ignore[misc]
    done = list(plans)
    for i, result in zip(waiting, starts, strict=True):
        state = replace(result.state, optimizer={}, n_steps=0)
        done[i] = replace(plans[i], start=None, state=state, keep_scale=True)
    return done


@torch.no_grad()
def _train_population(
    plans: list[Plan],
    indices: list[int],
    report: Callable[[int], object] | None,
    deadline: Deadline | None,
) -> list[TrainResult]:
    first = plans[0]
    entries = getattr(getattr(first.network, "data", None), "entries", None)
    work = len(plans), first.batch_size, sum(p.numel() for p in first.network.parameters()), entries
    noise = (
        own_noise(first.seed, first.table.y.device) if may_draw(first.network) else contextlib.nullcontext()
    )
    with threads_for(*work), noise:
        run = Run(plans, indices, report, deadline)
        try:
            while run.alive:
                run.epoch()
        finally:
            run.progress.close()
    return [run.results[i] for i in indices]
