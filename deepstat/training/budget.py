"""The time of a round, dealt out to its populations."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from deepstat.training import clock
from deepstat.training.deadline import Deadline
from deepstat.training.multiply_adds import multiply_adds
from deepstat.training.plan import Plan
from deepstat.training.time_limit import TimeLimit


class Budget:
    """The sum of what the time limits of some plans leave, each limit counted once.

    Populations that train one after the other get their shares by work when their turn comes, so that what one leaves
    is for the others. Plans without a limit neither get a share nor use one up.
    """

    def __init__(self, plans: Iterable[Plan]) -> None:
        limited = [plan for plan in plans if plan.time_limit is not None]
        self._ends = clock.now() + sum(max(limit.left, 0.0) for limit in distinct_limits(limited))
        self._work = sum(multiply_adds(plan) for plan in limited)

    @contextlib.contextmanager
    def deadline(self, plans: Sequence[Plan]) -> Iterator[Deadline | None]:
        """Yield the time of a population, which trains within this context; None where it is without a limit."""
        began = clock.now()
        if plans[0].time_limit is None:
            yield None
            self._ends += clock.now() - began
            return
        own = sum(multiply_adds(replace(plan, start=None)) for plan in plans)
        share = own / max(self._work, own)
        self._work -= own
        spent = sum(limit.spent for limit in distinct_limits(plans))
        yield Deadline(share * max(self._ends - began, 0.0), spent)


def distinct_limits(plans: Iterable[Plan]) -> list[TimeLimit]:
    """Return the time limits of plans, each once however many plans share it."""
    found = {id(plan.time_limit): plan.time_limit for plan in plans if plan.time_limit is not None}
    return list(found.values())
