"""The built-in schedules."""

from __future__ import annotations

from deepstat.records import Schedule

SCHEDULES: tuple[Schedule, ...] = ()
