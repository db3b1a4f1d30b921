"""Whether a population's steps are compiled: a pure function of the declared plans, never of a timing."""

from __future__ import annotations

import itertools
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace

from deepstat.training.budget import distinct_limits
from deepstat.training.gradients import can_batch
from deepstat.training.plan import Plan

logger = logging.getLogger("deepstat")

# Seconds that a compilation is charged with. Cold it takes some 15 on two cores, but its library stays on disk, and
# later fits of the same shape pay nothing.
COMPILATION = 6.0
# Seconds of a time limit from which on a compilation, cold, still leaves most of the time for training.
LONG = 60.0
# Seconds that a compiled step saves: measured on networks of two hidden layers, alone and in populations of 10 and 100.
SAVED_A_STEP, SAVED_A_MEMBER = 1.2e-4, 1.3e-5
# Seconds of a compiled step for one weight and one row of the batch: what an idle member costs.
SECONDS_A_WEIGHT = 2e-10
# Bytes of weights, gradient and moments that a part of a population may have, and its fewest members.
CACHE, SMALLEST = 8 << 20, 16


def check_compilable(plan: Plan) -> None:
    """Raise where a plan asks for compilation (``compiled=True``) that cannot be had."""
    if plan.compiled is not True:
        return
    if not plan.rule.compilable:
        raise ValueError(
            "compile=True cannot compile a torch.optim class: name a built-in optimizer or use compile='auto'."
        )
    if plan.table.y.device.type == "cpu" and compiler() is None:
        raise ValueError(
            "compile=True needs a C++ compiler (g++ or clang++, or CXX set): install one or use compile=False."
        )
    if _has_graph(plan):
        raise ValueError(
            "compile=True cannot compile the sparse products of graph networks: use compile='auto' or compile=False."
        )
    if not can_batch(plan):
        raise ValueError(f"compile=True: {_untraceable(plan)}; use compile='auto' or compile=False.")


def decide(plans: Sequence[Plan]) -> list[Plan]:
    """Say for the plans of one population whether full batches run as one compiled graph ("auto" is answered)."""
    first = plans[0]
    compiled = first.compiled
    if compiled == "auto":
        compiled = first.rule.compilable and worth_compiling(plans) and _is_long(plans) and _possible(first)
    if first.table.y.device.type == "mps":
        compiled = False
    return [replace(plan, compiled=compiled) for plan in plans]


def worth_compiling(plans: Sequence[Plan]) -> bool:
    """Say whether a cold compilation is earned back by the longest of the plans.

    Examples
    --------
    >>> seconds_saved(n_steps=1_000, n_members=10) < COMPILATION < seconds_saved(n_steps=50_000, n_members=10)
    True
    """
    n_steps = max(-(-len(plan.rows) // plan.batch_size) * plan.max_epochs for plan in plans)
    return seconds_saved(n_steps, len(plans)) >= COMPILATION


def _is_long(plans: Sequence[Plan]) -> bool:
    """Say whether the limits declared leave time for a compilation; without one there is time."""
    limits = distinct_limits(plans)
    return not limits or sum(limit.seconds for limit in limits) > LONG


def in_cache(plans: Sequence[Plan]) -> list[range]:
    """Cut a large population into parts of equal size whose state stays in the processor's cache between two steps.

    Members are not affected by their company, so only speed is: three hundred networks of 5,600 weights take a fourth
    less time in parts of 75. On other devices, and where a fit has a checkpoint file, nothing is cut; a compiled
    population only evenly, as its graph is for one K.
    """
    n, first = len(plans), plans[0]
    state = 4 * sum(p.numel() * p.element_size() for p in first.network.parameters())
    fewest = -(-n * state // CACHE)
    if n < 2 * SMALLEST or fewest <= 1 or first.table.y.device.type != "cpu" or first.checkpoint is not None:
        return [range(n)]
    fewest = min(fewest, n // SMALLEST)
    even = next((parts for parts in range(fewest, 2 * fewest + 1) if n % parts == 0 and n // parts > 1), None)
    if even is None and first.compiled:
        return [range(n)]
    size = n // even if even else -(-n // fewest)
    cuts = [*range(0, n, size), n]
    if cuts[-1] - cuts[-2] == 1:  # nobody is left alone: one member would be trained as a solo fit
        cuts.pop(-2)
    return [range(a, b) for a, b in itertools.pairwise(cuts)]


def seconds_saved(n_steps: int, n_members: int) -> float:
    """Return what compiled steps spare over eager ones, in seconds."""
    return n_steps * (SAVED_A_STEP + SAVED_A_MEMBER * n_members)


def compiler() -> str | None:
    """Return the C++ compiler that torch would use on the CPU, or None."""
    return next(
        (path for name in (os.environ.get("CXX"), "g++", "clang++") if name and (path := shutil.which(name))),
        None,
    )


def _has_graph(plan: Plan) -> bool:
    """Say whether the network has sparse products of its own, which a compiled library could not call."""
    return any(
        type(module).__module__.startswith("deepstat.layers.graph.") for module in plan.network.modules()
    )


def _possible(plan: Plan) -> bool:
    if _has_graph(plan):
        return False
    if plan.table.y.device.type == "cpu" and compiler() is None:
        logger.info("No C++ compiler found: training runs eagerly.")
        return False
    if not can_batch(plan):
        logger.info("%s: training runs eagerly.", _untraceable(plan))
        return False
    return True


def _untraceable(plan: Plan) -> str:
    architecture = plan.recipe[0] if isinstance(plan.recipe, tuple) else plan.recipe
    name = getattr(architecture, "__name__", type(plan.network).__name__)
    return f"architecture {name!r} branches on values or draws on the host, so its step cannot be compiled"
