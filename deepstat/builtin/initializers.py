"""The built-in initializers."""

from __future__ import annotations

from deepstat.records import Initializer

INITIALIZERS: tuple[Initializer, ...] = ()
