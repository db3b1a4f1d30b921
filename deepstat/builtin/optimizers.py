"""The built-in optimizers."""

from __future__ import annotations

from deepstat.records import Optimizer

OPTIMIZERS: tuple[Optimizer, ...] = ()
