"""The built-in architectures."""

from __future__ import annotations

from deepstat.records import Architecture

ARCHITECTURES: tuple[Architecture, ...] = ()
