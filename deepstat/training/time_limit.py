"""How long a fit may take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, eq=False)
class TimeLimit:
    """The seconds that one call of ``fit`` may take; its plans hold this same object, and so share them.

    It holds durations and no moments, so that it means the same in another process.

    Attributes
    ----------
    seconds : float
        As asked for.
    spent : float
        Of these, gone before training: checking, encoding, building networks.

    Examples
    --------
    >>> TimeLimit(60.0, spent=1.5).left
    58.5
    """

    seconds: float
    spent: float = 0.0

    @property
    def left(self) -> float:
        """Seconds for training."""
        return self.seconds - self.spent

    def on(self, plans: Iterable[Any]) -> list[Any]:
        """Return plans that share this limit, those that they start from included."""
        return [
            replace(plan, time_limit=self, start=None if plan.start is None else self.on([plan.start])[0])
            for plan in plans
        ]
