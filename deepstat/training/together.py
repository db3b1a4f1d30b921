"""Where a fit's plans are trained: here and now, or together with those of other fits that run beside it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from deepstat.training.loop import train
from deepstat.training.plan import Plan, TrainResult

Trainer = Callable[[Sequence[Plan]], list[TrainResult]]
_HERE = threading.local()


def train_together(plans: Sequence[Plan]) -> list[TrainResult]:
    """Train plans by the trainer of this thread: :func:`deepstat.training.loop.train` unless another is set."""
    trainer: Trainer = getattr(_HERE, "trainer", train)
    return trainer(plans)


@contextlib.contextmanager
def trained_by(trainer: Trainer) -> Iterator[None]:
    """Let `trainer` train the fits that this thread does inside the context; other threads are left alone."""
    before = getattr(_HERE, "trainer", train)
    _HERE.trainer = trainer
    try:
        yield
    finally:
        _HERE.trainer = before
