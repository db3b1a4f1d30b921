"""The learning rates of an epoch's steps, by each member's own schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from deepstat.training.deadline import Deadline
from deepstat.training.plan import Plan


class Rates:
    """Factors on the learning rate of every member at each step of one epoch.

    Progress is the share of the epochs that is done or, where that is more, the share of the time that is gone: a
    schedule comes to its end whichever of the two ends the fit.

    Parameters
    ----------
    plans : sequence of Plan
    n_steps : sequence of int
        Steps of the epoch, by member.
    n_epochs : int
        Epochs done.
    like : Tensor
        Of the dtype and on the device of the factors.
    deadline : Deadline or None
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        n_steps: Sequence[int],
        n_epochs: int,
        like: Tensor,
        deadline: Deadline | None,
    ) -> None:
        self._plans, self._deadline, self._like = plans, deadline, like
        self._gone, self._late = -1.0, like.new_ones(len(plans))
        factors = torch.ones(max(n_steps), len(plans), dtype=like.dtype)
        shares = torch.ones(max(n_steps), len(plans), dtype=torch.float64)
        known: dict[Any, tuple[Tensor, Tensor]] = {}  # most members share their schedule
        for k, (plan, steps) in enumerate(zip(plans, n_steps, strict=True)):
            if plan.schedule is None:
                continue
            key = plan.schedule, repr(plan.schedule_options), steps, plan.max_epochs
            if key not in known:
                done = n_epochs * steps + torch.arange(steps, dtype=torch.float64)
                share = done / (steps * plan.max_epochs)
                known[key] = share, plan.schedule(share, **plan.schedule_options).to(like.dtype)
            shares[:steps, k], factors[:steps, k] = known[key]
        self._factors = factors.to(like.device)
        if deadline is not None:
            self._least = shares.amin(dim=1).tolist()
            self._shares = shares.to(like)

    def __getitem__(self, step: int) -> Tensor:
        """Return the (K,) factors of a step of the epoch, as of now."""
        if self._deadline is None:
            return self._factors[step]
        gone = self._deadline.gone
        if gone <= self._least[step]:
            return self._factors[step]
        if gone != self._gone:
            self._gone, self._late = gone, self._by_time(gone)
        return torch.where(self._shares[step] < gone, self._late, self._factors[step])

    def _by_time(self, gone: float) -> Tensor:
        known: dict[Any, float] = {}
        factors = []
        for plan in self._plans:
            key = plan.schedule, repr(plan.schedule_options)
            if key not in known:
                progress = torch.tensor([gone], dtype=torch.float64)
                known[key] = (
                    1.0
                    if plan.schedule is None
                    else float(plan.schedule(progress, **plan.schedule_options)[0])
                )
            factors.append(known[key])
        return torch.tensor(factors, dtype=torch.float64).to(self._like)
