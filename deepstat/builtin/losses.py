"""The built-in losses."""

from __future__ import annotations

from deepstat.records import Loss

LOSSES: tuple[Loss, ...] = ()
