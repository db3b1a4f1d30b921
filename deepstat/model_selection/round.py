"""A round: what waiting fits have handed in, trained at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deepstat.model_selection.task import Task


@dataclass(frozen=True)
class Round:
    """What was trained at once.

    Attributes
    ----------
    n_fits, n_members : int
        Calls of fit, and the networks that they train.
    seconds : float
    reason : {"all wait", "memory", "threads", "stall"}
        Why then: every task waited; more would not have fitted into memory; so many threads were alive; a task ran
        on for longer than the others were to wait for it.
    """

    n_fits: int
    n_members: int
    seconds: float
    reason: str


@dataclass(eq=False)
class HandIn:
    """The plans of one fit, and what became of them."""

    task: Task
    plans: Sequence[Any]
    results: Sequence[Any] = ()
    error: Exception | None = None
