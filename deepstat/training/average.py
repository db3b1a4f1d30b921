"""Stochastic weight averaging: the mean of a member's weights over the last part of its epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepstat.training import validate
from deepstat.training.batches import Rows, batch_sizes
from deepstat.training.gradients import Batched, Solo
from deepstat.training.plan import Plan
from deepstat.training.population import Population, bind
from deepstat.training.precision import autocast

# A pass over the rows without gradients is some third of one with them.
FORWARD = 3
Weights = tuple[Tensor, dict[str, Tensor]]


class Average:
    """The running mean of each member's weights, taken at the end of its epochs from ``plan.average_from`` on.

    References
    ----------
    Izmailov, Podoprikhin, Garipov, Vetrov and Wilson (2018), Averaging weights leads to wider optima and better
    generalization, UAI.
    """

    def __init__(self, plans: Sequence[Plan], population: Population) -> None:
        self.first = np.array([_first_epoch(plan) for plan in plans])
        self.share = np.array([math.inf if p.average_from is None else p.average_from for p in plans])
        self.count = np.zeros(len(plans), dtype=np.int64)
        averages = bool(np.isfinite(self.first).any())
        self.flat = (
            torch.zeros_like(population.flat) if averages else population.flat.new_zeros(len(plans), 0)
        )

    def take(self, population: Population, epoch: int, gone: float = 0.0) -> None:
        """After an epoch, which began when `gone` of the time was gone: let it count for the members that average."""
        by_time = (self.share <= gone) if gone > 0.0 else False
        taking = np.flatnonzero((self.first <= epoch) | by_time)
        if not len(taking):
            return
        self.count[taking] += 1
        index = torch.from_numpy(taking).to(self.flat.device)
        share = torch.from_numpy(1.0 / self.count[taking]).to(self.flat)[:, None]
        mean = self.flat[index]
        self.flat[index] = mean + share * (population.flat[index] - mean)

    def seconds(self, plans: Sequence[Plan], training: float, validation: float) -> float:
        """Return about how long it will take to make the averages and to validate them, by what an epoch took."""
        if not np.isfinite(self.first).any():
            return 0.0
        norms = any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in plans[0].network.modules())
        return validation + (training / FORWARD if norms else 0.0)

    def weights(self, run: Any, stops: Sequence[str]) -> dict[int, Weights]:
        """Return averaged weights, and buffers for them, of the members that stop now and keep their average.

        Where rows are held out, the average must do at least as well on them as the best epoch did.
        """
        done = [k for k, why in enumerate(stops) if why not in ("", "done", "nan") and self.count[k]]
        if not done:
            return {}
        population = run.population
        buffers = {name: rows.clone() for name, rows in population.buffers.items()}
        averaged = replace(population, flat=self.flat.clone(), buffers=buffers)
        orders = run.rows.orders(run.n_epochs)
        for k in done:
            own = {name: rows[k].clone() for name, rows in buffers.items()}
            for name, value in running_statistics(run.plans[k], averaged, own, run.rows, orders, k).items():
                buffers[name][k] = value
        scores = self._scores(run, averaged) if any(_validated(run.plans[k]) for k in done) else None
        return {
            k: (averaged.flat[k].clone(), {name: rows[k].clone() for name, rows in buffers.items()})
            for k in done
            if scores is None or not _validated(run.plans[k]) or scores[k] <= run.best.score[k]
        }

    def select(self, members: Tensor) -> None:
        """Keep only the given members."""
        rows = members.cpu().numpy()
        self.first, self.share = self.first[rows], self.share[rows]
        self.count, self.flat = self.count[rows], self.flat[members]

    def _scores(self, run: Any, averaged: Population) -> np.ndarray:
        backend: Any = (Solo if len(averaged) == 1 else Batched)(run.plans[0], averaged)
        backend.train(False)
        pairs = zip(run.rows.validation, run.rows.rows, strict=True)
        which = [own if own is not None else mine[:1] for own, mine in pairs]
        _, scores = validate.judged_losses(run.plans[0], averaged, backend, run.rows, which)
        return scores.cpu().double().numpy()


def running_statistics(
    plan: Plan, population: Population, buffers: dict[str, Tensor], rows: Rows, orders: list[Tensor], k: int
) -> dict[str, Tensor]:
    """Return member k's buffers with the statistics of batch norm taken anew, by one pass over its training rows.

    The means over batches as in training, with every other layer in prediction mode: the statistics of what the
    averaged network will see, without the noise of dropout.
    """
    network = bind(population.network, population.layout, population.flat[k], buffers).eval()
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    norms = [norm for norm in norms if norm.track_running_stats]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's word for the plain mean over batches
        norm.train()
    start = 0
    for size in batch_sizes(len(orders[k]), plan.batch_size) if norms else []:
        x, _, _ = rows.gather(orders[k][start : start + size][None], [k])
        with autocast(plan):
            network(x[0])
        start += size
    return dict(network.named_buffers())


def _first_epoch(plan: Plan) -> float:
    """Return the first epoch that counts, from one; the tolerance is for shares such as 0.29 of 100 epochs."""
    if plan.average_from is None:
        return math.inf
    return math.floor(plan.average_from * plan.max_epochs + 1e-9) + 1


def _validated(plan: Plan) -> bool:
    return plan.validation_rows is not None
