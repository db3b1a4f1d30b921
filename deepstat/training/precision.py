"""Mixed precision: the context in which networks run."""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from deepstat.training.plan import Plan


def autocast(plan: Plan) -> contextlib.AbstractContextManager[Any]:
    """Return the context of a plan's network: bfloat16 products on float32 weights, or nothing."""
    if plan.autocast:
        return torch.autocast(plan.table.x.device.type, torch.bfloat16)
    return contextlib.nullcontext()
