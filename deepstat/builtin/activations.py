"""The built-in activations."""

from __future__ import annotations

from deepstat.records import Activation

ACTIVATIONS: tuple[Activation, ...] = ()
