"""Conformance of schedules."""

from __future__ import annotations

import torch
from torch.func import vmap

from deepstat.estimators.components import resolve_schedule
from deepstat.records import Schedule
from deepstat.testing.claim import attempt, claim, no_global_noise


def check_schedule(record: Schedule) -> None:
    """Check that a schedule keeps the contract of :class:`deepstat.records.Schedule`.

    With its default options and with those of ``record.example``: one factor for each entry of the progress tensor,
    a function of that entry alone, finite and not negative on [0, 1), positive somewhere.

    Parameters
    ----------
    record : Schedule

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> check_schedule(Schedule(name="falling", target=lambda progress: 1.0 - progress))
    >>> check_schedule(Schedule(name="sinking", target=lambda progress: 0.5 - progress))
    Traceback (most recent call last):
        ...
    AssertionError: schedule 'sinking' gives a negative factor; it would climb.
    """
    for params in (None, dict(record.example)):
        with attempt(record, "to resolve"):
            resolved = resolve_schedule(record, params)
        for dtype in (torch.float32, torch.float64):
            progress = torch.arange(0.0, 1.0, 1 / 64, dtype=dtype)

            def factor(given: torch.Tensor) -> torch.Tensor:
                return resolved.target(given, **resolved.options)  # noqa: B023  # used in this turn only

            with attempt(record, f"on {dtype} progress"), no_global_noise(record):
                whole = factor(progress)
                column = factor(progress[:, None])
                single = torch.stack([factor(each) for each in progress])
            shape = isinstance(whole, torch.Tensor) and whole.shape == progress.shape
            claim(
                record,
                shape and column.shape == (64, 1),
                "does not return a factor for each entry of progress.",
            )
            claim(record, whole.isfinite().all(), "gives a factor that is not finite.")
            claim(record, (whole >= 0).all(), "gives a negative factor; it would climb.")
            claim(record, (whole > 0).any(), "is zero throughout; nothing would be trained.")
            claim(record, torch.allclose(whole, single), "mixes the entries of progress; use each alone.")
            with attempt(record, "under torch.func.vmap: do not branch on progress"):
                vmap(factor)(progress)
