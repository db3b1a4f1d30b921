"""Whether a fit is compiled: a pure function of the declared plan, never of a timing."""

from __future__ import annotations

import logging
from typing import Any

import torch

from deepstat.estimators.compatibility import compiler

logger = logging.getLogger("deepstat")

# Seconds that a cold compilation takes on two cores, and that a compiled step saves: measured on networks of two hidden
# layers, alone and in populations of 10 and 100.
COMPILATION = 6.0
SAVED_A_STEP, SAVED_A_MEMBER = 1.2e-4, 1.3e-5


def decide(
    compile_: bool | str,
    rule: Any,
    *,
    n_members: int,
    n_rows: int,
    batch_size: int,
    max_epochs: int,
    device: torch.device,
) -> bool:
    """Return whether full batches run as one compiled graph.

    ``True`` raises without a C++ compiler, or with a ``torch.optim`` class; ``"auto"`` then runs eagerly.
    """
    if compile_ is False:
        return False
    if not rule.compilable:
        if compile_ is True:
            raise ValueError(
                "compile=True cannot compile a torch.optim class: name a built-in optimizer or use compile='auto'."
            )
        return False
    steps = -(-n_rows // batch_size) * max_epochs
    if compile_ == "auto" and steps * (SAVED_A_STEP + SAVED_A_MEMBER * n_members) < COMPILATION:
        return False
    if device.type == "cpu" and compiler() is None:
        if compile_ is True:
            raise ValueError(
                "compile=True needs a C++ compiler (g++ or clang++, or CXX set): install one or use compile=False."
            )
        logger.info("No C++ compiler found: training runs eagerly.")
        return False
    return device.type != "mps"


def decline(compile_: bool | str, architecture: str) -> None:
    """Say that a network's step cannot be traced: as an error for ``True``, in the log for ``"auto"``."""
    sentence = f"architecture {architecture!r} branches on values or draws on the host, so its step cannot be compiled"
    if compile_ is True:
        raise ValueError(f"compile=True: {sentence}; use compile='auto' or compile=False.")
    logger.info("%s: training runs eagerly.", sentence)
